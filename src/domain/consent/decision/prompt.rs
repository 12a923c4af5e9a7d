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

use std::fmt;

use super::{Answer, Answers, Decision, EffectiveConsent, ValidityContext};
use crate::domain::{
    Timestamp,
    consent::snapshot::Fingerprint,
    cookies::purpose::{MAX_OPTIONAL_PURPOSES, MAX_PURPOSE_NAME, Optional, PerPurpose, Purposes},
    i18n::locale::Locale,
    policy::version::Version,
};

/// The longest encoded prompt: that of [`MAX_OPTIONAL_PURPOSES`] with the longest names and times.
const MAX_BYTES: usize = 64 + MAX_OPTIONAL_PURPOSES * (MAX_PURPOSE_NAME + 40);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prompt {
    /// The current edition at that time.
    pub version: Version,
    /// The locale of the form.
    pub locale: Locale,
    /// The questions of the form.
    pub questions: PerPurpose<Question>,
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
        let given = effective.and_then(|effective| effective.decision().answers.get(&purpose));
        given.map_or(Self::Open, |given| Self::Answered(given.answer, given.answered_at))
    }
}

/// As an encoded prompt has it.
impl fmt::Display for AnswerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("o"),
            Self::Answered(Answer::Yes, at) => write!(f, "y{}", at.0),
            Self::Answered(Answer::No, at) => write!(f, "n{}", at.0),
        }
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
/// `shown` is the prompt of the form, `before` the decision to change. An answer about a purpose
/// that the site does not declare is none.
pub fn accept_answers(
    answers: &Answers,
    shown: Option<&Prompt>,
    before: Option<&Decision>,
    validity: &ValidityContext,
) -> (Answers, Option<PromptError>) {
    let effective = before.and_then(|before| before.clone().effective(validity));
    let (mut accepted, mut rejected) = (Answers::new(), None);
    for (purpose, answer) in answers {
        let Some(fingerprint) = validity.shown.get(purpose).copied() else { continue };
        let now = Question { fingerprint, answer: AnswerState::from_consent(effective.as_ref(), *purpose) };
        let question = shown.and_then(|shown| shown.questions.get(purpose)).copied();
        match check(*answer, question, now) {
            Ok(()) => {
                accepted.insert(*purpose, *answer);
            }
            Err(error) => rejected = rejected.max(Some(error)),
        }
    }
    accepted.retain(|_, answer| *answer == Answer::No || rejected.is_none());
    (accepted, rejected)
}

/// Answers by the names of their questions, as [`Prompt::question_name`] has them. `None` if a name
/// is invalid, a purpose has two answers, or there are none.
pub fn named_answers<'n>(named: impl IntoIterator<Item = (&'n str, Answer)>) -> Option<(Answers, Option<Prompt>)> {
    let (mut answers, mut prompt) = (Answers::new(), None::<Prompt>);
    for (name, answer) in named {
        let (purpose, shown) = Prompt::parse_question_name(name)?;
        if answers.insert(purpose, answer).is_some() {
            return None;
        }
        prompt = match (prompt, shown) {
            (None, shown) => shown,
            (Some(all), Some(shown)) => Some(all.and(shown)),
            (all, None) => all,
        };
    }
    (!answers.is_empty()).then_some((answers, prompt))
}

impl Prompt {
    /// The prompt of a form that asks about every purpose.
    pub fn new(
        version: Version,
        locale: Locale,
        shown: &PerPurpose<Fingerprint>,
        effective: Option<&EffectiveConsent>,
    ) -> Self {
        let question = |(purpose, fingerprint): (&Optional, &Fingerprint)| {
            let answer = AnswerState::from_consent(effective, *purpose);
            (*purpose, Question { fingerprint: *fingerprint, answer })
        };
        Self { version, locale, questions: shown.iter().map(question).collect() }
    }

    /// Restricts the prompt to some purposes.
    #[must_use]
    pub fn only(mut self, is_kept: impl Fn(Optional) -> bool) -> Self {
        self.questions.retain(|purpose, _| is_kept(*purpose));
        self
    }

