//! The task that sends messages.

use std::{sync::Arc, time::Duration};

use super::{compose, compose::VersionFacts};
use crate::{
    app::AppState,
    domain::account::security_event::{SecurityEvent, SecurityEventKind},
    store::{QueuedMail, StoreError, Tx},
    system::smtp::{Mailer, SEND_TIMEOUT, SendError},
    telemetry::metrics::MailOutcome,
};

/// How long a server has a message to itself. It must be longer than an attempt takes.
const CLAIM_SECONDS: u64 = 5 * 60;
const _: () = assert!(SEND_TIMEOUT.as_secs() * 2 < CLAIM_SECONDS);

/// The longest time between two looks at the store. Another server may have added a message.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// Sends messages as they become due, as long as the caller polls the future. Ends at once if no
/// mail server is configured.
pub async fn deliver(site: Arc<AppState>) {
    let Some(mailer) = &site.mail.mailer else { return };
    loop {
        let wait = match deliver_due(&site, mailer).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "the messages that wait could not be read or written");
                MAX_WAIT
            }
        };
        tokio::select! {
            () = site.mail.wake.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Sends all messages that are due. Returns how long to wait for the next one.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
async fn deliver_due(site: &AppState, mailer: &Mailer) -> Result<Duration, StoreError> {
    loop {
        let now = site.now();
        let claimed = site.store.write(move |tx| tx.claim_mail(now, now.plus_seconds(CLAIM_SECONDS))).await?;
        let Some(claimed) = claimed else { break };
        attempt(site, mailer, claimed).await?;
    }
    let (waiting, next) = site.store.read(|tx| tx.mails_waiting()).await?;
    site.observers.set_mails_waiting(waiting);
    let until =
        next.map_or(MAX_WAIT, |next| Duration::from_secs(next.0.saturating_sub(site.now().0).try_into().unwrap_or(0)));
    Ok(until.clamp(Duration::from_secs(1), MAX_WAIT))
}

/// Writes a message and sends it.
async fn send(site: &AppState, mailer: &Mailer, QueuedMail { mail, .. }: &QueuedMail) -> Result<(), SendError> {
    let facts = match mail.notice {
        None => None,
        // Another server may have stored it, with newer content.
        Some((_, version)) => Some(
            VersionFacts::of(&site.content(), version, mail.locale)
                .ok_or_else(|| SendError::Later("the content does not have its version".into()))?,
        ),
    };
    let message = compose::compose(&site.strings(mail.locale), &site.origin, mail, facts.as_ref());
    mailer.send(message).await
}

/// Tries to send a message once.
async fn attempt(site: &AppState, mailer: &Mailer, claimed: QueuedMail) -> Result<(), StoreError> {
    let (kind, attempts) = (claimed.mail.kind, claimed.attempts);
    let error = match send(site, mailer, &claimed).await {
        Ok(()) => {
            site.store.write(move |tx| tx.delete_mail(&claimed)).await?;
            site.observers.count_mail(MailOutcome::Sent);
            return Ok(());
        }
        Err(error) => error,
    };
    let pause = match error {
        SendError::Refused(_) => None,
        SendError::Later(_) => kind.pause_after(attempts, site.mail.retry_seconds),
    };
    let now = site.now();
    let kind = kind.into_str();
    if let Some(pause) = pause {
        site.store.write(move |tx| tx.postpone_mail(&claimed, now.plus_seconds(pause))).await?;
        tracing::warn!(kind, attempts, %error, pause_seconds = pause, "a message was not sent, and is tried again");
        site.observers.count_mail(MailOutcome::Retried);
        return Ok(());
    }
    let event =
        SecurityEvent { event: SecurityEventKind::MailGivenUp, at: now, device: None, device_id: None, count: 1 };
    let give_up = move |tx: &Tx<'_>| {
        if let (true, Some(account)) = (tx.delete_mail(&claimed)?, &claimed.mail.account) {
            tx.record_security_event(account, &event)?;
        }
        Ok(())
    };
    site.store.write(give_up).await?;
    tracing::warn!(kind, attempts, %error, "a message was not sent, and is given up");
    site.observers.count_mail(MailOutcome::GivenUp);
    Ok(())
}

/// Sends what is due, once.
#[cfg(test)]
pub(crate) async fn deliver_once(site: &AppState) -> Result<Duration, StoreError> {
    match &site.mail.mailer {
        Some(mailer) => deliver_due(site, mailer).await,
        None => Ok(MAX_WAIT),
    }
}
