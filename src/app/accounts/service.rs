//! What users do with their accounts: sign up, change the password, see the data, erase it.

use std::sync::Arc;

use super::{session_tokens::remove_auth_cookies, sessions, sessions::start_session};
use crate::{
    app::{
        AppState,
        accounts::{links, passwords::map_password_error, session_tokens, session_tokens::SessionTokens},
        form_context::FormContext,
        form_result::FormResult,
        mail::MailDraft,
        rate_limit::RateLimitKey,
    },
    domain::{
        Timestamp,
        account::{
            credentials::{Email, Password, length_weakness},
            form_error::{FieldError, FormError, FormErrors, FormInput},
            mail::MailKind,
            security_event::{SecurityEvent, SecurityEventKind},
            session::{GRACE, Session},
            sign_in_methods::SignInMethods,
        },
        cookies::declaration::{EssentialCookie, FirstPartyCookie},
        web::{error::AppError, flash::Flash, page::Page},
    },
    store::{Account, Identity, KnownDevice, NewSession, StoreError, StoredPasskey, Tx, User},
};

/// Creates an account and signs in to it. Returns the next page and its flash message.
///
/// With the address and the password of an existing account, the form is a sign-in. A user who
/// sends the form twice, or who forgot the account, gets in. The rate limits and the security
/// events treat it as a sign-in.
///
/// # Errors
/// - [`FormError::Correct`] if the address is invalid or taken, or the password is weak.
/// - [`FormError::Wait`] after too many attempts.
///
/// If the site sends mail, [`links::sign_up`] does the rest.
pub(crate) async fn sign_up(
    form: &FormContext,
    password: Password,
    input: FormInput,
) -> Result<(Page, Flash), FormError> {
    let FormContext { site, request, .. } = form;
    let passwords = site.passwords()?;
    let correct = |problems| FormErrors { page: Page::SignUp, problems, input: input.clone() };
    let email = Email::parse(&input.email);
    // The check of a password's strength is costly too.
    site.limiter.attempt_from(request.client.network)?;
    let weakness = match &email {
        Some(email) => {
            passwords.weakness(&password, email, &site.content().publisher.name).await.map_err(map_password_error)?
        }
        None => length_weakness(password.expose().chars().count()),
    };
    let problems: Vec<_> = [email.is_none().then_some(FieldError::NoEmail), weakness.map(FieldError::Weak)]
        .into_iter()
        .flatten()
        .collect();
    let Some(email) = email.filter(|_| problems.is_empty()) else { return Err(correct(problems).into()) };

    if site.mail.is_configured() {
        links::sign_up(form, email, &password).await?;
        return Ok((Page::SignIn, Flash::SignUpMailSent));
    }
    let key = RateLimitKey::Account(email.as_str().to_owned());
    let attempt = site.attempt_by(key).await?;
    let by = email.clone();
    let look_up = move |tx: &Tx<'_>| tx.account_by_email(&by);
    // The server computes one hash in either case, unless another user takes the address meanwhile.
    let mut found = site.store.read(look_up.clone()).await?;
    if found.is_none() {
        if create_account(form, email, &password, input.remember).await?.is_ok() {
            site.give_back(attempt);
            return Ok((sessions::page_after_sign_in(None, input.return_to), Flash::SignedUp));
        }
        found = site.store.read(look_up).await?;
    }
    let page = sessions::page_after_sign_in(found.as_ref(), input.return_to);
    let made_at = found.as_ref().map(|account| account.created_at);
    let is_new = made_at.is_some_and(|made_at| site.now() < made_at.plus_seconds(GRACE.as_secs()));
    match sessions::sign_in_to(form, found, &password, input.remember).await? {
        Ok(()) => {
            site.give_back(attempt);
            Ok((page, if is_new { Flash::SignedUp } else { Flash::SignedIn }))
        }
        Err(FieldError::NotRecognised) => Err(correct(vec![FieldError::EmailTaken]).into()),
        Err(problem) => Err(correct(vec![problem]).into()),
    }
}

/// Creates the account and signs in to it, unless another account has the address by now.
async fn create_account(
    form: &FormContext,
    email: Email,
    password: &Password,
    remember: bool,
) -> Result<Result<(), FieldError>, AppError> {
    let FormContext { site, .. } = form;
    let account = Account {
        id: site.rng.token(),
        email,
        password_hash: Some(site.passwords()?.hash(password, &site.rng).await.map_err(map_password_error)?),
        created_at: site.now(),
        disabled_at: None,
        decision: None,
        appearance: None,
        confirmed_at: None,
    };
    let load_account =
        move |tx: &Tx<'_>| Ok(if tx.add_account(&account)? { Ok(account) } else { Err(FieldError::EmailTaken) });
    start_session(form, remember, Some(SecurityEventKind::SignedUp), load_account).await
}

