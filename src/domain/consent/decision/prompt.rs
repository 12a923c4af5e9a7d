//! The prompt that a form carries and sends back: the question for each purpose, and the answer
//! shown beside it.
//!
//! The rule for accepting answers:
//!
//! - A yes counts only if the question has not changed since the page was sent.
//! - A yes counts only if the stored answer is still the one that the page showed. An older page
//!   neither undoes a newer refusal nor restores a deleted or expired permission. A yes to a
//!   granted purpose changes nothing and is accepted.
//! - A yes without a prompt does not count.
//! - Of one form, either each yes counts or none, so that the visitor is asked again once.
//! - A no always counts.

use super::{Answer, Decision, EffectiveConsent, ValidityContext};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose},
    i18n::locale::Locale,
    policy::version::Version,
};

/// The longest encoded prompt.
const MAX_BYTES: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prompt {
    /// The current edition at that time.
    pub version: Version,
    /// The locale of the form.
    pub locale: Locale,
    /// The questions of the form.
    pub questions: PerPurpose<Option<Question>>,
}

/// The question about one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The fingerprint of text and cookies.
    pub fingerprint: Fingerprint,
    /// The answer at that time.
    pub answer: AnswerState,
}

/// The valid answer about a purpose, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnswerState {
    /// No valid answer: the question is open.
    Open,
    Answered(Answer, Timestamp),
}

/// Why a yes was rejected. Of two reasons the later variant is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromptError {
    /// The answer has changed or expired since.
    Overtaken,
    /// The question has changed since, or the form names none.
    Changed,
}

impl AnswerState {
    /// The valid answer about a purpose.
    pub fn from_consent(effective: Option<&EffectiveConsent>, purpose: Optional) -> Self {
        let answered = effective.map(EffectiveConsent::decision).and_then(|decision| {
            let at = decision.answered_at.get(purpose)?;
            Some(Self::Answered(decision.answers.get(purpose), at))
        });
        answered.unwrap_or(Self::Open)
    }
}

/// Checks an answer to the question `shown` against the question `now`.
///
/// # Errors
/// [`PromptError`] for a yes that does not count; a no always does.
pub fn check(answer: Answer, shown: Option<Question>, now: Question) -> Result<(), PromptError> {
    let Some(shown) = shown.filter(|shown| answer == Answer::No || shown.fingerprint == now.fingerprint) else {
        return if answer == Answer::No { Ok(()) } else { Err(PromptError::Changed) };
    };
    let is_granted = matches!(now.answer, AnswerState::Answered(Answer::Yes, _));
    if answer == Answer::No || is_granted || shown.answer == now.answer { Ok(()) } else { Err(PromptError::Overtaken) }
}

/// The accepted answers, and why the others were rejected.
///
/// `shown` is the prompt of the form, `before` the decision to change.
pub fn accept_answers(
    answers: PerPurpose<Option<Answer>>,
    shown: Option<&Prompt>,
    before: Option<&Decision>,
    validity: &ValidityContext,
) -> (PerPurpose<Option<Answer>>, Option<PromptError>) {
    let effective = before.and_then(|before| before.effective(validity));
    let checked = PerPurpose::from_fn(|purpose| {
        let answer = AnswerState::from_consent(effective.as_ref(), purpose);
        let now = Question { fingerprint: validity.shown.get(purpose), answer };
        let question = shown.and_then(|shown| shown.questions.get(purpose));
        answers.get(purpose).map(|answer| check(answer, question, now).map(|()| answer))
    });
    let not_taken = Optional::ALL.into_iter().filter_map(|purpose| checked.get(purpose)?.err()).max();
    let is_taken = |answer: &Answer| *answer == Answer::No || not_taken.is_none();
    (checked.map(|checked| checked.and_then(Result::ok).filter(is_taken)), not_taken)
}

impl Prompt {
    /// The prompt of a form that asks about every purpose.
    pub fn new(
        version: Version,
        locale: Locale,
        shown: PerPurpose<Fingerprint>,
        effective: Option<&EffectiveConsent>,
    ) -> Self {
        let question = |purpose| {
            Some(Question { fingerprint: shown.get(purpose), answer: AnswerState::from_consent(effective, purpose) })
        };
        Self { version, locale, questions: PerPurpose::from_fn(question) }
    }

    /// Restricts the prompt to some purposes.
    #[must_use]
    pub fn only(self, about: PerPurpose<bool>) -> Self {
        let questions = PerPurpose::from_fn(|purpose| self.questions.get(purpose).filter(|_| about.get(purpose)));
        Self { questions, ..self }
    }

