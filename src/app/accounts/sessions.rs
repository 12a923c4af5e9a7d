//! Sessions: signing in and out, and recognising a signed-in browser with each request.

use std::time::Duration;

use crate::{
    app::{
        AppState,
        accounts::{passwords::PasswordError, session_tokens, session_tokens::SessionTokens},
        cookie_jar::Jar,
        form_context::FormContext,
        form_result::FormResult,
        rate_limit::RateLimitKey,
    },
    domain::{
        Timestamp,
        account::{
            credentials::{Email, Password},
            form_error::{FieldError, FormError, FormErrors, FormInput},
            security_event::{SecurityEvent, SecurityEventKind},
            session::{GRACE, Session, TokenUse, classify},
        },
        analytics::on_view::VISIT,
        consent::decision::{Answer, merge_for_user},
        cookies::declaration::{EssentialCookie, FirstPartyCookie, OptionalCookie},
        web::{appearance::Appearance, error::AppError, flash::Flash, page::Page},
    },
    store::{Account, Member, NewSession, StoreError, Tx},
};

/// Whether the request carried a cookie that recognises a member.
pub(crate) fn may_recognise(jar: &Jar) -> bool {
    FirstPartyCookie::AUTH_COOKIES.into_iter().any(|cookie| jar.carries(cookie.into_str()))
}

/// Recognises whoever is signed in with the cookies of this request.
///
/// A remember token is used up where the session token does not hold. Cookies that recognise nobody are of a session that is
/// over: [`forget_tokens`] removes them.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be asked: nobody is recognised then, and the cookies stay.
pub(crate) async fn recognise(site: &AppState, jar: &Jar) -> Result<Option<Member>, AppError> {
    let known = match by_session(site, jar).await {
        Ok(None) => by_remember(site, jar).await,
        known => known,
    };
    let member = known?;
    if let Some(member) = member.as_ref().filter(|member| !member.account.is_disabled()) {
        jar.follow(member.account.decision);
    }
    Ok(member)
}

async fn by_session(site: &AppState, jar: &Jar) -> Result<Option<Member>, StoreError> {
    let Some(token) = jar.value(FirstPartyCookie::Session).map(session_tokens::hash) else { return Ok(None) };
    let now = site.now();
    let found = site.store.read(move |tables| tables.session_by_token(&token)).await?;
    let member = found.filter(|found| found.session.token_holds(now));
    if let Some(Member { session, .. }) = &member
        && session.is_use_to_be_noted(now)
    {
        // The first use is told from none at all, even in the same second.
        let now = now.max(session.created_at.plus_seconds(1));
        let used = Session { last_used_at: now, ..session.clone() };
        let expires_at = used.expires_at(site.remembered_for());
        site.store.write_detached(move |tables| tables.record_session_use(&used.id, now, expires_at));
    }
    Ok(member)
}

async fn by_remember(site: &AppState, jar: &Jar) -> Result<Option<Member>, StoreError> {
    let Some((id, token)) = jar.value(FirstPartyCookie::Remember).and_then(session_tokens::read_remember) else {
        return Ok(None);
    };
    let next = SessionTokens::after(site, token);
    let (id, used, now, lifetime) = (id.to_owned(), session_tokens::hash(token), site.now(), site.remembered_for());
    // One that somebody made up is not worth a transaction.
    let presented = id.clone();
    if site.store.read(move |tables| tables.remembered_session(&presented)).await?.is_none() {
        return Ok(None);
    }
    let hashes = (session_tokens::hash(&next.session), session_tokens::hash(&next.remember));
    let resumed = site.store.write(move |tables| resume(tables, &id, &used, hashes, now, lifetime)).await?;
    if let Some(member) = &resumed {
        jar.set(EssentialCookie::Session, next.session);
        jar.set(EssentialCookie::Remember, session_tokens::remember_value(&member.session.id, &next.remember));
    }
    Ok(resumed)
}

