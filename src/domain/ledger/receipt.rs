//! The copy of a record that the person takes away, and what can be said of one that is brought back.

use serde::{Deserialize, Serialize};

use super::record::Record;

/// The name of this form.
pub const SCHEMA: &str = "harmony-receipt/1";

/// A record, signed by the server that handed it out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The name of the form, [`SCHEMA`].
    pub schema: String,
    /// The public key of whoever signed it (Ed25519, RFC 8032), as 64 hexadecimal digits.
    pub key: String,
    /// The record, as it stands in the ledger.
    pub record: Record,
    /// The signature, as 128 hexadecimal digits.
    pub signature: String,
}

/// What is said of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was handed out here and stands in the ledger, word for word.
    Genuine,
    /// It was handed out here; its record was kept for its time and then removed.
    Expired,
    /// It was handed out here, but the ledger does not hold its record.
    Missing,
    /// It was altered, or was never handed out by anybody.
    Altered,
    /// It is signed with a key that is none of this site's.
    Foreign,
    /// It is no receipt.
    Unreadable,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] =
        [Self::Genuine, Self::Expired, Self::Missing, Self::Altered, Self::Foreign, Self::Unreadable];

    /// Whether the receipt can be relied on.
    pub const fn is_genuine(self) -> bool {
        matches!(self, Self::Genuine | Self::Expired | Self::Missing)
    }

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Genuine => "genuine",
            Self::Expired => "expired",
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Foreign => "foreign",
            Self::Unreadable => "unreadable",
        }
    }

    /// What it means, in one or two sentences.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Genuine => "This receipt is genuine, and its record stands in the ledger, word for word.",
            Self::Expired => {
                "This receipt is genuine. Its record was kept for as long as records are kept, and is no longer in the ledger."
            }
            Self::Missing => {
                "This receipt is genuine, but the ledger does not hold its record, which it should. Keep the receipt, and tell whoever runs this site."
            }
            Self::Altered => "This is not what was handed out: the receipt was altered, or nobody here ever signed it.",
            Self::Foreign => "This receipt is signed with a key that is not this site’s, so nothing can be said of it.",
            Self::Unreadable => {
                "This is not a receipt. Give the whole file as it was downloaded, from the first brace to the last."
            }
        }
    }
}