    /// Encodes the prompt as a form value.
    pub fn encode(&self) -> String {
        let question = |purpose| {
            let Some(Question { fingerprint, answer }) = self.questions.get(purpose) else { return "-".to_owned() };
            match answer {
                AnswerState::Open => format!("{fingerprint}.o"),
                AnswerState::Answered(Answer::Yes, at) => format!("{fingerprint}.y{}", at.0),
                AnswerState::Answered(Answer::No, at) => format!("{fingerprint}.n{}", at.0),
            }
        };
        let questions = Optional::ALL.map(question).join("~");
        format!("{}~{}~{questions}", self.version, self.locale.tag())
    }

    /// Decodes the exact output of [`Prompt::encode`]; `None` for anything else.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = Some(value).filter(|value| value.len() <= MAX_BYTES)?.split('~');
        let (version, locale) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let mut questions = PerPurpose::all(None);
        for purpose in Optional::ALL {
            let part = parts.next()?;
            if part != "-" {
                questions = questions.with(purpose, Some(decode_question(part)?));
            }
        }
        let prompt = Self { version, locale, questions };
        (prompt.encode() == value).then_some(prompt)
    }

    /// The name of a question in the API: the purpose and its prompt.
    pub fn question_name(&self, purpose: Optional) -> String {
        format!("{}~{}", purpose.into_str(), self.only(PerPurpose::all(false).with(purpose, true)).encode())
    }

    /// Parses [`Prompt::question_name`], or the name of a purpose alone.
    pub fn parse_question_name(name: &str) -> Option<(Optional, Option<Self>)> {
        let (purpose, shown) = name.split_once('~').map_or((name, None), |(purpose, shown)| (purpose, Some(shown)));
        let purpose: Optional = purpose.parse().ok()?;
        let shown = match shown {
            Some(shown) => Some(Self::decode(shown)?.only(PerPurpose::all(false).with(purpose, true))),
            None => None,
        };
        Some((purpose, shown))
    }

    /// Adds the questions of another prompt, if edition and locale are the same.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if (self.version, self.locale) != (other.version, other.locale) {
            return self;
        }
        let questions = PerPurpose::from_fn(|purpose| self.questions.get(purpose).or(other.questions.get(purpose)));
        Self { questions, ..self }
    }

    /// The purposes in the prompt.
    pub fn about(&self) -> PerPurpose<bool> {
        self.questions.map(|question| question.is_some())
    }
}

