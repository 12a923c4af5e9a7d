//! Exports all data of a user as JSON (GDPR, Article 20).

use serde::Serialize;

use crate::{
    app::accounts::service,
    domain::{
        Timestamp,
        account::{security_event::SecurityEvent, session::Session},
        consent::decision::{Decision, GivenAnswer},
        cookies::purpose::Optional,
        ledger::record::Record,
        web::appearance::Appearance,
    },
    ledger,
    ledger::key::TrustedKeys,
    store::{Account, Identity, KnownDevice, QueuedMail, StoreError, StoredPasskey, Tx},
};

#[derive(Serialize)]
struct Export {
    email: String,
    /// When the owner of the address confirmed it.
    email_confirmed_at: Option<String>,
    created_at: String,
    decision: Option<ExportedDecision>,
    appearance: Option<ExportedAppearance>,
    browsers: Vec<ExportedBrowser>,
    /// The browsers that have signed in, latest first.
    known_browsers: Vec<ExportedDevice>,
    passkeys: Vec<ExportedPasskey>,
    identities: Vec<ExportedIdentity>,
    security_events: Vec<ExportedEvent>,
    /// The records of the decisions that the user made while signed in, newest first.
    /// `docs/records.md` describes them.
    records: Vec<Record>,
    /// When the password reset link expires, if there is one.
    password_reset_token_expires_at: Option<String>,
    /// The messages that wait to be sent, oldest first.
    waiting_messages: Vec<ExportedMail>,
    /// The subscription of the confirmed address to messages about new versions.
    subscription: Option<ExportedSubscription>,
    /// What the server stores and cannot read back.
    also_kept: &'static str,
}

/// A decision.
#[derive(Serialize)]
pub(crate) struct ExportedDecision {
    policy_version: String,
    decided_at: String,
    collected_via: &'static str,
    choices: Vec<ExportedAnswer>,
}

#[derive(Serialize)]
struct ExportedAnswer {
    purpose: Optional,
    granted: bool,
    answered_at: String,
    /// The signal that the browser sent with the answer.
    signal_at_answer: Option<&'static str>,
}

/// How pages look.
#[derive(Serialize)]
pub(crate) struct ExportedAppearance {
    theme: &'static str,
    text_size: &'static str,
}

#[derive(Serialize)]
struct ExportedBrowser {
    name: Option<String>,
    device: &'static str,
    created_at: String,
    token_issued_at: String,
    last_used_at: String,
    is_persistent: bool,
    /// Whether the session is bound to a key of the device.
    is_bound: bool,
    this_one: bool,
}

#[derive(Serialize)]
struct ExportedMail {
    message: &'static str,
    written_at: String,
}

#[derive(Serialize)]
struct ExportedSubscription {
    language: String,
    confirmed_at: String,
}

#[derive(Serialize)]
struct ExportedDevice {
    name: Option<String>,
    last_signed_in_at: String,
}

/// Without its public key, which is of no use elsewhere.
#[derive(Serialize)]
struct ExportedPasskey {
    name: Option<String>,
    credential_id: String,
    created_at: String,
    last_used_at: Option<String>,
}

/// Who the user is at an identity provider.
#[derive(Serialize)]
struct ExportedIdentity {
    issuer: String,
    subject: String,
    linked_at: String,
}

#[derive(Serialize)]
struct ExportedEvent {
    event: &'static str,
    at: String,
    device: Option<&'static str>,
    /// What the user calls the browser.
    browser: Option<String>,
    count: u32,
}

