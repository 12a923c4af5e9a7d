//! What goes by mail: sign-up, confirmation of an address, and the request for a new password; and
//! what the links in messages do.
//!
//! A response says nothing about whether an address has an account: it is the same, and takes as
//! long, for every address.

use std::sync::Arc;

use super::sessions::start_session;
use crate::{
    app::{
        AppState,
        accounts::{passwords::map_password_error, service, session_tokens},
        form_context::FormContext,
        form_result::FormResult,
        mail::MailDraft,
        rate_limit::RateLimitKey,
        subscriptions,
    },
    domain::{
        account::{
            credentials::{Email, Password},
            form_error::{FieldError, FormError, FormErrors, FormInput},
            mail::{CONFIRM_LIFETIME_SECONDS, MailKind, RESET_LIFETIME_SECONDS, SIGN_OUT_LIFETIME_SECONDS},
            security_event::{SecurityEvent, SecurityEventKind},
        },
        web::{error::AppError, flash::Flash, page::Page},
    },
    store::{Account, LinkAction, StoreError, Tx},
};

/// Sends a link that creates an account, or tells the owner of the address that there is one.
///
/// The account is created by the link and the password together ([`redeem`]). So nobody can take an
/// address that they cannot read mail for, and nobody gets into an account that somebody else
/// prepared with a password of their own.
///
/// # Errors
/// [`FormError::Wait`] after too many messages.
pub(super) async fn sign_up(form: &FormContext, email: Email, password: &Password) -> Result<(), FormError> {
    let site = &form.site;
    site.attempt_by(RateLimitKey::Mail(email.as_str().to_owned())).await?;
    // In either case, so that both take as long.
    let password_hash = site.passwords()?.hash(password, &site.rng).await.map_err(map_password_error)?;
    let (Some(confirm), Some(exists)) = (form.mail(MailKind::ConfirmEmail), form.mail(MailKind::AccountExists)) else {
        return Err(AppError::NotFound.into());
    };
    let expires_at = site.now().plus_seconds(CONFIRM_LIFETIME_SECONDS);
    let job = move |tx: &Tx<'_>| {
        if let Some(account) = tx.account_by_email(&email)? {
            return tx.add_mail(&exists.to(Some(&account.id), &account.email));
        }
        let recipient = email.clone();
        let action = LinkAction::SignUp { email, password_hash };
        tx.add_one_time_link(&confirm.token_hash(), &action, expires_at)?;
        tx.add_mail(&confirm.to(None, &recipient))
    };
    site.store.write(job).await?;
    site.mail.wake();
    Ok(())
}

/// Sends a link to set a new password, if the address has an account.
///
/// # Errors
/// - [`FormError::Correct`] if the address is invalid.
/// - [`FormError::Wait`] after too many messages.
pub(crate) async fn request_reset(form: &FormContext, typed: String) -> Result<(Page, Flash), FormError> {
    let FormContext { site, request, .. } = form;
    site.passwords()?;
    let Some(draft) = form.mail(MailKind::PasswordReset) else { return Err(AppError::NotFound.into()) };
    let Some(email) = Email::parse(&typed) else {
        let input = FormInput { email: typed, ..FormInput::default() };
        return Err(FormErrors::new(Page::ForgottenPassword, FieldError::NoEmail, input).into());
    };
    site.limiter.attempt_from(request.client.network)?;
    site.attempt_by(RateLimitKey::Mail(email.as_str().to_owned())).await?;
    let found = site.store.read(move |tx| tx.account_by_email(&email)).await?;
    if let Some(account) = found.filter(|account| !account.is_disabled()) {
        let expires_at = site.now().plus_seconds(RESET_LIFETIME_SECONDS);
        let mut requested = form.activity(SecurityEventKind::ResetRequested);
        // Another user may be signed in here.
        requested.device_id = None;
        // The server does not wait for the write, so that the response for an unknown address takes
        // as long.
        site.store.write_detached(move |tx| {
            tx.set_password_reset_token(&account.id, &draft.token_hash(), expires_at)?;
            tx.record_security_event(&account.id, &requested)?;
            tx.add_mail(&draft.to(Some(&account.id), &account.email))
        });
        let site = Arc::clone(site);
        tokio::spawn(async move {
            // The write above is committed when this returns.
            let _ = site.store.flush().await;
            site.mail.wake();
        });
    }
    Ok((Page::SignIn, Flash::ResetMailSent))
}

