//! What a receipt states beside its record: how things stand when it is issued.
//!
//! With these fields, records and receipts have what the W3C DPV guide to ISO/IEC TS 27560 marks as
//! required. `docs/records.md` maps them and names the source of each. A field without a source is
//! absent.

use serde::{Deserialize, Serialize};

/// The statement about a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The origin of the site.
    pub site: String,
    /// The URL of the edition that the record names.
    pub notice: String,
    /// The URL at which the choice can be changed and withdrawn.
    pub withdrawal: String,
    /// The rights that can be exercised at this site.
    pub rights: Vec<Right>,
    /// The controller that the record names; absent if somebody else publishes the policy now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<Controller>,
    /// Where the law applies that the processing is under, as codes of ISO 3166, EU or EEA.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jurisdiction: Vec<String>,
    /// Where the servers are that store personal data, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub storage_location: Vec<String>,
    /// The optional purposes; those that the site no longer knows are left out.
    pub purposes: Vec<PurposeStatement>,
}

/// A right, and where it is exercised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// The name, in English.
    pub right: String,
    /// The URL.
    pub exercised_at: String,
}

/// How to reach the controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// A URL, such as `mailto:privacy@acme.example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The URL of the controller's own site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The URL of the privacy policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy: Option<String>,
}

/// What was answered about, in the text of the original language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeStatement {
    /// The name of the purpose.
    pub purpose: String,
    pub description: String,
    /// The kinds of personal data, as categories of <https://w3id.org/dpv/pd>.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal_data: Vec<String>,
    /// What is stored on the visitor's device.
    pub stored: Vec<StoredItem>,
    /// Who receives the data beside the controller.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<String>,
}

/// A cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredItem {
    pub name: String,
    /// The lifetime in seconds; `null` until the end of the browser session.
    pub max_age: Option<u64>,
}

impl Statement {
    /// Whether nothing is missing that the guide marks as required.
    pub fn is_complete(&self) -> bool {
        let is_reached = |controller: &Controller| controller.contact.is_some() && controller.address.is_some();
        let is_stored = |purpose: &PurposeStatement| !(purpose.stored.is_empty() && self.storage_location.is_empty());
        self.controller.as_ref().is_some_and(is_reached)
            && !self.jurisdiction.is_empty()
            && !self.purposes.is_empty()
            && self.purposes.iter().all(|purpose| !purpose.personal_data.is_empty() && is_stored(purpose))
    }
}
