//! Sessions: sign-in, sign-out, and the authentication of each request.

use std::time::Duration;

use crate::{
    app::{
        AppState,
        accounts::{device_keys, links, passwords::map_password_error, session_tokens, session_tokens::SessionTokens},
        cookie_jar::Jar,
        form_context::FormContext,
        form_result::FormResult,
        rate_limit::RateLimitKey,
    },
    domain::{
        Timestamp,
        account::{
            browser_name::BrowserName,
            credentials::{Email, Password},
            form_error::{FieldError, FormError, FormErrors, FormInput},
            mail::MailKind,
            security_event::{SecurityEvent, SecurityEventKind},
            session::{GRACE, Session, TokenUse, classify},
        },
        consent::decision::merge_for_user,
        cookies::declaration::{EssentialCookie, FirstPartyCookie, OptionalCookie},
        web::{appearance::Appearance, error::AppError, flash::Flash, page::Page},
    },
    store::{Account, NewSession, ProviderSession, StoreError, Tx, User},
};

/// Authenticates the user by the cookies of this request.
///
/// If the session token is not valid, the server redeems the remember token. If neither is valid,
/// the session is over, and [`session_tokens::remove_auth_cookies`] removes the cookies.
///
/// A session that is bound to a key of the device also needs the cookie of the key. `was_skipped`
/// is whether the browser says that it has the key and could not fetch the cookie.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be read, [`AppError::KeyNotShown`] if the browser
/// can fetch the cookie of its key later. The cookies stay then.
pub(crate) async fn authenticate(site: &AppState, jar: &Jar, was_skipped: bool) -> Result<Option<User>, AppError> {
    let user = match find_by_session_token(site, jar, was_skipped).await? {
        None => find_by_remember_token(site, jar, was_skipped).await?,
        known => known,
    };
    if let Some(user) = user.as_ref().filter(|user| !user.account.is_disabled()) {
        jar.merge_account_decision(user.account.decision.clone());
    }
    Ok(user)
}

async fn find_by_session_token(site: &AppState, jar: &Jar, was_skipped: bool) -> Result<Option<User>, AppError> {
    let Some(token) = jar.value(FirstPartyCookie::Session).map(session_tokens::hash) else { return Ok(None) };
    let now = site.now();
    let found = site.store.read(move |tx| tx.session_by_token(&token)).await?;
    let Some(user) = found.filter(|found| found.session.token_holds(now)) else { return Ok(None) };
    let session = &user.session;
    if !device_keys::check(site, jar, session, was_skipped)? {
        return Ok(None);
    }
    if session.is_use_to_be_noted(now) {
        // The stored time must differ from `created_at` even in the same second: the session then
        // counts as used.
        let now = now.max(session.created_at.plus_seconds(1));
        let noted = Session { last_used_at: now, ..session.clone() };
        let expires_at = noted.expires_at(site.remembered_for());
        site.store.write_detached(move |tx| tx.record_session_use(&noted.id, now, expires_at));
    }
    Ok(Some(user))
}

async fn find_by_remember_token(site: &AppState, jar: &Jar, was_skipped: bool) -> Result<Option<User>, AppError> {
    let Some((id, token)) = jar.value(FirstPartyCookie::Remember).and_then(session_tokens::parse_remember) else {
        return Ok(None);
    };
    let next = SessionTokens::derived_from(site, token);
    let (id, presented, now, lifetime) =
        (id.to_owned(), session_tokens::hash(token), site.now(), site.remembered_for());
    // An invented id is not worth a write transaction.
    let session_id = id.clone();
    let Some(found) = site.store.read(move |tx| tx.remembered_session(&session_id)).await? else { return Ok(None) };
    // Before the token is used: a copy of it would end the session of its owner.
    if !device_keys::check(site, jar, &found.user.session, was_skipped)? {
        return Ok(None);
    }
    let hashes = (session_tokens::hash(&next.session), session_tokens::hash(&next.remember));
    let user = site.store.write(move |tx| redeem_remember_token(tx, &id, &presented, hashes, now, lifetime)).await?;
    if let Some(user) = &user {
        jar.set(EssentialCookie::Session, next.session);
        jar.set(EssentialCookie::Remember, session_tokens::remember_value(&user.session.id, &next.remember));
    }
    Ok(user)
}