/// Uses a remember token up, or ends its session if that was done before.
fn resume(
    tables: &Tx<'_>,
    id: &str,
    used: &str,
    (token, remember): (String, String),
    now: Timestamp,
    lifetime: Duration,
) -> Result<Option<Member>, StoreError> {
    let Some(found) = tables.remembered_session(id)? else { return Ok(None) };
    let Member { mut session, account } = found.member;
    if account.is_disabled() || !session.remember_holds(now, lifetime) {
        return Ok(None);
    }
    match classify(used, &found.remember_hash, found.previous_remember_hash.as_deref(), session.token_issued_at, now) {
        TokenUse::Current => {
            // While the clock is set back nothing becomes older.
            (session.token_issued_at, session.last_used_at) =
                (session.token_issued_at.max(now), session.last_used_at.max(now));
            let expires_at = session.expires_at(lifetime);
            tables.rotate_session_tokens(&NewSession {
                session: session.clone(),
                token_hash: token,
                remember_hash: Some(remember),
                expires_at,
            })?;
        }
        TokenUse::Grace => {}
        TokenUse::Replayed => {
            tracing::warn!("a remember token was replayed: its session was ended");
            tables.delete_session(&account.id, &session.id)?;
            tables.record_security_event(
                &account.id,
                &SecurityEvent { event: SecurityEventKind::Replayed, at: now, device: Some(session.device), count: 1 },
            )?;
            return Ok(None);
        }
    }
    Ok(Some(Member { session, account }))
}

/// Signs in with e-mail address and password.
///
/// # Errors
/// [`FormError::Correct`] if they do not belong together; [`FormError::Wait`] after too many attempts.
pub(crate) async fn sign_in(form: &FormContext, password: Password, kept: FormInput) -> Result<Page, FormError> {
    let FormContext { site, jar, request } = form;
    let correct = |problems| FormErrors { page: Page::SignIn, problems, kept: kept.clone() };
    let email = Email::parse(&kept.email);
    let problems: Vec<_> =
        [email.is_none().then_some(FieldError::NoEmail), password.is_empty().then_some(FieldError::NoPassword)]
            .into_iter()
            .flatten()
            .collect();
    let Some(email) = email.filter(|_| problems.is_empty()) else { return Err(correct(problems).into()) };

    let carried = jar.value(FirstPartyCookie::Device).map(session_tokens::hash);
    let since = site.devices_known_since();
    let by = email.clone();
    let look_up = move |tables: &Tx<'_>| {
        let account = tables.account_by_email(&by)?;
        let known = match (&account, carried) {
            (Some(account), Some(token)) => {
                tables.is_known_device(&account.id, &token, since)?.then(|| account.id.clone())
            }
            _ => None,
        };
        Ok((account, known))
    };
    let (found, known) = site.store.read(look_up).await?;
    let guesser = known.map_or_else(|| RateLimitKey::Account(email.as_str().to_owned()), RateLimitKey::Member);
    site.limiter.attempt(guesser, request.client.network)?;
    let page = page_after(found.as_ref(), kept.return_to);
    enter(form, found, &password, kept.remember).await?.map_err(|problem| correct(vec![problem]))?;
    Ok(page)
}

/// Where a sign-in leads: where one came from, or to the account. With a disabled one, to the account in any case: there it is
/// said.
pub(super) fn page_after(account: Option<&Account>, return_to: Option<Page>) -> Page {
    return_to.filter(|_| !account.is_some_and(Account::is_disabled)).unwrap_or(Page::Account)
}

/// Signs in to the account that an address was found to have, if the password is that of the account. The attempt was
/// counted before.
pub(super) async fn enter(
    form: &FormContext,
    found: Option<Account>,
    password: &Password,
    remember: bool,
) -> Result<Result<(), FieldError>, AppError> {
    let FormContext { site, .. } = form;
    let stored = found.as_ref().map(|account| account.password_hash.clone());
    if !site.passwords.verify(password, stored).await.map_err(map_password_error)? {
        if let Some(account) = found {
            let failed = form.activity(SecurityEventKind::Failed);
            // Not waited for: an address without an account is answered after the same time.
            site.store.write_detached(move |tables| tables.record_security_event(&account.id, &failed));
        }
        return Ok(Err(FieldError::NotRecognised));
    }
    let Some(verified) = found else { return Err(AppError::Inner) };
    let renewed = site.passwords.renewed(password, &verified.password_hash, &site.chance).await;
    // With a disabled account one takes one's data away or erases it, and does not stay.
    let remember = remember && !verified.is_disabled();
    let enter = move |tables: &Tx<'_>| {
        // The password may have been changed while it was compared.
        let account = tables.account(&verified.id)?.filter(|account| account.password_hash == verified.password_hash);
        if let (Some(account), Some(renewed)) = (&account, &renewed) {
            tables.set_password_hash(&account.id, renewed)?;
        }
        Ok(account.ok_or(FieldError::NotRecognised))
    };
    admit(form, remember, None, enter).await
}

