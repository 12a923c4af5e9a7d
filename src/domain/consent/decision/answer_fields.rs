//! The answers among the fields of a form, each under the name of its purpose.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor},
};

use super::Answers;
use crate::domain::cookies::purpose::is_reserved;

/// The answers of a form. Fields that are for something else are skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnswerFields(pub Answers);

impl<'de> Deserialize<'de> for AnswerFields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = AnswerFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields with the names of purposes")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut fields: M) -> Result<AnswerFields, M::Error> {
        let mut answers = Answers::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value: String = fields.next_value()?;
            if is_reserved(&name) {
                continue;
            }
            let purpose = name.parse().map_err(M::Error::custom)?;
            let answer = value.parse().map_err(|_| M::Error::custom("an answer is yes or no"))?;
            if answers.insert(purpose, answer).is_some() {
                return Err(M::Error::custom("a purpose has one answer"));
            }
        }
        Ok(AnswerFields(answers))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]
mod tests {
    use super::{super::Answer, *};
    use crate::domain::cookies::purpose::Optional;

    #[test]
    fn answers_are_found_among_other_fields() {
        let fields = r#"{"key": "a", "analytics": "yes", "all": "no", "social-media": "no"}"#;
        let expected =
            Answers::from([(Optional::ANALYTICS, Answer::Yes), ("social-media".parse().unwrap(), Answer::No)]);
        assert_eq!(serde_json::from_str::<AnswerFields>(fields).unwrap(), AnswerFields(expected));
        assert_eq!(serde_json::from_str::<AnswerFields>("{}").unwrap(), AnswerFields::default());
    }

    #[test]
    fn what_is_no_answer_or_no_purpose_is_refused() {
        for fields in [
            r#"{"analytics": "maybe"}"#,
            r#"{"analytics": 1}"#,
            r#"{"Analytics": "yes"}"#,
            r#"{"security": "yes"}"#,
            r#"{"analytics": "yes", "analytics": "no"}"#,
        ] {
            assert!(serde_json::from_str::<AnswerFields>(fields).is_err(), "{fields}");
        }
    }
}