/// Redeems a remember token, or ends its session if the token was redeemed before.
fn redeem_remember_token(
    tx: &Tx<'_>,
    id: &str,
    presented: &str,
    (token, remember): (String, String),
    now: Timestamp,
    lifetime: Duration,
) -> Result<Option<User>, StoreError> {
    let Some(found) = tx.remembered_session(id)? else { return Ok(None) };
    let User { mut session, account } = found.user;
    if account.is_disabled() || !session.remember_holds(now, lifetime) {
        return Ok(None);
    }
    match classify(
        presented,
        &found.remember_hash,
        found.previous_remember_hash.as_deref(),
        session.token_issued_at,
        now,
    ) {
        TokenUse::Current => {
            // A clock that an operator sets back makes no time earlier.
            (session.token_issued_at, session.last_used_at) =
                (session.token_issued_at.max(now), session.last_used_at.max(now));
            let expires_at = session.expires_at(lifetime);
            tx.rotate_session_tokens(&NewSession {
                session: session.clone(),
                token_hash: token,
                remember_hash: Some(remember),
                expires_at,
            })?;
        }
        TokenUse::Grace => {}
        TokenUse::Replayed => {
            tracing::warn!("a remember token was replayed: its session was ended");
            tx.delete_session(&account.id, &session.id)?;
            tx.record_security_event(
                &account.id,
                &SecurityEvent {
                    event: SecurityEventKind::Replayed,
                    at: now,
                    device: Some(session.device),
                    device_id: Some(session.device_id),
                    count: 1,
                },
            )?;
            return Ok(None);
        }
    }
    Ok(Some(User { session, account }))
}

/// Signs in with e-mail address and password.
///
/// # Errors
/// [`AppError::NotFound`] if passwords are switched off; [`FormError::Correct`] if either is wrong;
/// [`FormError::Wait`] after too many attempts.
pub(crate) async fn sign_in(form: &FormContext, password: Password, input: FormInput) -> Result<Page, FormError> {
    let FormContext { site, jar, request } = form;
    site.passwords()?;
    let correct = |problems| FormErrors { page: Page::SignIn, problems, input: input.clone() };
    let email = Email::parse(&input.email);
    let problems: Vec<_> =
        [email.is_none().then_some(FieldError::NoEmail), password.is_empty().then_some(FieldError::NoPassword)]
            .into_iter()
            .flatten()
            .collect();
    let Some(email) = email.filter(|_| problems.is_empty()) else { return Err(correct(problems).into()) };

    let device_hash = jar.value(FirstPartyCookie::Device).map(session_tokens::hash);
    let since = site.devices_known_since();
    let by = email.clone();
    let look_up = move |tx: &Tx<'_>| {
        let account = tx.account_by_email(&by)?;
        let known = match (&account, device_hash) {
            (Some(account), Some(token)) => tx.is_known_device(&account.id, &token, since)?.then(|| account.id.clone()),
            _ => None,
        };
        Ok((account, known))
    };
    let (found, known) = site.store.read(look_up).await?;
    let key = known.map_or_else(|| RateLimitKey::Account(email.as_str().to_owned()), RateLimitKey::User);
    let attempt = site.attempt(key, request.client.network).await?;
    let page = page_after_sign_in(found.as_ref(), input.return_to);
    sign_in_to(form, found, &password, input.remember).await?.map_err(|problem| correct(vec![problem]))?;
    site.give_back(attempt);
    Ok(page)
}

/// The page after a sign-in: the page that linked to the form, or the account page. A disabled
/// account always leads to the account page, which says that it is disabled.
pub(super) fn page_after_sign_in(account: Option<&Account>, return_to: Option<Page>) -> Page {
    return_to.filter(|_| !account.is_some_and(Account::is_disabled)).unwrap_or(Page::Account)
}