/// Exports an account. `this` is the session of the browser that asks, if a browser asks.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) fn write(
    tx: &Tx<'_>,
    trusted: &TrustedKeys,
    account: &Account,
    this: Option<&Session>,
    (now, devices_since): (Timestamp, Timestamp),
) -> Result<Vec<u8>, StoreError> {
    let overview = service::overview(tx, &account.id, (now, devices_since))?;
    let name_of = |device_id: &str| overview.name_of(device_id).map(str::to_owned);
    let known = |device: &KnownDevice| ExportedDevice {
        name: device.name.clone(),
        last_signed_in_at: rfc3339(device.last_seen_at),
    };
    let export = Export {
        email: account.email.to_string(),
        email_confirmed_at: account.confirmed_at.map(rfc3339),
        created_at: rfc3339(account.created_at),
        decision: account.decision.as_ref().map(ExportedDecision::from),
        appearance: account.appearance.map(ExportedAppearance::from),
        browsers: overview.sessions.iter().map(|session| browser(session, name_of(&session.device_id), this)).collect(),
        known_browsers: overview.devices.iter().map(known).collect(),
        passkeys: overview.passkeys.iter().map(exported_passkey).collect(),
        identities: overview.identities.iter().map(exported_identity).collect(),
        security_events: overview
            .activity
            .iter()
            .map(|event| exported_event(event, event.device_id.as_deref().and_then(name_of)))
            .collect(),
        records: ledger::all_records_of(tx, trusted, &account.id)?,
        password_reset_token_expires_at: overview.link.map(rfc3339),
        waiting_messages: tx.mails_of(&account.id)?.iter().map(exported_mail).collect(),
        subscription: match account.confirmed_at {
            Some(_) => tx.subscription_of(&account.email)?.map(|subscription| ExportedSubscription {
                language: subscription.locale.to_string(),
                confirmed_at: rfc3339(subscription.confirmed_at),
            }),
            None => None,
        },
        also_kept: "A hash of your password, of the tokens of each session, of the cookie of each known browser and of each link in a message, and the public key of each passkey and of each device to which a session is bound.",
    };
    Ok(serde_json::to_vec_pretty(&export).unwrap_or_default())
}

impl From<&Decision> for ExportedDecision {
    fn from(decision: &Decision) -> Self {
        Self {
            policy_version: decision.version.to_string(),
            decided_at: rfc3339(decision.decided_at),
            collected_via: decision.collected_via.into_str(),
            choices: decision.answers.iter().map(exported_answer).collect(),
        }
    }
}

impl From<Appearance> for ExportedAppearance {
    fn from(look: Appearance) -> Self {
        Self { theme: look.theme.into_str(), text_size: look.text_size.into_str() }
    }
}

fn browser(session: &Session, name: Option<String>, this: Option<&Session>) -> ExportedBrowser {
    ExportedBrowser {
        name,
        device: session.device.into_str(),
        created_at: rfc3339(session.created_at),
        token_issued_at: rfc3339(session.token_issued_at),
        last_used_at: rfc3339(session.last_used_at),
        is_persistent: session.is_persistent,
        is_bound: session.binding.is_some(),
        this_one: this.is_some_and(|this| session.id == this.id),
    }
}

fn exported_mail(queued: &QueuedMail) -> ExportedMail {
    ExportedMail { message: queued.mail.kind.into_str(), written_at: rfc3339(queued.mail.created_at) }
}

fn exported_passkey(passkey: &StoredPasskey) -> ExportedPasskey {
    ExportedPasskey {
        name: passkey.name.clone(),
        credential_id: passkey.id.clone(),
        created_at: rfc3339(passkey.created_at),
        last_used_at: passkey.last_used_at.map(rfc3339),
    }
}

fn exported_identity(identity: &Identity) -> ExportedIdentity {
    let Identity { issuer, subject, created_at, .. } = identity.clone();
    ExportedIdentity { issuer, subject, linked_at: rfc3339(created_at) }
}

fn exported_event(activity: &SecurityEvent, browser: Option<String>) -> ExportedEvent {
    ExportedEvent {
        event: activity.event.into_str(),
        at: rfc3339(activity.at),
        device: activity.device.map(|device| device.into_str()),
        browser,
        count: activity.count,
    }
}

/// A time in the format of RFC 3339, or the epoch if no calendar contains it.
fn rfc3339(at: Timestamp) -> String {
    at.rfc3339().unwrap_or_else(|| "1970-01-01T00:00:00Z".into())
}

fn exported_answer((purpose, given): (&Optional, &GivenAnswer)) -> ExportedAnswer {
    ExportedAnswer {
        purpose: *purpose,
        granted: given.answer.is_yes(),
        answered_at: rfc3339(given.answered_at),
        signal_at_answer: given.signal.map(|signal| signal.into_str()),
    }
}
