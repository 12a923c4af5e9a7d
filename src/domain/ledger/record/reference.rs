//! The reference to a record: the part of the consent cookie that names the decision's record.
//!
//! Only a cookie that grants something has this part. A browser that refuses everything stores
//! nothing that distinguishes it from others that did.

use uuid::Uuid;

use crate::domain::consent::decision::Decision;

/// A reference to a browser's record in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordRef {
    /// The id of the record.
    pub record: Uuid,
    /// The random id of this browser, the same in all its records.
    pub subject: Uuid,
}

impl RecordRef {
    /// Encodes a decision and its reference as a cookie value: plain ASCII that a browser returns
    /// unchanged.
    pub fn encode(reference: Option<Self>, decision: &Decision) -> String {
        format!("{}{}", decision.encode(), reference.map(Self::suffix).unwrap_or_default())
    }

    /// Decodes a cookie value. Accepts only the canonical encoding.
    pub fn decode(value: &str) -> Option<(Decision, Option<Self>)> {
        if let Some(decision) = Decision::decode(value) {
            return Some((decision, None));
        }
        let (rest, subject) = value.rsplit_once('~')?;
        let (decision, record) = rest.rsplit_once('~')?;
        let reference = Self { record: record.parse().ok()?, subject: subject.parse().ok()? };
        // A reference has one encoding.
        (value.strip_prefix(decision)? == reference.suffix()).then_some(())?;
        Some((Decision::decode(decision)?, Some(reference)))
    }

    fn suffix(self) -> String {
        format!("~{}~{}", self.record.simple(), self.subject.simple())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::consent::decision::{Answer, tests::all};

    fn decision() -> Decision {
        all(Answer::Yes, 1_000, None)
    }

    #[test]
    fn only_what_was_written_so_is_read() {
        let reference = RecordRef { record: Uuid::from_u128(0xA1), subject: Uuid::from_u128(0xB2) };
        let value = RecordRef::encode(Some(reference), &decision());
        assert_eq!(RecordRef::decode(&value), Some((decision(), Some(reference))));
        assert_eq!(RecordRef::decode(&decision().encode()), Some((decision(), None)));
        for bad in [
            String::new(),
            value.to_uppercase(),
            format!("{value}~"),
            value.replace("a1", "-a1"),
            format!("{}~{}~{}", decision().encode(), reference.record, reference.subject),
        ] {
            assert_eq!(RecordRef::decode(&bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn where_a_decision_is_filed_survives_its_encoding(record: u128, subject: u128) {
            let reference = Some(RecordRef { record: Uuid::from_u128(record), subject: Uuid::from_u128(subject) });
            prop_assert_eq!(RecordRef::decode(&RecordRef::encode(reference, &decision())), Some((decision(), reference)));
        }

        #[test]
        fn no_text_makes_decoding_panic(text in "(5~1[.]1~1000~banner~analytics:y1000[.]0000000000000007~[0-9a-f]{31,33}~[0-9a-f]{31,33})|.*") {
            if let Some((decision, reference)) = RecordRef::decode(&text) {
                prop_assert_eq!(RecordRef::encode(reference, &decision), text);
            }
        }
    }
}