/// Signs in to the account that has the address, if the password is right. The caller counts the
/// attempt before.
pub(super) async fn sign_in_to(
    form: &FormContext,
    found: Option<Account>,
    password: &Password,
    remember: bool,
) -> Result<Result<(), FieldError>, AppError> {
    let FormContext { site, .. } = form;
    let passwords = site.passwords()?;
    let stored = found.as_ref().and_then(|account| account.password_hash.clone());
    if !passwords.verify(password, stored).await.map_err(map_password_error)? {
        if let Some(account) = found {
            // Another user may be signed in here.
            let failed = SecurityEvent { device_id: None, ..form.activity(SecurityEventKind::Failed) };
            // The server does not wait for the write, so that the response for an unknown address
            // takes as long.
            site.store.write_detached(move |tx| tx.record_security_event(&account.id, &failed));
        }
        return Ok(Err(FieldError::NotRecognised));
    }
    let Some(verified) = found else { return Err(AppError::Inner) };
    let Some(stored) = &verified.password_hash else { return Err(AppError::Inner) };
    let renewed = passwords.rehash_if_outdated(password, stored, &site.rng).await;
    // The user of a disabled account can only export or erase the data, and is not remembered.
    let remember = remember && !verified.is_disabled();
    let load_account = move |tx: &Tx<'_>| {
        // Another request may have changed the password while this one verified it.
        let account = tx.account(&verified.id)?.filter(|account| account.password_hash == verified.password_hash);
        if let (Some(account), Some(renewed)) = (&account, &renewed) {
            tx.set_password_hash(&account.id, Some(renewed))?;
        }
        Ok(account.ok_or(FieldError::NotRecognised))
    };
    start_session(form, remember, None, load_account).await
}