/// Begins a session for the account that `enter` gives, all in one transaction with it: a new token, the browser known
/// from now on, the choices of browser and account merged in the account. `event` is what the activity says, if not simply a sign-in.
pub(super) async fn admit(
    form: &FormContext,
    remember: bool,
    event: Option<SecurityEventKind>,
    enter: impl FnOnce(&Tx<'_>) -> Result<Result<Account, FieldError>, StoreError> + Send + 'static,
) -> Result<Result<(), FieldError>, AppError> {
    let FormContext { site, jar, request } = form;
    let (now, since, lifetime) = (site.now(), site.devices_known_since(), site.remembered_for());
    let moment_ago = now.minus_seconds(GRACE.as_secs());
    let tokens = SessionTokens::make(&site.chance);
    let id = site.chance.token();
    let carried = jar.value(FirstPartyCookie::Device).map(session_tokens::hash);
    let fresh = session_tokens::make(&site.chance);
    // What follows the mark that was carried, as the tokens of a session follow one another: pressing the button twice is
    // no new browser. Only for a moment, so that a copy of the one before is worth nothing after it.
    let next_mark =
        jar.value(FirstPartyCookie::Device).map(|before| site.seal.derive(FirstPartyCookie::Device.into_str(), before));
    let own = jar.own_decision();
    let holds = jar.clone();
    // This browser's own, not what it shows of a member who is signed in here now.
    let left = own.map(|own| own.under_signal(jar.signal()));
    let remembers = left.is_some_and(|left| left.answers.get(OptionalCookie::Appearance.purpose()) == Answer::Yes);
    let appearance = jar.value(FirstPartyCookie::Appearance).filter(|_| remembers).and_then(Appearance::decode);
    let before = request.identity.owner().cloned();
    let device = request.client.device;
    let (token, next) =
        (session_tokens::hash(&tokens.session), remember.then(|| session_tokens::hash(&tokens.remember)));
    let session_id = id.clone();
    let job = move |tables: &Tx<'_>| {
        let account = match enter(tables)? {
            Ok(account) => account,
            Err(problem) => return Ok(Err(problem)),
        };
        if let Some(before) = before {
            tables.delete_session(&before.account.id, &before.session.id)?;
        }
        let session = Session {
            id: session_id,
            account: account.id.clone(),
            device,
            created_at: now,
            token_issued_at: now,
            last_used_at: now,
            is_persistent: remember,
        };
        // The answer of a session that nobody ever used got lost, or the browser keeps no cookies: this is it once more.
        let mut is_twice = false;
        for lost in tables.active_sessions_of(&account.id, now)?.iter().filter(|before| before.is_lost_to(&session)) {
            tables.delete_session(&account.id, &lost.id)?;
            is_twice |= lost.is_same_press(&session);
        }
        let expires_at = session.expires_at(lifetime);
        tables.add_session(&NewSession { session, token_hash: token, remember_hash: next, expires_at })?;

        // The mark is a new one each time, at every account of this browser: whoever planted the one before, or copied it,
        // holds nothing any more.
        let (mut mark, mut is_known) = (fresh, false);
        if let (Some(carried), Some(next)) = (carried, next_mark) {
            is_known = tables.is_known_device(&account.id, &carried, since)?
                || tables.is_known_device(&account.id, &session_tokens::hash(&next), moment_ago)?;
            if is_known {
                mark = next;
            }
            tables.replace_device_token(&carried, &session_tokens::hash(&mark))?;
        }
        tables.record_device(&account.id, &session_tokens::hash(&mark), now)?;
        let signed_in = if is_known { SecurityEventKind::SignedIn } else { SecurityEventKind::SignedInFromNew };
        let activity = SecurityEvent { event: event.unwrap_or(signed_in), at: now, device: Some(device), count: 1 };
        if event.is_some() || !is_twice {
            tables.record_security_event(&account.id, &activity)?;
        }

        // To the rest of the site they are a guest, and what they choose there is not the account's.
        if account.is_disabled() {
            return Ok(Ok(mark));
        }
        // One that is over would end the other: it does not count.
        let theirs = account.decision.filter(|decision| holds.holds(*decision).is_some());
        let merged = merge_for_user(own, theirs);
        if let Some(merged) = merged.filter(|merged| Some(*merged) != theirs) {
            tables.set_decision(&account.id, &merged)?;
        }
        // What the merged decision refuses is not kept either.
        let purpose = OptionalCookie::Appearance.purpose();
        let remembers = merged.is_some_and(|merged| merged.answers.get(purpose) == Answer::Yes);
        let kept = account.appearance.or(appearance).filter(|_| remembers);
        if kept != account.appearance && merged.is_some() {
            tables.set_appearance(&account.id, kept)?;
        }
        Ok(Ok(mark))
    };
    let mark = match site.store.write(job).await? {
        Ok(mark) => mark,
        Err(problem) => return Ok(Err(problem)),
    };
    jar.set(EssentialCookie::Session, tokens.session);
    if remember {
        jar.set(EssentialCookie::Remember, session_tokens::remember_value(&id, &tokens.remember));
    } else if jar.carries(FirstPartyCookie::Remember.into_str()) {
        jar.forget(FirstPartyCookie::Remember.into_str());
    }
    jar.set(EssentialCookie::Device, mark);
    Ok(Ok(()))
}