    /// Encodes the prompt as a form value.
    pub fn encode(&self) -> String {
        let question = |(purpose, Question { fingerprint, answer }): (&Optional, &Question)| {
            format!("{purpose}:{fingerprint}.{answer}")
        };
        let head = format!("{}~{}", self.version, self.locale.tag());
        std::iter::once(head).chain(self.questions.iter().map(question)).collect::<Vec<_>>().join("~")
    }

    /// Decodes the exact output of [`Prompt::encode`]; `None` for anything else.
    pub fn decode(value: &str) -> Option<Self> {
        let mut parts = Some(value).filter(|value| value.len() <= MAX_BYTES)?.split('~');
        let (version, locale) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let question = |part: &str| {
            let (purpose, question) = part.split_once(':')?;
            Some((purpose.parse().ok()?, decode_question(question)?))
        };
        let prompt = Self { version, locale, questions: parts.map(question).collect::<Option<_>>()? };
        (prompt.encode() == value).then_some(prompt)
    }

    /// The name of a question in the API: the purpose and its prompt.
    pub fn question_name(&self, purpose: Optional) -> String {
        format!("{purpose}~{}", self.clone().only(|each| each == purpose).encode())
    }

    /// Parses [`Prompt::question_name`], or the name of a purpose alone.
    pub fn parse_question_name(name: &str) -> Option<(Optional, Option<Self>)> {
        let (purpose, shown) = name.split_once('~').map_or((name, None), |(purpose, shown)| (purpose, Some(shown)));
        let purpose: Optional = purpose.parse().ok()?;
        let shown = match shown {
            Some(shown) => Some(Self::decode(shown)?.only(|each| each == purpose)),
            None => None,
        };
        Some((purpose, shown))
    }