/// Starts a session for the account that `load_account` returns, in one transaction with it.
///
/// The server issues a new session token, marks the device as known, and merges the decisions of
/// browser and account in the account. `event` replaces the security event of a plain sign-in.
pub(super) async fn start_session(
    form: &FormContext,
    remember: bool,
    event: Option<SecurityEventKind>,
    load_account: impl FnOnce(&Tx<'_>) -> Result<Result<Account, FieldError>, StoreError> + Send + 'static,
) -> Result<Result<(), FieldError>, AppError> {
    start_session_from(form, None, (remember, event), load_account).await
}

/// Like [`start_session`], for a session that may have begun at an identity provider.
pub(super) async fn start_session_from(
    form: &FormContext,
    provider: Option<ProviderSession>,
    (remember, event): (bool, Option<SecurityEventKind>),
    load_account: impl FnOnce(&Tx<'_>) -> Result<Result<Account, FieldError>, StoreError> + Send + 'static,
) -> Result<Result<(), FieldError>, AppError> {
    let FormContext { site, jar, request } = form;
    let (now, since, lifetime) = (site.now(), site.devices_known_since(), site.remembered_for());
    let grace_start = now.minus_seconds(GRACE.as_secs());
    let tokens = SessionTokens::generate(&site.rng);
    let id = site.rng.token();
    let new_device_id = site.rng.token();
    let device_hash = jar.value(FirstPartyCookie::Device).map(session_tokens::hash);
    let new_device_token = session_tokens::generate(&site.rng);
    // The next device token is derived from the current one. A double submit yields the same token,
    // and the device still counts as known. After the grace period a stolen copy is useless.
    let next_device_token = jar
        .value(FirstPartyCookie::Device)
        .map(|before| site.cookie_signer.derive(FirstPartyCookie::Device.label(), before));
    let browser_decision = jar.browser_decision();
    let job_jar = jar.clone();
    // The decision of this browser alone, not that of the user who is signed in here now.
    let effective = browser_decision.clone().map(|decision| decision.under_signal(jar.signal()));
    let remembers = effective.is_some_and(|own| own.answer(OptionalCookie::Appearance.purpose()).is_yes());
    let appearance = jar.value(FirstPartyCookie::Appearance).filter(|_| remembers).and_then(Appearance::decode);
    let before = request.identity.owner().cloned();
    let device = request.client.device;
    let (token, next) =
        (session_tokens::hash(&tokens.session), remember.then(|| session_tokens::hash(&tokens.remember)));
    let (session_id, new_browser) = (id.clone(), form.mail(MailKind::NewBrowser));
    let job = move |tx: &Tx<'_>| {
        let account = match load_account(tx)? {
            Ok(account) => account,
            Err(problem) => return Ok(Err(problem)),
        };
        if let Some(before) = before {
            tx.delete_session(&before.account.id, &before.session.id)?;
        }
        // Each sign-in replaces the device token at every account of this browser. A token that an
        // attacker planted or copied before is then useless.
        let (mut device_token, mut is_known) = (new_device_token, false);
        if let (Some(device_hash), Some(next)) = (device_hash, next_device_token) {
            is_known = tx.is_known_device(&account.id, &device_hash, since)?
                || tx.is_known_device(&account.id, &session_tokens::hash(&next), grace_start)?;
            if is_known {
                device_token = next;
            }
            tx.replace_device_token(&device_hash, &session_tokens::hash(&device_token))?;
        }
        let device_id = tx.record_device(&account.id, &session_tokens::hash(&device_token), &new_device_id, now)?;
        let session = Session {
            id: session_id,
            account: account.id.clone(),
            device,
            device_id: device_id.clone(),
            created_at: now,
            token_issued_at: now,
            last_used_at: now,
            is_persistent: remember,
            binding: None,
        };
        // A browser that never used its session lost the response or stores no cookies. This
        // request then replaces that session.
        let mut is_double_submit = false;
        for lost in tx.active_sessions_of(&account.id, now)?.iter().filter(|before| before.is_lost_to(&session)) {
            tx.delete_session(&account.id, &lost.id)?;
            is_double_submit |= lost.is_same_press(&session);
        }
        let (expires_at, id) = (session.expires_at(lifetime), session.id.clone());
        tx.add_session(&NewSession { session, token_hash: token, remember_hash: next, expires_at })?;
        if let Some(provider) = provider {
            tx.set_provider_session(&id, &provider)?;
        }

        let signed_in = if is_known { SecurityEventKind::SignedIn } else { SecurityEventKind::SignedInFromNew };
        let activity = SecurityEvent {
            event: event.unwrap_or(signed_in),
            at: now,
            device: Some(device),
            device_id: Some(device_id),
            count: 1,
        };
        if event.is_some() || !is_double_submit {
            tx.record_security_event(&account.id, &activity)?;
        }
        links::notify_of_new_browser(tx, new_browser.filter(|_| !is_double_submit), &account, &activity)?;

        // A disabled user counts as a guest on the rest of the site. The account does not get the
        // guest's decision.
        if account.is_disabled() {
            return Ok(Ok(device_token));
        }
        // An expired decision of the account must not end the browser's.
        let account_decision =
            account.decision.clone().filter(|decision| job_jar.valid_status(decision.clone()).is_some());
        let merged = merge_for_user(browser_decision, account_decision.clone());
        if let Some(merged) = merged.as_ref().filter(|merged| Some(*merged) != account_decision.as_ref()) {
            tx.set_decision(&account.id, merged)?;
        }
        // The account drops an appearance that the merged decision does not allow.
        let purpose = OptionalCookie::Appearance.purpose();
        let remembers = merged.as_ref().is_some_and(|merged| merged.answer(purpose).is_yes());
        let allowed = account.appearance.or(appearance).filter(|_| remembers);
        if allowed != account.appearance && merged.is_some() {
            tx.set_appearance(&account.id, allowed)?;
        }
        Ok(Ok(device_token))
    };
    let device_token = match site.store.write(job).await? {
        Ok(device_token) => device_token,
        Err(problem) => return Ok(Err(problem)),
    };
    site.mail.wake();
    let remembered = remember.then(|| session_tokens::remember_value(&id, &tokens.remember));
    set_cookies(jar, tokens.session, remembered, device_token);
    device_keys::offer(site, jar, &id);
    Ok(Ok(()))
}

/// Sets the cookies of a new session.
fn set_cookies(jar: &Jar, session: String, remembered: Option<String>, device: String) {
    jar.set(EssentialCookie::Session, session);
    if let Some(remembered) = remembered {
        jar.set(EssentialCookie::Remember, remembered);
    } else if jar.carries(FirstPartyCookie::Remember) {
        jar.remove_first_party(FirstPartyCookie::Remember);
    }
    jar.set(EssentialCookie::Device, device);
}

/// Signs this browser out: ends its session and removes its cookies, but not its own decision.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be written.
pub(crate) async fn sign_out(form: &FormContext) -> Result<FormResult, AppError> {
    let FormContext { site, jar, request } = form;
    if let Some(user) = request.identity.owner().cloned() {
        let signed_out = form.activity(SecurityEventKind::SignedOut);
        let job = move |tx: &Tx<'_>| {
            // Another browser may have ended the session or erased the account.
            if tx.delete_session(&user.account.id, &user.session.id)? {
                tx.record_security_event(&user.account.id, &signed_out)?;
            }
            Ok(())
        };
        site.store.write(job).await?;
    }
    session_tokens::remove_auth_cookies(jar);
    jar.drop_account_decision();
    Ok(Flash::SignedOut.into())
}