/// Signs this browser out: its session ends here and its cookies go; its own last choice stays.
///
/// # Errors
/// [`AppError::Unavailable`] if the store cannot be written.
pub(crate) async fn sign_out(form: &FormContext) -> Result<FormResult, AppError> {
    let FormContext { site, jar, request } = form;
    if let Some(member) = request.identity.owner().cloned() {
        let signed_out = SecurityEvent {
            event: SecurityEventKind::SignedOut,
            at: site.now(),
            device: Some(request.client.device),
            count: 1,
        };
        let job = move |tables: &Tx<'_>| {
            // It may have ended elsewhere, and the account with it.
            if tables.delete_session(&member.account.id, &member.session.id)? {
                tables.record_security_event(&member.account.id, &signed_out)?;
            }
            Ok(())
        };
        site.store.write(job).await?;
    }
    forget_tokens(jar);
    jar.part();
    Ok(Flash::SignedOut.into())
}

/// What a session is called in forms. Not by its id: that stands in the remember cookie too.
pub(crate) fn handle(session: &Session) -> String {
    session_tokens::hash(&session.id)
}

/// Ends one session of the member, named by its [`handle`].
///
/// # Errors
/// [`AppError::SignedOut`] without a member.
pub(crate) async fn end(form: &FormContext, chosen: String) -> Result<FormResult, AppError> {
    let member = form.member()?;
    if handle(&member.session) == chosen {
        return sign_out(form).await;
    }
    let ended = form.activity(SecurityEventKind::Ended);
    let job = move |tables: &Tx<'_>| {
        // One that is over already is what was asked for.
        let sessions = tables.active_sessions_of(&member.account.id, ended.at)?;
        if let Some(session) = sessions.iter().find(|session| handle(session) == chosen) {
            tables.delete_session(&member.account.id, &session.id)?;
            tables.record_security_event(&member.account.id, &ended)?;
        }
        Ok(())
    };
    form.site.store.write(job).await?;
    Ok(Flash::SessionEnded.into())
}

/// Ends every other session of the member.
///
/// # Errors
/// [`AppError::SignedOut`] without a member.
pub(crate) async fn end_others(form: &FormContext) -> Result<FormResult, AppError> {
    let member = form.member()?;
    let ended = form.activity(SecurityEventKind::OthersEnded);
    let job = move |tables: &Tx<'_>| {
        let account = &member.account.id;
        let are_others =
            tables.active_sessions_of(account, ended.at)?.iter().any(|other| other.id != member.session.id);
        tables.delete_sessions(account, Some(&member.session.id))?;
        if are_others {
            tables.record_security_event(&member.account.id, &ended)?;
        }
        Ok(())
    };
    form.site.store.write(job).await?;
    Ok(Flash::OthersEnded.into())
}

/// Removes the cookies that recognise a member: those that the request carried, and those that its answer was to set.
///
/// Chromium brings a page of the member back as it was, `no-store` or not, unless an `HttpOnly` cookie was set since; that one
/// was removed does not always count. So one is set, which says nothing new.
pub(crate) fn forget_tokens(jar: &Jar) {
    if jar.carries(FirstPartyCookie::Session.into_str()) {
        jar.set(EssentialCookie::Visit, VISIT.into());
    }
    for cookie in FirstPartyCookie::AUTH_COOKIES {
        jar.forget(cookie.into_str());
    }
}

/// What to answer when password hashing failed.
pub(super) fn map_password_error(error: PasswordError) -> AppError {
    match error {
        PasswordError::Busy => AppError::Busy,
        other => {
            tracing::error!(error = %other, "password hashing failed");
            AppError::Inner
        }
    }
}