/// Sends the user a link that confirms the address of the account.
///
/// # Errors
/// - [`AppError::SignedOut`] if no user is signed in.
/// - [`FormError::Wait`] after too many messages.
pub(crate) async fn send_confirmation(form: &FormContext) -> Result<FormResult, FormError> {
    let site = &form.site;
    let user = form.user()?;
    let Some(draft) = form.mail(MailKind::ConfirmEmail) else { return Err(AppError::NotFound.into()) };
    site.attempt_by(RateLimitKey::Mail(user.account.email.as_str().to_owned())).await?;
    let expires_at = site.now().plus_seconds(CONFIRM_LIFETIME_SECONDS);
    let job = move |tx: &Tx<'_>| {
        let action = LinkAction::ConfirmEmail { account: user.account.id.clone() };
        tx.add_one_time_link(&draft.token_hash(), &action, expires_at)?;
        tx.add_mail(&draft.to(Some(&user.account.id), &user.account.email))
    };
    site.store.write(job).await?;
    site.mail.wake();
    Ok(Flash::ConfirmationSent.into())
}

/// Adds a message with a link that signs the browser of that event out, if the browser was new to
/// the account.
pub(super) fn notify_of_new_browser(
    tx: &Tx<'_>,
    notice: Option<MailDraft>,
    account: &Account,
    event: &SecurityEvent,
) -> Result<(), StoreError> {
    let is_new = event.event == SecurityEventKind::SignedInFromNew && account.confirmed_at.is_some();
    let (Some(notice), Some(device_id)) = (notice.filter(|_| is_new), event.device_id.clone()) else { return Ok(()) };
    let action = LinkAction::SignOutBrowser { account: account.id.clone(), device_id };
    tx.add_one_time_link(&notice.token_hash(), &action, event.at.plus_seconds(SIGN_OUT_LIFETIME_SECONDS))?;
    service::notify(tx, Some(notice), account)
}

/// What a link does, as its page shows it.
pub(crate) enum LinkPurpose {
    /// Creates an account with this address.
    SignUp(Email),
    /// Subscribes this address to messages about new versions of the policy.
    Subscribe(Email),
    /// Confirms this address of an account.
    ConfirmEmail(Email),
    /// Ends the sessions of one browser of the account with this address.
    SignOutBrowser(Email),
}

/// What the link with that token does, if it is valid. Uses nothing up, because link scanners open
/// links too.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be read; [`AppError::NotFound`] if the link signs
/// up and passwords are switched off.
pub(crate) async fn purpose(site: &AppState, token: &str) -> Result<Option<LinkPurpose>, AppError> {
    let (hash, now) = (session_tokens::hash(token), site.now());
    let read = move |tx: &Tx<'_>| {
        let of = |account: &str| Ok::<_, StoreError>(tx.account(account)?.map(|account| account.email));
        Ok(match tx.one_time_link(&hash, now)? {
            None => None,
            Some(LinkAction::SignUp { email, .. }) => Some(LinkPurpose::SignUp(email)),
            Some(LinkAction::Subscribe { email }) => Some(LinkPurpose::Subscribe(email)),
            Some(LinkAction::ConfirmEmail { account }) => of(&account)?.map(LinkPurpose::ConfirmEmail),
            Some(LinkAction::SignOutBrowser { account, .. }) => of(&account)?.map(LinkPurpose::SignOutBrowser),
        })
    };
    let purpose = site.store.read(read).await?;
    if matches!(purpose, Some(LinkPurpose::SignUp(_))) {
        site.passwords()?;
    }
    Ok(purpose)
}

