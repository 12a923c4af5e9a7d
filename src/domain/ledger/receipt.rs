//! Receipts: the signed copy of a record for the visitor, and the verdict on one that is verified.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use uuid::Uuid;

use super::{
    record::{Record, rfc3339},
    statement::Statement,
};
use crate::domain::Timestamp;

/// The name of this format.
pub const SCHEMA: &str = "harmony-receipt/2";

/// The name of the earlier format, without an [`Issue`]. Its receipts still verify.
pub const SCHEMA_1: &str = "harmony-receipt/1";

/// A record that was signed by the server that issued the receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The name of the format: [`SCHEMA`], or [`SCHEMA_1`] without an issue.
    pub schema: String,
    /// The public key of the signature (Ed25519, RFC 8032), as 64 hexadecimal digits.
    pub key: String,
    /// The record, as in the ledger.
    pub record: Record,
    /// What this receipt adds to the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<Issue>,
    /// The signature, as 128 hexadecimal digits.
    pub signature: String,
}

/// The issue of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// The id of this receipt. Each download is a receipt of its own.
    pub id: Uuid,
    /// When it was issued.
    #[serde(with = "rfc3339")]
    pub created_at: Timestamp,
    /// How things stood then.
    pub statement: Statement,
}

/// The result of verifying a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum Verdict {
    /// This site issued the receipt, and the ledger contains its record.
    Genuine,
    /// This site issued the receipt. Its record has expired.
    Expired,
    /// This site issued the receipt, but the ledger lacks its record.
    Missing,
    /// The receipt was altered, or nobody issued it.
    Altered,
    /// A key that this site does not trust signed the receipt.
    Foreign,
    /// The text is not a receipt.
    Unreadable,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 6] =
        [Self::Genuine, Self::Expired, Self::Missing, Self::Altered, Self::Foreign, Self::Unreadable];

    /// Whether this site issued the receipt.
    pub const fn is_genuine(self) -> bool {
        matches!(self, Self::Genuine | Self::Expired | Self::Missing)
    }

    /// The name in the API.
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

    /// The explanation for the visitor.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Genuine => "Genuine. It matches our records.",
            Self::Expired => "Genuine. We no longer keep this record, because its retention period is over.",
            Self::Missing => {
                "Genuine, but missing from our records, although it should be there. Keep the receipt and tell the site owner."
            }
            Self::Altered => "Not genuine. The receipt was altered, or we never signed it.",
            Self::Foreign => "Signed by another site. We cannot check it.",
            Self::Unreadable => "This is not a receipt. Use the whole file as you downloaded it.",
        }
    }
}
