//! Exports all data of a user as JSON (GDPR, Article 20).

use serde::Serialize;

use crate::{
    app::accounts::{service, service::AccountOverview},
    domain::{
        Timestamp,
        account::{security_event::SecurityEvent, session::Session},
        consent::{decision::Answer, signal::Signal},
        cookies::purpose::Optional,
        ledger::record::Record,
    },
    ledger,
    ledger::key::TrustedKeys,
    store::{Account, StoreError, Tx},
};

#[derive(Serialize)]
struct Export {
    email: String,
    created_at: String,
    decision: Option<ExportedDecision>,
    appearance: Option<ExportedAppearance>,
    browsers: Vec<ExportedBrowser>,
    /// When each known device last signed in.
    known_browsers: Vec<String>,
    activity: Vec<ExportedEvent>,
    /// The records of the decisions that the user made while signed in, newest first.
    /// `docs/records.md` describes them.
    records: Vec<Record>,
    /// When the sign-in link expires, if there is one.
    sign_in_link_until: Option<String>,
    /// What the server stores and cannot read back.
    also_kept: &'static str,
}

#[derive(Serialize)]
struct ExportedDecision {
    policy_version: String,
    made_at: String,
    way: &'static str,
    choices: Vec<ExportedAnswer>,
}

#[derive(Serialize)]
struct ExportedAnswer {
    purpose: &'static str,
    granted: bool,
    chosen_at: Option<String>,
    /// The signal that the browser sent with the answer.
    given_with: Option<&'static str>,
}

#[derive(Serialize)]
struct ExportedAppearance {
    theme: &'static str,
    text_size: &'static str,
}

#[derive(Serialize)]
struct ExportedBrowser {
    device: &'static str,
    created_at: String,
    tokens_made_at: String,
    used_at: String,
    kept_signed_in: bool,
    this_one: bool,
}

#[derive(Serialize)]
struct ExportedEvent {
    event: &'static str,
    at: String,
    device: Option<&'static str>,
    times: u32,
}

/// Exports an account. `this` is the session of the browser that asks, if a browser asks.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) fn write(
    tables: &Tx<'_>,
    trusted: &TrustedKeys,
    account: &Account,
    this: Option<&Session>,
    (now, devices_since): (Timestamp, Timestamp),
) -> Result<Vec<u8>, StoreError> {
    let AccountOverview { sessions, activity, devices, link } =
        service::overview(tables, &account.id, (now, devices_since))?;
    let export = Export {
        email: account.email.to_string(),
        created_at: rfc3339(account.created_at),
        decision: account.decision.map(|decision| ExportedDecision {
            policy_version: decision.version.to_string(),
            made_at: rfc3339(decision.made_at),
            way: decision.way.name(),
            choices: Optional::ALL
                .map(|purpose| ExportedAnswer {
                    purpose: purpose.name(),
                    granted: decision.choices.get(purpose) == Answer::Yes,
                    chosen_at: decision.chosen_at.get(purpose).map(rfc3339),
                    given_with: decision.given_with.get(purpose).map(Signal::name),
                })
                .into(),
        }),
        appearance: account
            .appearance
            .map(|look| ExportedAppearance { theme: look.theme.name(), text_size: look.text_size.name() }),
        browsers: sessions.iter().map(|session| browser(session, this)).collect(),
        known_browsers: devices.into_iter().map(rfc3339).collect(),
        activity: activity.iter().map(exported_event).collect(),
        records: ledger::everything_of(tables, trusted, &account.id)?,
        sign_in_link_until: link.map(rfc3339),
        also_kept: "A hash of your password, of the tokens of each session, of the cookie of each known browser and of a sign-in link.",
    };
    Ok(serde_json::to_vec_pretty(&export).unwrap_or_default())
}

fn browser(session: &Session, this: Option<&Session>) -> ExportedBrowser {
    ExportedBrowser {
        device: session.device.name(),
        created_at: rfc3339(session.created_at),
        tokens_made_at: rfc3339(session.token_at),
        used_at: rfc3339(session.used_at),
        kept_signed_in: session.is_remembered,
        this_one: this.is_some_and(|this| session.id == this.id),
    }
}

fn exported_event(activity: &SecurityEvent) -> ExportedEvent {
    ExportedEvent {
        event: activity.event.name(),
        at: rfc3339(activity.at),
        device: activity.device.map(crate::domain::analytics::Device::name),
        times: activity.times,
    }
}

/// A time in the format of RFC 3339, or the epoch if no calendar contains it.
fn rfc3339(at: Timestamp) -> String {
    at.rfc3339().unwrap_or_else(|| "1970-01-01T00:00:00Z".into())
}