/// Changes the password of the user, or sets one where there is none. Every other session ends, and
/// this one gets new tokens.
///
/// # Errors
/// - [`FormError::Correct`] if the old password is wrong or the new one is weak.
/// - [`FormError::Wait`] after too many attempts.
/// - [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn change_password(form: &FormContext, old: Password, new: Password) -> Result<FormResult, FormError> {
    let FormContext { site, jar, .. } = form;
    let passwords = site.passwords()?;
    let user = form.user()?;
    let correct = |problem| FormErrors::new(Page::Password, problem, FormInput::default());
    let length = length_weakness(new.expose().chars().count());
    // Both errors at once, if both fields are shown. Only the length is checked before the
    // password.
    let confirmed = confirm(form, &user, &old, |problem| {
        let mut errors = correct(problem);
        errors.problems.extend(length.filter(|_| problem != FieldError::SignInAgain).map(FieldError::Weak));
        errors
    });
    confirmed.await?;
    if let Some(weakness) = passwords
        .weakness(&new, &user.account.email, &site.content().publisher.name)
        .await
        .map_err(map_password_error)?
    {
        return Err(correct(FieldError::Weak(weakness)).into());
    }
    let password = passwords.hash(&new, &site.rng).await.map_err(map_password_error)?;
    let (tokens, now) = (SessionTokens::generate(&site.rng), site.now());
    // The session gets a new id, so that a copy of the old remember token does not count as its
    // previous token.
    let session = Session { id: site.rng.token(), token_issued_at: now, last_used_at: now, ..user.session.clone() };
    let renewed = NewSession {
        token_hash: session_tokens::hash(&tokens.session),
        remember_hash: session.is_persistent.then(|| session_tokens::hash(&tokens.remember)),
        expires_at: session.expires_at(site.remembered_for()),
        session,
    };
    let changed = form.activity(SecurityEventKind::PasswordChanged);
    let (id, is_persistent) = (renewed.session.id.clone(), renewed.session.is_persistent);
    let device_hash = jar.value(FirstPartyCookie::Device).map(session_tokens::hash);
    let notice = form.mail(MailKind::PasswordChanged);
    let job = move |tx: &Tx<'_>| {
        let provider = tx.provider_session(&user.session.id)?;
        if !session_still_valid(tx, &user)? {
            return Ok(false);
        }
        tx.set_password_hash(&user.account.id, Some(&password))?;
        tx.delete_password_reset_token(&user.account.id)?;
        tx.delete_devices(&user.account.id, device_hash.as_deref())?;
        tx.delete_sessions(&user.account.id, None)?;
        tx.add_session(&renewed)?;
        if let Some(provider) = provider {
            tx.set_provider_session(&renewed.session.id, &provider)?;
        }
        tx.record_security_event(&user.account.id, &changed)?;
        notify(tx, notice, &user.account)?;
        Ok(true)
    };
    if !site.store.write(job).await? {
        return Err(AppError::SignedOut.into());
    }
    site.mail.wake();
    jar.set(EssentialCookie::Session, tokens.session);
    if is_persistent {
        jar.set(EssentialCookie::Remember, session_tokens::remember_value(&id, &tokens.remember));
    }
    Ok(Flash::PasswordChanged.into())
}

/// Removes the password of the user, who then signs in with passkeys alone.
///
/// # Errors
/// - [`FormError::Correct`] if the password is wrong, or too few other sign-in methods remain.
/// - [`FormError::Wait`] after too many attempts.
/// - [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn remove_password(form: &FormContext, password: Password) -> Result<FormResult, FormError> {
    let site = Arc::clone(&form.site);
    site.passwords()?;
    site.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let user = form.user()?;
    if user.account.password_hash.is_none() {
        return Ok(Flash::PasswordRemoved.into());
    }
    let correct = |problem| FormErrors::new(Page::RemovePassword, problem, FormInput::default());
    confirm(form, &user, &password, correct).await?;
    let (removed, notice) = (form.activity(SecurityEventKind::PasswordRemoved), form.mail(MailKind::PasswordRemoved));
    let job = move |tx: &Tx<'_>| {
        let account = &user.account;
        if !is_still_confirmed(tx, &user, removed.at)? {
            return Ok(Err(None));
        }
        let (passkeys, identities) = (tx.passkeys_of(&account.id)?.len(), tx.identities_of(&account.id)?);
        if !sign_in_methods(&site, account, passkeys, &identities).can_remove_password() {
            return Ok(Err(Some(FieldError::LastMethod)));
        }
        tx.set_password_hash(&account.id, None)?;
        tx.delete_password_reset_token(&account.id)?;
        tx.record_security_event(&account.id, &removed)?;
        notify(tx, notice, account)?;
        Ok(Ok(()))
    };
    form.site.store.write(job).await?.map_err(|problem| match problem {
        Some(problem) => FormError::from(correct(problem)),
        None => AppError::SignedOut.into(),
    })?;
    form.site.mail.wake();
    Ok(Flash::PasswordRemoved.into())
}

