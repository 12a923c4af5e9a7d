//! What a member does with their account: make it, change its password, take its data away, erase it.

use super::{
    sessions,
    sessions::{admit, forget_tokens, map_password_error},
};
use crate::{
    app::{
        AppState,
        accounts::{session_tokens, session_tokens::SessionTokens},
        form_context::FormContext,
        form_result::FormResult,
        rate_limit::RateLimitKey,
    },
    domain::{
        Timestamp,
        account::{
            credentials::{Email, Password, length_weakness},
            form_error::{FieldError, FormError, FormErrors, FormInput},
            security_event::{SecurityEvent, SecurityEventKind},
            session::{GRACE, Session},
        },
        cookies::declaration::{EssentialCookie, FirstPartyCookie},
        web::{error::AppError, flash::Flash, page::Page},
    },
    store::{Account, Member, NewSession, StoreError, Tx},
};

/// Makes an account and signs in to it. Says what to look at next, and what is said there.
///
/// With the address and the password of an account that exists, it is a sign-in: whoever pressed the button twice, or did
/// not see that the account was made, is let in. It is limited and noted as one.
///
/// # Errors
/// [`FormError::Correct`] if the address is none or is taken, or the password is too easily guessed;
/// [`FormError::Wait`] after too many attempts.
pub(crate) async fn sign_up(
    form: &FormContext,
    password: Password,
    kept: FormInput,
) -> Result<(Page, Flash), FormError> {
    let FormContext { site, request, .. } = form;
    let correct = |problems| FormErrors { page: Page::SignUp, problems, kept: kept.clone() };
    let email = Email::parse(&kept.email);
    // Judging a password is work too.
    site.limiter.attempt_from(request.client.network)?;
    let weakness = match &email {
        Some(email) => site.passwords.weakness(&password, email).await.map_err(map_password_error)?,
        None => length_weakness(password.expose().chars().count()),
    };
    let problems: Vec<_> = [email.is_none().then_some(FieldError::NoEmail), weakness.map(FieldError::Weak)]
        .into_iter()
        .flatten()
        .collect();
    let Some(email) = email.filter(|_| problems.is_empty()) else { return Err(correct(problems).into()) };

    let guesser = RateLimitKey::Account(email.as_str().to_owned());
    site.limiter.attempt_by(guesser)?;
    let by = email.clone();
    let look_up = move |tables: &Tx<'_>| tables.account_by_email(&by);
    // One hash is computed in either case, as long as nobody else takes the address meanwhile.
    let mut found = site.store.read(look_up.clone()).await?;
    if found.is_none() {
        if make(form, email, &password, kept.remember).await?.is_ok() {
            return Ok((sessions::page_after(None, kept.return_to), Flash::SignedUp));
        }
        found = site.store.read(look_up).await?;
    }
    let page = sessions::page_after(found.as_ref(), kept.return_to);
    let made_at = found.as_ref().map(|account| account.created_at);
    let is_just_made = made_at.is_some_and(|made_at| site.now() < made_at.plus_seconds(GRACE.as_secs()));
    match sessions::enter(form, found, &password, kept.remember).await? {
        Ok(()) => Ok((page, if is_just_made { Flash::SignedUp } else { Flash::SignedIn })),
        Err(FieldError::NotRecognised) => Err(correct(vec![FieldError::EmailTaken]).into()),
        Err(problem) => Err(correct(vec![problem]).into()),
    }
}

/// Makes the account, unless its address is taken by now, and signs in to it.
async fn make(
    form: &FormContext,
    email: Email,
    password: &Password,
    remember: bool,
) -> Result<Result<(), FieldError>, AppError> {
    let FormContext { site, .. } = form;
    let account = Account {
        id: site.chance.token(),
        email,
        password_hash: site.passwords.hash(password, &site.chance).await.map_err(map_password_error)?,
        created_at: site.now(),
        disabled_at: None,
        decision: None,
        appearance: None,
    };
    let enter = move |tables: &Tx<'_>| {
        Ok(if tables.add_account(&account)? { Ok(account) } else { Err(FieldError::EmailTaken) })
    };
    admit(form, remember, Some(SecurityEventKind::SignedUp), enter).await
}

