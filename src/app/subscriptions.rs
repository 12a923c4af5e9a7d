//! Who is told by mail when the policy changes: double opt-in, the end of a subscription, and the
//! task that writes the messages.

use std::{sync::Arc, time::Duration};

use crate::{
    app::{AppState, form_context::FormContext, rate_limit::RateLimitKey},
    domain::{
        account::{
            credentials::Email,
            form_error::{FieldError, FormError, FormErrors, FormInput},
            mail::{MailKind, SUBSCRIBE_LIFETIME_SECONDS},
        },
        policy::{notice, version::Version},
        web::{error::AppError, flash::Flash, page::Page},
    },
    store::{LinkAction, NewMail, StoreError, Subscription, Tx},
};

/// The time between two looks at the editions. Another server may have stopped in the middle.
const INTERVAL: Duration = Duration::from_mins(1);

/// The number of subscribers whose messages one transaction stores. Other writes wait for it.
const BATCH: u32 = 500;

/// Sends a link that subscribes the address. The confirmed address of the signed-in user is
/// subscribed at once.
///
/// The message is the same if the address is subscribed already, so that neither the response nor
/// its time reveals it; the link then changes the language alone.
///
/// # Errors
/// - [`FormError::Correct`] if the address is invalid.
/// - [`FormError::Wait`] after too many messages.
pub(crate) async fn subscribe(form: &FormContext, typed: String) -> Result<(Page, Flash), FormError> {
    let FormContext { site, request, .. } = form;
    let Some(draft) = form.mail(MailKind::ConfirmSubscription) else { return Err(AppError::NotFound.into()) };
    let Some(email) = Email::parse(&typed) else {
        let input = FormInput { email: typed, ..FormInput::default() };
        return Err(FormErrors::new(Page::Subscribe, FieldError::NoEmail, input).into());
    };
    if form.user().is_ok_and(|user| user.account.confirmed_at.is_some() && user.account.email == email) {
        let subscription = new_subscription(form, email);
        site.store.write(move |tx| tx.add_subscription(&subscription)).await?;
        return Ok((Page::Subscribe, Flash::Subscribed));
    }
    site.limiter.attempt_from(request.client.network)?;
    site.attempt_by(RateLimitKey::Mail(email.as_str().to_owned())).await?;
    let expires_at = site.now().plus_seconds(SUBSCRIBE_LIFETIME_SECONDS);
    let job = move |tx: &Tx<'_>| {
        let action = LinkAction::Subscribe { email: email.clone() };
        tx.add_one_time_link(&draft.token_hash(), &action, expires_at)?;
        tx.add_mail(&draft.to(None, &email))
    };
    site.store.write(job).await?;
    site.mail.wake();
    Ok((Page::Subscribe, Flash::SubscriptionMailSent))
}

/// A subscription that begins now, in the language of the form's page.
pub(crate) fn new_subscription(form: &FormContext, email: Email) -> Subscription {
    let FormContext { site, request, .. } = form;
    Subscription { id: site.rng.token(), email, locale: request.locale, confirmed_at: site.now() }
}

/// The address that the link with that token belongs to, if it is subscribed.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be read.
pub(crate) async fn subscriber(site: &AppState, token: String) -> Result<Option<Email>, AppError> {
    let found = site.store.read(move |tx| tx.subscription(&token)).await?;
    Ok(found.map(|subscription| subscription.email))
}

/// Ends the subscription of the link with that token, if it has not ended yet. Its messages that
/// wait are not sent.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be written.
pub(crate) async fn end(site: &AppState, token: String) -> Result<(), AppError> {
    // An invented token costs a read and no write.
    let by = token.clone();
    if site.store.read(move |tx| tx.subscription(&by)).await?.is_some() {
        site.store.write(move |tx| tx.delete_subscription(&token)).await?;
    }
    Ok(())
}

/// Tells subscribers of new versions as long as the caller polls the future. Ends at once if no
/// mail server is configured.
pub async fn tell(site: Arc<AppState>) {
    if !site.mail.is_configured() {
        return;
    }
    loop {
        if let Err(error) = tell_due(&site).await {
            tracing::error!(%error, "the messages to subscribers could not be written");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Writes the messages about each version whose notice day has come, unless they are written.
#[expect(clippy::redundant_closure_for_method_calls, reason = "the method itself is for one lifetime alone")]
pub(crate) async fn tell_due(site: &AppState) -> Result<(), StoreError> {
    let current = site.current_version();
    let due = notice::due(&current.content.editions, current.effective, site.now().day());
    for version in due.map(|edition| edition.version).collect::<Vec<_>>() {
        if site.store.read(move |tx| tx.is_notice_done(version)).await? {
            continue;
        }
        let mut written = 0;
        loop {
            let batch = write_batch(site, version).await?;
            written += batch;
            site.mail.wake();
            if batch < BATCH as usize {
                break;
            }
        }
        tracing::info!(%version, messages = written, "subscribers are told of a version");
    }
    let subscriptions = site.store.read(|tx| tx.count_subscriptions()).await?;
    site.observers.set_subscriptions(subscriptions);
    Ok(())
}

/// Stores the messages to the next subscribers and marks them as told, in one transaction: after a
/// kill, either both are so or neither is. Returns their number.
async fn write_batch(site: &AppState, version: Version) -> Result<usize, StoreError> {
    let (now, rng) = (site.now(), site.rng.clone());
    let job = move |tx: &Tx<'_>| {
        let subscribers = tx.take_subscribers(version, now, BATCH)?;
        for Subscription { id, email, locale, .. } in &subscribers {
            tx.add_mail(&NewMail {
                id: rng.token(),
                account: None,
                recipient: email.clone(),
                kind: MailKind::PolicyChanged,
                locale: *locale,
                token: None,
                device: None,
                notice: Some((id.clone(), version)),
                created_at: now,
            })?;
        }
        Ok(subscribers.len())
    };
    site.store.write(job).await
}