/// The sign-in methods of an account with that many passkeys, and these identities.
pub(crate) fn sign_in_methods(
    site: &AppState,
    account: &Account,
    passkeys: usize,
    identities: &[Identity],
) -> SignInMethods {
    let is_provider = |identity: &&Identity| site.identity_providers.has(&identity.issuer);
    SignInMethods {
        has_password: site.password_of(account).is_some(),
        passkeys: if site.passkeys.is_some() { passkeys } else { 0 },
        identities: identities.iter().filter(is_provider).count(),
        can_reset: site.passwords.is_some() && site.mail.is_configured() && account.confirmed_at.is_some(),
    }
}

/// Erases the account of the user with all its data, and ends every session.
///
/// # Errors
/// - [`FormError::Correct`] if the password is wrong.
/// - [`FormError::Wait`] after too many attempts.
/// - [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn erase(form: &FormContext, password: Password) -> Result<FormResult, FormError> {
    let FormContext { site, jar, .. } = form;
    let user = form.owner()?;
    confirm(form, &user, &password, |problem| FormErrors::new(Page::DeleteAccount, problem, FormInput::default()))
        .await?;
    let notice = form.mail(MailKind::AccountDeleted);
    let find = move |tx: &Tx<'_>| {
        if !session_still_valid(tx, &user)? {
            return Ok(None);
        }
        notify(tx, notice, &user.account)?;
        Ok(Some((user.account.id.clone(), ())))
    };
    if site.store.erase(find).await?.is_none() {
        return Err(AppError::SignedOut.into());
    }
    site.mail.wake();
    remove_auth_cookies(jar);
    jar.remove_first_party(FirstPartyCookie::Device);
    jar.drop_account_decision();
    Ok(Flash::AccountDeleted.into())
}

/// Adds a message to the user about something that happened, if the owner of the address confirmed
/// it: others must not get messages about an account that is not theirs.
pub(super) fn notify(tx: &Tx<'_>, notice: Option<MailDraft>, account: &Account) -> Result<(), StoreError> {
    let Some(notice) = notice.filter(|_| account.confirmed_at.is_some()) else { return Ok(()) };
    // The message about an erasure must outlive the account.
    let about = Some(account.id.as_str()).filter(|_| notice.kind != MailKind::AccountDeleted);
    tx.add_mail(&notice.to(about, &account.email))
}

/// Whether the session and the verified password are still valid, and ends the session. Another
/// request may have ended or changed them while the server verified the password.
fn session_still_valid(tx: &Tx<'_>, user: &User) -> Result<bool, StoreError> {
    Ok(has_same_password(tx, &user.account)? && tx.delete_session(&user.account.id, &user.session.id)?)
}

/// Whether the session and what confirmed it are still valid. Another request may have ended or
/// changed them meanwhile.
pub(super) fn is_still_confirmed(tx: &Tx<'_>, user: &User, now: Timestamp) -> Result<bool, StoreError> {
    let is_signed_in =
        tx.active_sessions_of(&user.account.id, now)?.iter().any(|session| session.id == user.session.id);
    Ok(is_signed_in && has_same_password(tx, &user.account)?)
}

/// Whether the account still has the password that was verified.
fn has_same_password(tx: &Tx<'_>, verified: &Account) -> Result<bool, StoreError> {
    Ok(tx.account(&verified.id)?.is_some_and(|account| account.password_hash == verified.password_hash))
}

/// Verifies the password of the signed-in user before a sensitive action. An account without one,
/// or a site that takes none, needs a recent sign-in instead (OWASP ASVS 5.0, 7.5.1).
pub(super) async fn confirm(
    form: &FormContext,
    user: &User,
    password: &Password,
    correct: impl Fn(FieldError) -> FormErrors,
) -> Result<(), FormError> {
    let site = &form.site;
    let Some(stored) = site.password_of(&user.account).map(str::to_owned) else {
        return if site.can_confirm(user) { Ok(()) } else { Err(correct(FieldError::SignInAgain).into()) };
    };
    if password.is_empty() {
        return Err(correct(FieldError::NoPassword).into());
    }
    let key = RateLimitKey::User(user.account.id.clone());
    let attempt = site.attempt(key, form.request.client.network).await?;
    if site.passwords()?.verify(password, Some(stored)).await.map_err(map_password_error)? {
        site.give_back(attempt);
        return Ok(());
    }
    let (account, failed) = (user.account.id.clone(), form.activity(SecurityEventKind::Failed));
    site.store.write_detached(move |tx| tx.record_security_event(&account, &failed));
    Err(correct(FieldError::WrongPassword).into())
}

