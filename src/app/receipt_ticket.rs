//! The ticket with which a visitor downloads the receipt of a decision to which no cookie leads.
//!
//! After a rejection the consent cookie holds no record id. The page after the form carries a
//! ticket instead: the record's id with an HMAC.

use uuid::Uuid;

use crate::{domain::Timestamp, system::cookie_signer::CookieSigner};

/// How long a ticket is valid, in seconds.
const LIFETIME_SECONDS: i64 = 3_600;

/// The context of the HMAC.
const CONTEXT: &str = "receipt";

/// The ticket of a record.
pub(crate) fn issue(signer: &CookieSigner, record: Uuid) -> String {
    signer.sign(CONTEXT, record.simple().to_string())
}

/// The record of a ticket, if its HMAC is right and the record is younger than an hour.
pub(crate) fn verify(signer: &CookieSigner, ticket: &str, now: Timestamp) -> Option<Uuid> {
    let record: Uuid = signer.verify(CONTEXT, ticket)?.parse().ok()?;
    let (created_at, _) = record.get_timestamp()?.to_unix();
    let age = now.0.saturating_sub(i64::try_from(created_at).ok()?);
    (age <= LIFETIME_SECONDS).then_some(record)
}