fn decode_question(part: &str) -> Option<Question> {
    let (fingerprint, answer) = part.split_once('.')?;
    let at = |digits: &str| digits.parse().ok().map(Timestamp);
    let answer = match (answer, answer.strip_prefix('y'), answer.strip_prefix('n')) {
        ("o", _, _) => AnswerState::Open,
        (_, Some(digits), _) => AnswerState::Answered(Answer::Yes, at(digits)?),
        (_, _, Some(digits)) => AnswerState::Answered(Answer::No, at(digits)?),
        _ => return None,
    };
    Some(Question { fingerprint: fingerprint.parse().ok()?, answer })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{
        super::tests::{act, all, any_decision, one},
        *,
    };

    const OPEN: AnswerState = AnswerState::Open;
    const NOW: Fingerprint = Fingerprint(1);
    const OLD: Fingerprint = Fingerprint(2);

    const fn yes(at: i64) -> AnswerState {
        AnswerState::Answered(Answer::Yes, Timestamp(at))
    }

    const fn no(at: i64) -> AnswerState {
        AnswerState::Answered(Answer::No, Timestamp(at))
    }

    #[test]
    fn a_yes_counts_for_the_question_and_beside_the_answer_that_were_shown() {
        let (changed, overtaken) = (Err(PromptError::Changed), Err(PromptError::Overtaken));
        for (shown, now, taken) in [
            // Nothing has happened since.
            (Some((NOW, OPEN)), OPEN, Ok(())),
            (Some((NOW, yes(1))), yes(1), Ok(())),
            (Some((NOW, no(1))), no(1), Ok(())),
            // The form does not say what it showed.
            (None, OPEN, changed),
            (None, yes(1), changed),
            (None, no(1), changed),
            // The text is another one.
            (Some((OLD, OPEN)), OPEN, changed),
            (Some((OLD, yes(1))), yes(1), changed),
            (Some((OLD, OPEN)), no(2), changed),
            // It was granted elsewhere meanwhile.
            (Some((NOW, OPEN)), yes(2), Ok(())),
            (Some((NOW, no(1))), yes(2), Ok(())),
            (Some((NOW, yes(1))), yes(2), Ok(())),
            // It was refused elsewhere meanwhile, once or twice.
            (Some((NOW, OPEN)), no(2), overtaken),
            (Some((NOW, yes(1))), no(2), overtaken),
            (Some((NOW, no(1))), no(2), overtaken),
            // The answer that was shown was deleted or is over.
            (Some((NOW, yes(1))), OPEN, overtaken),
            (Some((NOW, no(1))), OPEN, overtaken),
        ] {
            let shown = shown.map(|(fingerprint, answer)| Question { fingerprint, answer });
            let now = Question { fingerprint: NOW, answer: now };
            assert_eq!(check(Answer::Yes, shown, now), taken, "{shown:?} {now:?}");
            assert_eq!(check(Answer::No, shown, now), Ok(()), "{shown:?} {now:?}");
        }
    }

    #[test]
    fn a_question_stands_beside_an_answer_only_while_that_is_in_force() {
        let validity = |now| ValidityContext {
            now: Timestamp(now),
            latest: Timestamp(now),
            lifetime: Duration::from_secs(100),
            shown: act(0, None).shown,
        };
        let decision = Decision::answering(None, one(Optional::Analytics, Answer::Yes), act(10, None));
        let answer = |decision: &Decision, purpose, validity: &ValidityContext| {
            AnswerState::from_consent(decision.effective(validity).as_ref(), purpose)
        };
        assert_eq!(answer(&decision, Optional::Analytics, &validity(10)), yes(10));
        assert_eq!(answer(&decision, Optional::Preferences, &validity(10)), OPEN, "never answered");
        assert_eq!(answer(&decision, Optional::Analytics, &validity(110)), OPEN, "over");
        let changed = ValidityContext { shown: PerPurpose::all(Fingerprint(99)), ..validity(10) };
        assert_eq!(answer(&decision, Optional::Analytics, &changed), OPEN, "shown otherwise now");
        assert_eq!(answer(&all(Answer::No, 5, None), Optional::Analytics, &validity(10)), no(5));
        assert_eq!(AnswerState::from_consent(None, Optional::Analytics), OPEN);
    }

    fn any_prompt() -> impl Strategy<Value = Prompt> {
        let answer = prop_oneof![Just(OPEN), any::<i64>().prop_map(yes), any::<i64>().prop_map(no)];
        let question = prop::option::of((any::<u64>(), answer));
        let question = question.prop_map(|question| {
            question.map(|(fingerprint, answer)| Question { fingerprint: Fingerprint(fingerprint), answer })
        });
        let locale = prop::sample::select(Locale::ALL.to_vec());
        (any::<u16>(), any::<u16>(), locale, question.clone(), question).prop_map(
            |(major, minor, locale, preferences, analytics)| Prompt {
                version: Version { major, minor },
                locale,
                questions: PerPurpose { preferences, analytics },
            },
        )
    }

    proptest! {
        #[test]
        fn a_prompt_survives_its_encoding(prompt in any_prompt()) {
            prop_assert_eq!(Prompt::decode(&prompt.encode()), Some(prompt));
        }

        #[test]
        fn a_question_is_found_by_its_name(prompt in any_prompt()) {
            for purpose in Optional::ALL {
                let alone = prompt.only(PerPurpose::all(false).with(purpose, true));
                prop_assert_eq!(Prompt::parse_question_name(&prompt.question_name(purpose)), Some((purpose, Some(alone))));
                prop_assert_eq!(Prompt::parse_question_name(purpose.into_str()), Some((purpose, None)));
            }
            let [one, other] = Optional::ALL.map(|purpose| prompt.only(PerPurpose::all(false).with(purpose, true)));
            prop_assert_eq!(one.and(other), prompt);
        }

        #[test]
        fn no_text_makes_decoding_panic(text in "(1[.]1~en~[0-9a-f]{16}[.][oyn]?[0-9]{0,20}~-)|.*") {
            if let Some(prompt) = Prompt::decode(&text) {
                prop_assert_eq!(prompt.encode(), text);
            }
        }

        #[test]
        fn a_yes_beside_another_answer_than_was_shown_never_undoes_a_no(
            before in any_decision(), now in 0..1_000_i64, shown in any_prompt(),
        ) {
            let validity = ValidityContext { now: Timestamp(now), latest: Timestamp(now), lifetime: Duration::from_secs(100), shown: act(0, None).shown };
            for purpose in Optional::ALL {
                let answer = AnswerState::from_consent(before.effective(&validity).as_ref(), purpose);
                let now = Question { fingerprint: validity.shown.get(purpose), answer };
                let question = shown.questions.get(purpose);
                if matches!(answer, AnswerState::Answered(Answer::No, _)) && question.map(|shown| shown.answer) != Some(answer) {
                    prop_assert!(check(Answer::Yes, question, now).is_err());
                }
            }
        }
    }
}