/// Does what a link is for, and uses it up. A sign-up takes the password of the sign-up form.
///
/// # Errors
/// - [`AppError::LinkExpired`] if the link is invalid or has expired.
/// - [`AppError::NotFound`] if the link signs up and passwords are switched off.
/// - [`FormError::Correct`] if the password is wrong.
/// - [`FormError::Wait`] after too many attempts.
pub(crate) async fn redeem(
    form: &FormContext,
    token: Password,
    password: Password,
    remember: bool,
) -> Result<(Page, Flash), FormError> {
    let FormContext { site, request, .. } = form;
    let (hash, now) = (session_tokens::hash(token.expose()), site.now());
    let attempt = site.attempt(RateLimitKey::ResetToken(hash.clone()), request.client.network).await?;
    let by = hash.clone();
    let action = site.store.read(move |tx| tx.one_time_link(&by, now)).await?;
    let is_done = match action.ok_or(AppError::LinkExpired)? {
        LinkAction::SignUp { email, password_hash } => {
            let passwords = site.passwords()?;
            let correct = |problem| {
                let input =
                    FormInput { email: email.to_string(), remember, token: token.clone(), ..FormInput::default() };
                FormErrors::new(Page::Confirm, problem, input)
            };
            if password.is_empty() {
                // An empty form is no attempt.
                site.give_back(attempt);
                return Err(correct(FieldError::NoPassword).into());
            }
            let verified = passwords.verify(&password, Some(password_hash.clone())).await;
            if !verified.map_err(map_password_error)? {
                return Err(correct(FieldError::WrongPassword).into());
            }
            let account = Account {
                id: site.rng.token(),
                email,
                password_hash: Some(password_hash),
                created_at: now,
                disabled_at: None,
                decision: None,
                appearance: None,
                confirmed_at: Some(now),
            };
            let load_account = move |tx: &Tx<'_>| {
                // Another link of the same address may have created an account meanwhile.
                let is_new = tx.consume_one_time_link(&hash)? && tx.add_account(&account)?;
                Ok(if is_new { Ok(account) } else { Err(FieldError::EmailTaken) })
            };
            let signed_up = Some(SecurityEventKind::SignedUp);
            return match start_session(form, remember, signed_up, load_account).await? {
                Ok(()) => Ok((Page::Account, Flash::SignedUp)),
                Err(_) => Err(AppError::LinkExpired.into()),
            };
        }
        LinkAction::Subscribe { email } => {
            let subscription = subscriptions::new_subscription(form, email);
            let job = move |tx: &Tx<'_>| {
                let is_first = tx.consume_one_time_link(&hash)?;
                if is_first {
                    tx.add_subscription(&subscription)?;
                }
                Ok(is_first)
            };
            (site.store.write(job).await, (Page::Subscribe, Flash::Subscribed))
        }
        LinkAction::ConfirmEmail { account } => {
            let mut confirmed = form.activity(SecurityEventKind::EmailConfirmed);
            confirmed.device_id = None;
            let job = move |tx: &Tx<'_>| {
                let is_first = tx.consume_one_time_link(&hash)?;
                if is_first {
                    tx.set_confirmed(&account, now)?;
                    tx.record_security_event(&account, &confirmed)?;
                }
                Ok(is_first)
            };
            let is_signed_in = request.identity.user.is_some();
            let page = if is_signed_in { Page::Security } else { Page::SignIn };
            (site.store.write(job).await, (page, Flash::EmailConfirmed))
        }
        LinkAction::SignOutBrowser { account, device_id } => {
            let mut ended = form.activity(SecurityEventKind::Ended);
            ended.device_id = None;
            let job = move |tx: &Tx<'_>| {
                let is_first = tx.consume_one_time_link(&hash)?;
                if is_first && tx.sign_out_browser(&account, &device_id)? > 0 {
                    tx.record_security_event(&account, &ended)?;
                }
                Ok(is_first)
            };
            let page = match &request.identity.user {
                _ if site.passwords.is_some() => Page::ForgottenPassword,
                Some(_) => Page::Account,
                None => Page::SignIn,
            };
            (site.store.write(job).await, (page, Flash::BrowserSignedOut))
        }
    };
    let (is_first, done) = is_done;
    if is_first? { Ok(done) } else { Err(AppError::LinkExpired.into()) }
}