/// Changes the password of the member. Every other session ends, and this one gets new tokens.
///
/// # Errors
/// [`FormError::Correct`] if the old password is wrong or the new one too easily guessed; [`FormError::Wait`] after too many
/// attempts; [`AppError::SignedOut`] without a member.
pub(crate) async fn change_password(form: &FormContext, old: Password, new: Password) -> Result<FormResult, FormError> {
    let FormContext { site, jar, .. } = form;
    let member = form.member()?;
    let correct = |problem| FormErrors::new(Page::Password, problem, FormInput::default());
    confirm(form, &member, &old, correct).await?;
    if let Some(weakness) = site.passwords.weakness(&new, &member.account.email).await.map_err(map_password_error)? {
        return Err(correct(FieldError::Weak(weakness)).into());
    }
    let password = site.passwords.hash(&new, &site.chance).await.map_err(map_password_error)?;
    let (tokens, now) = (SessionTokens::make(&site.chance), site.now());
    // Of another name, so that a copy of the old remember token is not taken for the one that was used last.
    let session =
        Session { id: site.chance.token(), token_issued_at: now, last_used_at: now, ..member.session.clone() };
    let renewed = NewSession {
        token_hash: session_tokens::hash(&tokens.session),
        remember_hash: session.is_persistent.then(|| session_tokens::hash(&tokens.remember)),
        expires_at: session.expires_at(site.remembered_for()),
        session,
    };
    let changed = form.activity(SecurityEventKind::PasswordChanged);
    let (id, is_persistent) = (renewed.session.id.clone(), renewed.session.is_persistent);
    let mark = jar.value(FirstPartyCookie::Device).map(session_tokens::hash);
    let job = move |tables: &Tx<'_>| {
        if !session_still_valid(tables, &member)? {
            return Ok(false);
        }
        tables.set_password_hash(&member.account.id, &password)?;
        tables.delete_password_reset_token(&member.account.id)?;
        tables.delete_devices(&member.account.id, mark.as_deref())?;
        tables.delete_sessions(&member.account.id, None)?;
        tables.add_session(&renewed)?;
        tables.record_security_event(&member.account.id, &changed)?;
        Ok(true)
    };
    if !site.store.write(job).await? {
        return Err(AppError::SignedOut.into());
    }
    jar.set(EssentialCookie::Session, tokens.session);
    if is_persistent {
        jar.set(EssentialCookie::Remember, session_tokens::remember_value(&id, &tokens.remember));
    }
    Ok(Flash::PasswordChanged.into())
}

/// Erases the account of the member and all that is kept with it; every session of it ends at once.
///
/// # Errors
/// [`FormError::Correct`] if the password is wrong; [`FormError::Wait`] after too many attempts; [`AppError::SignedOut`] without
/// a member.
pub(crate) async fn erase(form: &FormContext, password: Password) -> Result<FormResult, FormError> {
    let FormContext { site, jar, .. } = form;
    let member = form.owner()?;
    confirm(form, &member, &password, |problem| FormErrors::new(Page::DeleteAccount, problem, FormInput::default()))
        .await?;
    let find =
        move |tables: &Tx<'_>| Ok(session_still_valid(tables, &member)?.then(|| (member.account.id.clone(), ())));
    if site.store.erase(find).await?.is_none() {
        return Err(AppError::SignedOut.into());
    }
    forget_tokens(jar);
    jar.forget(FirstPartyCookie::Device.into_str());
    jar.part();
    Ok(Flash::AccountDeleted.into())
}

/// Whether the session still goes on and the password is still the one that was checked: both may have ended while the
/// password was compared.
fn session_still_valid(tables: &Tx<'_>, member: &Member) -> Result<bool, StoreError> {
    let account = tables.account(&member.account.id)?;
    let is_same = account.is_some_and(|account| account.password_hash == member.account.password_hash);
    Ok(is_same && tables.delete_session(&member.account.id, &member.session.id)?)
}

