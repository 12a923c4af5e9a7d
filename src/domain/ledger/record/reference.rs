//! Where a decision is filed: the part of the consent cookie that leads to its record.
//!
//! Only the cookie of a browser that granted something has that part. A browser that refuses everything holds nothing that
//! tells it from another that did.

use uuid::Uuid;

use crate::domain::consent::decision::Decision;

/// Where a browser's decision is filed in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordRef {
    /// The record.
    pub record: Uuid,
    /// Whom it is about: a random value that stands for this browser, the same in all its records.
    pub subject: Uuid,
}

impl RecordRef {
    /// The decision and where it is filed, as a cookie's value: plain ASCII that a browser sends back as it came.
    pub fn encode(filed: Option<Self>, decision: &Decision) -> String {
        let filed = filed.map(|filed| format!("~{}~{}", filed.record.simple(), filed.subject.simple()));
        format!("{}{}", decision.encode(), filed.unwrap_or_default())
    }

    /// What a value encodes, if it is that, to the letter.
    pub fn decode(value: &str) -> Option<(Decision, Option<Self>)> {
        if let Some(decision) = Decision::decode(value) {
            return Some((decision, None));
        }
        let (rest, subject) = value.rsplit_once('~')?;
        let (decision, record) = rest.rsplit_once('~')?;
        let filed = Some(Self { record: record.parse().ok()?, subject: subject.parse().ok()? });
        let decision = Decision::decode(decision)?;
        // One decision in one file has one encoding.
        (Self::encode(filed, &decision) == value).then_some((decision, filed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        Timestamp,
        consent::{
            decision::{Answer, AnswerContext, Answers, CollectedVia},
            snapshot::Fingerprint,
        },
        cookies::purpose::PerPurpose,
        policy::version::Version,
    };

    fn decision() -> Decision {
        let (version, shown) = (Version { major: 1, minor: 1 }, PerPurpose::all(Fingerprint(7)));
        let act = AnswerContext {
            version,
            shown,
            decided_at: Timestamp(1_000),
            collected_via: CollectedVia::Banner,
            signal: None,
        };
        Decision::new(Answers::all(Answer::Yes), act)
    }

    #[test]
    fn only_what_was_written_so_is_read() {
        let filed = RecordRef { record: Uuid::from_u128(0xA1), subject: Uuid::from_u128(0xB2) };
        let value = RecordRef::encode(Some(filed), &decision());
        assert_eq!(RecordRef::decode(&value), Some((decision(), Some(filed))));
        assert_eq!(RecordRef::decode(&decision().encode()), Some((decision(), None)));
        for bad in [
            String::new(),
            value.to_uppercase(),
            format!("{value}~"),
            value.replace("a1", "-a1"),
            format!("{}~{}~{}", decision().encode(), filed.record, filed.subject),
        ] {
            assert_eq!(RecordRef::decode(&bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn where_a_decision_is_filed_survives_its_encoding(record: u128, subject: u128) {
            let filed = Some(RecordRef { record: Uuid::from_u128(record), subject: Uuid::from_u128(subject) });
            prop_assert_eq!(RecordRef::decode(&RecordRef::encode(filed, &decision())), Some((decision(), filed)));
        }

        #[test]
        fn no_text_makes_decoding_panic(text in "(4~1[.]1~1000~banner~y1000[.]0000000000000007~y1000[.]0000000000000007~[0-9a-f]{31,33}~[0-9a-f]{31,33})|.*") {
            if let Some((decision, filed)) = RecordRef::decode(&text) {
                prop_assert_eq!(RecordRef::encode(filed, &decision), text);
            }
        }
    }
}
