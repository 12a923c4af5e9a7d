//! What a form showed when it was answered: the question for each purpose, and the answer that it stood beside.
//!
//! Each form that takes an answer carries its prompt and sends it back. The rule, in the words of a page:
//!
//! - A yes counts only for the question that was shown, as that question stands now. It may have changed since the page came.
//! - A yes counts only beside the answer that was shown. An older page does not undo a newer refusal, nor bring back a
//!   permission that was deleted or is over. Beside a yes, a yes changes nothing and is taken.
//! - A yes that does not say what was shown does not count.
//! - Of one form, either each yes counts or none: what was not taken is asked again as one question.
//! - A no always counts.

use super::{Answer, Decision, EffectiveConsent, ValidityContext};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{Optional, PerPurpose},
    i18n::locale::Locale,
    policy::version::Version,
};

/// The longest text that is read as a prompt, in bytes.
const MAX_BYTES: usize = 200;

/// What one form showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prompt {
    /// The edition that was in force.
    pub version: Version,
    /// The language of the form.
    pub locale: Locale,
    /// The question for each purpose that it asked about.
    pub questions: PerPurpose<Option<Question>>,
}

/// What was shown about one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The fingerprint of the text and the cookies.
    pub fingerprint: Fingerprint,
    /// The answer that was in force then.
    pub beside: Beside,
}

/// The answer about one purpose at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// None is in force: the question is open.
    Open,
    /// This one, given then.
    Answered(Answer, Timestamp),
}

/// Why a yes was not taken. Of two reasons the later one in this list is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromptError {
    /// It was answered otherwise since, or the answer that was shown is gone.
    Overtaken,
    /// The question has changed since, or the form does not say which one it showed.
    Changed,
}

impl Beside {
    /// The answer about a purpose that is in force.
    pub fn of(in_force: Option<&EffectiveConsent>, purpose: Optional) -> Self {
        let answered = in_force.map(EffectiveConsent::decision).and_then(|decision| {
            let at = decision.answered_at.get(purpose)?;
            Some(Self::Answered(decision.choices.get(purpose), at))
        });
        answered.unwrap_or(Self::Open)
    }
}

/// Whether an answer is taken that was given to a question as it was `shown`, where `now` is how it stands.
///
/// # Errors
/// [`NotTaken`] for a yes that does not count; a no always does.
pub fn check(answer: Answer, shown: Option<Question>, now: Question) -> Result<(), PromptError> {
    let Some(shown) = shown.filter(|shown| answer == Answer::No || shown.fingerprint == now.fingerprint) else {
        return if answer == Answer::No { Ok(()) } else { Err(PromptError::Changed) };
    };
    let is_granted = matches!(now.beside, Beside::Answered(Answer::Yes, _));
    if answer == Answer::No || is_granted || shown.beside == now.beside { Ok(()) } else { Err(PromptError::Overtaken) }
}

/// Those of the answers that are taken, and why the others are not, if there are any.
///
/// `shown` is what the form showed, `before` the decision that it changes.
pub fn taken(
    answers: PerPurpose<Option<Answer>>,
    shown: Option<&Prompt>,
    before: Option<&Decision>,
    terms: &ValidityContext,
) -> (PerPurpose<Option<Answer>>, Option<PromptError>) {
    let in_force = before.and_then(|before| before.in_force(terms));
    let checked = PerPurpose::from_fn(|purpose| {
        let beside = Beside::of(in_force.as_ref(), purpose);
        let now = Question { fingerprint: terms.shown.get(purpose), beside };
        let question = shown.and_then(|shown| shown.questions.get(purpose));
        answers.get(purpose).map(|answer| check(answer, question, now).map(|()| answer))
    });
    let not_taken = Optional::ALL.into_iter().filter_map(|purpose| checked.get(purpose)?.err()).max();
    let is_taken = |answer: &Answer| *answer == Answer::No || not_taken.is_none();
    (checked.map(|checked| checked.and_then(Result::ok).filter(is_taken)), not_taken)
}

impl Prompt {
    /// The prompt of a form that asks about every purpose, beside what is in force.
    pub fn new(
        version: Version,
        locale: Locale,
        shown: PerPurpose<Fingerprint>,
        in_force: Option<&EffectiveConsent>,
    ) -> Self {
        let question =
            |purpose| Some(Question { fingerprint: shown.get(purpose), beside: Beside::of(in_force, purpose) });
        Self { version, locale, questions: PerPurpose::from_fn(question) }
    }

    /// The same of a form that asks about these purposes alone.
    #[must_use]
    pub fn only(self, about: PerPurpose<bool>) -> Self {
        let questions = PerPurpose::from_fn(|purpose| self.questions.get(purpose).filter(|_| about.get(purpose)));
        Self { questions, ..self }
    }

    /// The prompt as the value of a form's field.
    pub fn encode(&self) -> String {
        let question = |purpose| {
            let Some(Question { fingerprint, beside }) = self.questions.get(purpose) else { return "-".to_owned() };
            match beside {
                Beside::Open => format!("{fingerprint}.o"),
                Beside::Answered(Answer::Yes, at) => format!("{fingerprint}.y{}", at.0),
                Beside::Answered(Answer::No, at) => format!("{fingerprint}.n{}", at.0),
            }
        };
        let questions = Optional::ALL.map(question).join("~");
        format!("{}~{}~{questions}", self.version, self.locale.tag())
    }