/// Checks that it is the member who asks, by their password.
async fn confirm(
    form: &FormContext,
    member: &Member,
    password: &Password,
    correct: impl Fn(FieldError) -> FormErrors,
) -> Result<(), FormError> {
    if password.is_empty() {
        return Err(correct(FieldError::NoPassword).into());
    }
    let site = &form.site;
    let guesser = RateLimitKey::Member(member.account.id.clone());
    site.limiter.attempt(guesser, form.request.client.network)?;
    if site.passwords.verify(password, Some(member.account.password_hash.clone())).await.map_err(map_password_error)? {
        return Ok(());
    }
    let (account, failed) = (member.account.id.clone(), form.activity(SecurityEventKind::Failed));
    site.store.write_detached(move |tables| tables.record_security_event(&account, &failed));
    Err(correct(FieldError::WrongPassword).into())
}

/// Uses a password reset link up: sets a new password, ends every session of the account, and signs in.
///
/// # Errors
/// [`AppError::ResetLinkExpired`] if the link does not hold; [`FormError::Correct`] if the password is too easily guessed;
/// [`FormError::Wait`] after too many attempts.
pub(crate) async fn reset_password(form: &FormContext, token: Password, new: Password) -> Result<Page, FormError> {
    let FormContext { site, request, .. } = form;
    let hash = session_tokens::hash(token.expose());
    site.limiter.attempt(RateLimitKey::ResetToken(hash.clone()), request.client.network)?;
    let account = account_by_reset_token(site, token.expose()).await?.ok_or(AppError::ResetLinkExpired)?;
    if let Some(weakness) = site.passwords.weakness(&new, &account.email).await.map_err(map_password_error)? {
        let kept = FormInput { email: account.email.to_string(), token, ..FormInput::default() };
        return Err(FormErrors::new(Page::PasswordReset, FieldError::Weak(weakness), kept).into());
    }
    let password = site.passwords.hash(&new, &site.chance).await.map_err(map_password_error)?;
    let enter = move |tables: &Tx<'_>| {
        // Of two that use it at one moment, one comes second.
        if !tables.consume_password_reset_token(&hash)? {
            return Ok(Err(FieldError::NotRecognised));
        }
        tables.set_password_hash(&account.id, &password)?;
        tables.delete_sessions(&account.id, None)?;
        tables.delete_devices(&account.id, None)?;
        let account = tables.account(&account.id)?;
        Ok(account.ok_or(FieldError::NotRecognised))
    };
    match admit(form, false, Some(SecurityEventKind::ResetLinkUsed), enter).await? {
        Ok(()) => Ok(Page::Account),
        Err(_) => Err(AppError::ResetLinkExpired.into()),
    }
}

/// The account that a password reset link leads to, if the link holds.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be read.
pub(crate) async fn account_by_reset_token(site: &AppState, token: &str) -> Result<Option<Account>, AppError> {
    let (hash, now) = (session_tokens::hash(token), site.now());
    let account = site.store.read(move |tables| tables.account_by_password_reset_token(&hash, now)).await?;
    Ok(account.filter(|account| !account.is_disabled()))
}

/// All that the account page shows.
pub(crate) struct AccountOverview {
    /// The member's sessions, last used first.
    pub sessions: Vec<Session>,
    /// What happened, newest first.
    pub activity: Vec<SecurityEvent>,
    /// When each known browser last signed in.
    pub devices: Vec<Timestamp>,
    /// When the password reset link ends, if there is one.
    pub link: Option<Timestamp>,
}

/// Reads what is kept of a member beside the account itself.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(crate) async fn read(site: &AppState, account: &str, now: Timestamp) -> Result<AccountOverview, StoreError> {
    let (account, since) = (account.to_owned(), site.devices_known_since());
    site.store.read(move |tables| belongings(tables, &account, (now, since))).await
}

/// The same within one reading or one transaction, with the browsers that signed in since then.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub(super) fn belongings(
    tables: &Tx<'_>,
    account: &str,
    (now, devices_since): (Timestamp, Timestamp),
) -> Result<AccountOverview, StoreError> {
    Ok(AccountOverview {
        sessions: tables.active_sessions_of(account, now)?,
        activity: tables.security_events_of(account, now)?,
        devices: tables.device_times(account, devices_since)?,
        link: tables.password_reset_expiry(account, now)?,
    })
}