/// Redeems a password reset link: sets a new password, ends every session of the account, and signs
/// in.
///
/// # Errors
/// - [`AppError::ResetLinkExpired`] if the link is invalid or has expired.
/// - [`FormError::Correct`] if the password is weak.
/// - [`FormError::Wait`] after too many attempts.
pub(crate) async fn reset_password(form: &FormContext, token: Password, new: Password) -> Result<Page, FormError> {
    let FormContext { site, request, .. } = form;
    let passwords = site.passwords()?;
    let hash = session_tokens::hash(token.expose());
    let attempt = site.attempt(RateLimitKey::ResetToken(hash.clone()), request.client.network).await?;
    let account = account_by_reset_token(site, token.expose()).await?.ok_or(AppError::ResetLinkExpired)?;
    // The link is right, however weak the new password is.
    site.give_back(attempt);
    if let Some(weakness) =
        passwords.weakness(&new, &account.email, &site.content().publisher.name).await.map_err(map_password_error)?
    {
        let input = FormInput { email: account.email.to_string(), token, ..FormInput::default() };
        return Err(FormErrors::new(Page::PasswordReset, FieldError::Weak(weakness), input).into());
    }
    let password = passwords.hash(&new, &site.rng).await.map_err(map_password_error)?;
    let notice = form.mail(MailKind::PasswordChanged);
    let load_account = move |tx: &Tx<'_>| {
        // Only the first of two simultaneous requests can use the link.
        if !tx.consume_password_reset_token(&hash)? {
            return Ok(Err(FieldError::NotRecognised));
        }
        tx.set_password_hash(&account.id, Some(&password))?;
        tx.delete_sessions(&account.id, None)?;
        tx.delete_devices(&account.id, None)?;
        notify(tx, notice, &account)?;
        let account = tx.account(&account.id)?;
        Ok(account.ok_or(FieldError::NotRecognised))
    };
    match start_session(form, false, Some(SecurityEventKind::ResetLinkUsed), load_account).await? {
        Ok(()) => {
            site.mail.wake();
            Ok(Page::Account)
        }
        Err(_) => Err(AppError::ResetLinkExpired.into()),
    }
}

/// The account of a password reset link, if the link is valid.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be read.
pub(crate) async fn account_by_reset_token(site: &AppState, token: &str) -> Result<Option<Account>, AppError> {
    let (hash, now) = (session_tokens::hash(token), site.now());
    let account = site.store.read(move |tx| tx.account_by_password_reset_token(&hash, now)).await?;
    Ok(account.filter(|account| !account.is_disabled()))
}

/// The data of the account page.
pub(crate) struct AccountOverview {
    /// The user's sessions, last used first.
    pub sessions: Vec<Session>,
    /// The security events, newest first.
    pub activity: Vec<SecurityEvent>,
    /// The browsers that have signed in, latest first.
    pub devices: Vec<KnownDevice>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<StoredPasskey>,
    /// The identities at identity providers, oldest first.
    pub identities: Vec<Identity>,
    /// When the password reset link expires, if there is one.
    pub link: Option<Timestamp>,
}

impl AccountOverview {
    /// What the user calls a browser.
    pub fn name_of(&self, device_id: &str) -> Option<&str> {
        self.devices.iter().find(|device| device.id == device_id)?.name.as_deref()
    }
}

/// Reads the data of the account page.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) async fn read(site: &AppState, account: &str, now: Timestamp) -> Result<AccountOverview, StoreError> {
    let (account, since) = (account.to_owned(), site.devices_known_since());
    site.store.read(move |tx| overview(tx, &account, (now, since))).await
}

/// Reads the data of the account page within a transaction. It contains the devices that signed in
/// after `devices_since`.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(super) fn overview(
    tx: &Tx<'_>,
    account: &str,
    (now, devices_since): (Timestamp, Timestamp),
) -> Result<AccountOverview, StoreError> {
    Ok(AccountOverview {
        sessions: tx.active_sessions_of(account, now)?,
        activity: tx.security_events_of(account, now)?,
        devices: tx.devices_of(account, devices_since)?,
        passkeys: tx.passkeys_of(account)?,
        identities: tx.identities_of(account)?,
        link: tx.password_reset_expiry(account, now)?,
    })
}