    /// Adds the questions of another prompt, if edition and locale are the same.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if (self.version, self.locale) == (other.version, other.locale) {
            for (purpose, question) in other.questions {
                self.questions.entry(purpose).or_insert(question);
            }
        }
        self
    }

    /// The same questions beside the answers that another prompt showed.
    #[must_use]
    pub fn beside(mut self, shown: Option<&Self>) -> Self {
        for (purpose, question) in &mut self.questions {
            if let Some(shown) = shown.and_then(|shown| shown.questions.get(purpose)) {
                question.answer = shown.answer;
            }
        }
        self
    }

    /// The purposes in the prompt.
    pub fn about(&self) -> Purposes {
        self.questions.keys().copied().collect()
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
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::{
        super::tests::{TWO, act, all, any_decision, both, one, validity},
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
    fn a_prompt_takes_the_answers_of_another_and_not_its_texts() {
        let prompt = |questions: &[(Optional, Fingerprint, AnswerState)]| Prompt {
            version: Version { major: 1, minor: 1 },
            locale: Locale::default(),
            questions: questions
                .iter()
                .map(|(purpose, fingerprint, answer)| {
                    (*purpose, Question { fingerprint: *fingerprint, answer: *answer })
                })
                .collect(),
        };
        let [one, two] = TWO;
        let current = prompt(&[(one, NOW, OPEN), (two, NOW, OPEN)]);
        assert_eq!(current.clone().beside(None), current);
        let shown = prompt(&[(one, OLD, no(7))]);
        assert_eq!(current.beside(Some(&shown)), prompt(&[(one, NOW, no(7)), (two, NOW, OPEN)]));
    }

    #[test]
    fn a_question_stands_beside_an_answer_only_while_that_is_in_force() {
        let decision = Decision::answering(None, &one(Optional::ANALYTICS, Answer::Yes), &act(10, None));
        let answer = |decision: &Decision, purpose, validity: &ValidityContext| {
            AnswerState::from_consent(decision.clone().effective(validity).as_ref(), purpose)
        };
        assert_eq!(answer(&decision, Optional::ANALYTICS, &validity(10)), yes(10));
        assert_eq!(answer(&decision, Optional::PREFERENCES, &validity(10)), OPEN, "never answered");
        assert_eq!(answer(&decision, Optional::ANALYTICS, &validity(110)), OPEN, "over");
        let changed = ValidityContext { shown: Arc::new(both(Fingerprint(99))), ..validity(10) };
        assert_eq!(answer(&decision, Optional::ANALYTICS, &changed), OPEN, "shown otherwise now");
        assert_eq!(answer(&all(Answer::No, 5, None), Optional::ANALYTICS, &validity(10)), no(5));
        assert_eq!(AnswerState::from_consent(None, Optional::ANALYTICS), OPEN);
    }

    #[test]
    fn an_answer_about_something_that_the_site_does_not_declare_is_none() {
        let answers = one("advertising".parse().unwrap(), Answer::No);
        assert_eq!(accept_answers(&answers, None, None, &validity(10)), (Answers::new(), None));
    }

    #[test]
    fn the_longest_prompt_of_a_site_is_read() {
        let question = Question { fingerprint: Fingerprint(u64::MAX), answer: yes(i64::MIN) };
        let name = |index| format!("{:a<width$}{index:02}", "", width = MAX_PURPOSE_NAME - 2);
        let questions = (0..MAX_OPTIONAL_PURPOSES).map(|index| (name(index).parse().unwrap(), question));
        let version = Version { major: u16::MAX, minor: u16::MAX };
        let prompt = Prompt { version, locale: Locale::default(), questions: questions.collect() };
        assert_eq!(prompt.questions.len(), MAX_OPTIONAL_PURPOSES);
        assert_eq!(Prompt::decode(&prompt.encode()), Some(prompt));
    }

    fn any_prompt() -> impl Strategy<Value = Prompt> {
        let answer = prop_oneof![Just(OPEN), any::<i64>().prop_map(yes), any::<i64>().prop_map(no)];
        let question = (any::<u64>(), answer)
            .prop_map(|(fingerprint, answer)| Question { fingerprint: Fingerprint(fingerprint), answer });
        let questions = prop::collection::btree_map(prop::sample::select(TWO.to_vec()), question, 0..=2);
        let locale = prop::sample::select(Locale::SHIPPED.to_vec());
        (any::<u16>(), any::<u16>(), locale, questions).prop_map(|(major, minor, locale, questions)| Prompt {
            version: Version { major, minor },
            locale,
            questions,
        })
    }

    proptest! {
        #[test]
        fn a_prompt_survives_its_encoding(prompt in any_prompt()) {
            prop_assert_eq!(Prompt::decode(&prompt.encode()), Some(prompt));
        }

        #[test]
        fn a_question_is_found_by_its_name(prompt in any_prompt()) {
            for purpose in TWO {
                let alone = prompt.clone().only(|each| each == purpose);
                prop_assert_eq!(Prompt::parse_question_name(&prompt.question_name(purpose)), Some((purpose, Some(alone))));
                prop_assert_eq!(Prompt::parse_question_name(purpose.as_str()), Some((purpose, None)));
            }
            let [one, other] = TWO.map(|purpose| prompt.clone().only(|each| each == purpose));
            prop_assert_eq!(one.and(other), prompt);
        }

        #[test]
        fn no_text_makes_decoding_panic(text in "(1[.]1~en~analytics:[0-9a-f]{16}[.][oyn]?[0-9]{0,20})|.*") {
            if let Some(prompt) = Prompt::decode(&text) {
                prop_assert_eq!(prompt.encode(), text);
            }
        }

        #[test]
        fn a_yes_beside_another_answer_than_was_shown_never_undoes_a_no(
            before in any_decision(), now in 0..1_000_i64, shown in any_prompt(),
        ) {
            let validity = validity(now);
            let effective = before.effective(&validity);
            for (purpose, fingerprint) in validity.shown.iter() {
                let answer = AnswerState::from_consent(effective.as_ref(), *purpose);
                let now = Question { fingerprint: *fingerprint, answer };
                let question = shown.questions.get(purpose).copied();
                if matches!(answer, AnswerState::Answered(Answer::No, _)) && question.map(|shown| shown.answer) != Some(answer) {
                    prop_assert!(check(Answer::Yes, question, now).is_err());
                }
            }
        }
    }
}