    /// The prompt that a value encodes, if it is one, to the letter.
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

    /// The name under which a program answers the question about one purpose: the purpose, and what was shown about it.
    pub fn question_name(&self, purpose: Optional) -> String {
        format!("{}~{}", purpose.name(), self.only(PerPurpose::all(false).with(purpose, true)).encode())
    }

    /// The purpose that such a name names, with what was shown; without, if it is the purpose alone.
    pub fn of_question(name: &str) -> Option<(Optional, Option<Self>)> {
        let (purpose, shown) = name.split_once('~').map_or((name, None), |(purpose, shown)| (purpose, Some(shown)));
        let purpose = Optional::ALL.into_iter().find(|known| known.name() == purpose)?;
        let shown = match shown {
            Some(shown) => Some(Self::decode(shown)?.only(PerPurpose::all(false).with(purpose, true))),
            None => None,
        };
        Some((purpose, shown))
    }

    /// This and the questions of another prompt of the same edition and language. Those of any other are left out.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if (self.version, self.locale) != (other.version, other.locale) {
            return self;
        }
        let questions = PerPurpose::from_fn(|purpose| self.questions.get(purpose).or(other.questions.get(purpose)));
        Self { questions, ..self }
    }

    /// The purposes that it asked about.
    pub fn about(&self) -> PerPurpose<bool> {
        self.questions.map(|question| question.is_some())
    }
}

fn decode_question(part: &str) -> Option<Question> {
    let (fingerprint, beside) = part.split_once('.')?;
    let at = |digits: &str| digits.parse().ok().map(Timestamp);
    let beside = match (beside, beside.strip_prefix('y'), beside.strip_prefix('n')) {
        ("o", _, _) => Beside::Open,
        (_, Some(digits), _) => Beside::Answered(Answer::Yes, at(digits)?),
        (_, _, Some(digits)) => Beside::Answered(Answer::No, at(digits)?),
        _ => return None,
    };
    Some(Question { fingerprint: fingerprint.parse().ok()?, beside })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{
        super::tests::{act, all, any_decision, one},
        *,
    };

    const OPEN: Beside = Beside::Open;
    const NOW: Fingerprint = Fingerprint(1);
    const OLD: Fingerprint = Fingerprint(2);

    const fn yes(at: i64) -> Beside {
        Beside::Answered(Answer::Yes, Timestamp(at))
    }

    const fn no(at: i64) -> Beside {
        Beside::Answered(Answer::No, Timestamp(at))
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
            let shown = shown.map(|(fingerprint, beside)| Question { fingerprint, beside });
            let now = Question { fingerprint: NOW, beside: now };
            assert_eq!(check(Answer::Yes, shown, now), taken, "{shown:?} {now:?}");
            assert_eq!(check(Answer::No, shown, now), Ok(()), "{shown:?} {now:?}");
        }
    }

    #[test]
    fn a_question_stands_beside_an_answer_only_while_that_is_in_force() {
        let terms = |now| ValidityContext {
            now: Timestamp(now),
            latest: Timestamp(now),
            lifetime: Duration::from_secs(100),
            shown: act(0, None).shown,
        };
        let decision = Decision::answering(None, one(Optional::Analytics, Answer::Yes), act(10, None));
        let beside = |decision: &Decision, purpose, terms: &ValidityContext| {
            Beside::of(decision.in_force(terms).as_ref(), purpose)
        };
        assert_eq!(beside(&decision, Optional::Analytics, &terms(10)), yes(10));
        assert_eq!(beside(&decision, Optional::Preferences, &terms(10)), OPEN, "never answered");
        assert_eq!(beside(&decision, Optional::Analytics, &terms(110)), OPEN, "over");
        let changed = ValidityContext { shown: PerPurpose::all(Fingerprint(99)), ..terms(10) };
        assert_eq!(beside(&decision, Optional::Analytics, &changed), OPEN, "shown otherwise now");
        assert_eq!(beside(&all(Answer::No, 5, None), Optional::Analytics, &terms(10)), no(5));
        assert_eq!(Beside::of(None, Optional::Analytics), OPEN);
    }

    fn any_prompt() -> impl Strategy<Value = Prompt> {
        let beside = prop_oneof![Just(OPEN), any::<i64>().prop_map(yes), any::<i64>().prop_map(no)];
        let question = prop::option::of((any::<u64>(), beside));
        let question = question.prop_map(|question| {
            question.map(|(fingerprint, beside)| Question { fingerprint: Fingerprint(fingerprint), beside })
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
                prop_assert_eq!(Prompt::of_question(&prompt.question_name(purpose)), Some((purpose, Some(alone))));
                prop_assert_eq!(Prompt::of_question(purpose.name()), Some((purpose, None)));
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
            let terms = ValidityContext { now: Timestamp(now), latest: Timestamp(now), lifetime: Duration::from_secs(100), shown: act(0, None).shown };
            for purpose in Optional::ALL {
                let beside = Beside::of(before.in_force(&terms).as_ref(), purpose);
                let now = Question { fingerprint: terms.shown.get(purpose), beside };
                let question = shown.questions.get(purpose);
                if matches!(beside, Beside::Answered(Answer::No, _)) && question.map(|shown| shown.beside) != Some(beside) {
                    prop_assert!(check(Answer::Yes, question, now).is_err());
                }
            }
        }
    }
}