/// The public id of a session, for forms. The session's own id is part of the remember cookie.
pub(crate) fn public_id(session: &Session) -> String {
    session_tokens::hash(&session.id)
}

/// Ends one session of the user, named by its [`public_id`].
pub(crate) async fn end(form: &FormContext, chosen: String) -> Result<FormResult, AppError> {
    let user = form.user()?;
    if public_id(&user.session) == chosen {
        return sign_out(form).await;
    }
    let ended = form.activity(SecurityEventKind::Ended);
    let job = move |tx: &Tx<'_>| {
        // If the session is over already, nothing is left to do.
        let sessions = tx.active_sessions_of(&user.account.id, ended.at)?;
        if let Some(session) = sessions.iter().find(|session| public_id(session) == chosen) {
            tx.delete_session(&user.account.id, &session.id)?;
            tx.record_security_event(&user.account.id, &ended)?;
        }
        Ok(())
    };
    form.site.store.write(job).await?;
    Ok(Flash::SessionEnded.into())
}

/// Names the browser of one session of the user. The name stays when the browser signs out.
pub(crate) async fn name(form: &FormContext, chosen: String, name: BrowserName) -> Result<FormResult, AppError> {
    let (user, now) = (form.user()?, form.site.now());
    let job = move |tx: &Tx<'_>| {
        let sessions = tx.active_sessions_of(&user.account.id, now)?;
        match sessions.iter().find(|session| public_id(session) == chosen) {
            Some(session) => tx.set_device_name(&user.account.id, &session.device_id, name.get()),
            None => Ok(()),
        }
    };
    form.site.store.write(job).await?;
    Ok(Flash::NameSaved.into())
}

/// Ends every other session of the user.
pub(crate) async fn end_others(form: &FormContext) -> Result<FormResult, AppError> {
    let user = form.user()?;
    let ended = form.activity(SecurityEventKind::OthersEnded);
    let job = move |tx: &Tx<'_>| {
        let account = &user.account.id;
        let are_others = tx.active_sessions_of(account, ended.at)?.iter().any(|other| other.id != user.session.id);
        tx.delete_sessions(account, Some(&user.session.id))?;
        if are_others {
            tx.record_security_event(&user.account.id, &ended)?;
        }
        Ok(())
    };
    form.site.store.write(job).await?;
    Ok(Flash::OthersEnded.into())
}
