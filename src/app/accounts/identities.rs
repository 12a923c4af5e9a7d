//! Signing in through an identity provider (OpenID Connect, code flow with PKCE).
//!
//! A link on the sign-in page begins it: the browser gets a cookie with a random secret and goes to
//! the provider. State, nonce and code verifier are derived from the secret with the server's key,
//! so a pending sign-in is stored nowhere, and any server that has the key can end it. The provider
//! sends the browser back to a path of its own, so no answer of one provider can stand in for that
//! of another (RFC 9700, 4.4.2).

use std::sync::Arc;

use super::{
    providers::{Code, Permit, Provider, ProviderError},
    service, session_tokens,
    sessions::{page_after_sign_in, start_session_from},
};
use crate::{
    app::{AppState, cookie_jar::Jar, form_context::FormContext, form_result::FormResult},
    domain::{
        account::{
            credentials::Email,
            form_error::{FieldError, FormError},
            id_token::{ClaimedEmail, Logout, Subject},
            identity::{MAX_IDENTITIES, PendingSignIn, SIGN_IN_SECONDS},
            mail::MailKind,
            security_event::{SecurityEvent, SecurityEventKind},
        },
        cookies::declaration::FirstPartyCookie,
        i18n::locale::Locale,
        web::{error::AppError, flash::Flash, page::Page, path},
    },
    store::{Account, Identity, ProviderSession, Tx, User},
    system::{cookie_signer::CookieSigner, digest::sha256_hex, openid::SCOPE, percent_encode::percent_encode, pkce},
};

/// The contexts of what is derived for a sign-in.
const STATE: &str = "sign-in-state";
const NONCE: &str = "sign-in-nonce";
const VERIFIER: &str = "sign-in-verifier";

/// The context of the HMAC of messages about sign-ins.
const NOTICE: &str = "sign-in-notice";

/// How long such a message is shown, in seconds.
const NOTICE_SECONDS: u64 = 300;

/// A value for the provider that only this server derives from the secret, in characters that a
/// code verifier may have (RFC 7636, 4.1).
fn derived(signer: &CookieSigner, context: &'static str, secret: &str) -> String {
    sha256_hex(&signer.derive(context, secret))
}

/// Where the browser goes next, with a message.
pub(crate) struct Next {
    /// The language of the page, if the path of the page where the sign-in began named it.
    pub locale: Option<Locale>,
    pub page: Page,
    /// The page to return to after the next attempt to sign in.
    pub return_to: Option<Page>,
    pub notice: Flash,
}

impl Next {
    /// The proof that this site caused the message, for the URL.
    pub(crate) fn proof(&self, site: &AppState) -> String {
        site.cookie_signer.sign(NOTICE, format!("{}.{}", self.notice.into_str(), site.now().0))
    }
}

/// Whether this site caused a message just now, so that no link can show it.
pub(crate) fn is_proven(site: &AppState, notice: Flash, proof: &str) -> bool {
    let value = site.cookie_signer.verify(NOTICE, proof);
    let parts = value.as_deref().and_then(|value| value.split_once('.'));
    parts.is_some_and(|(name, at)| {
        let at = at.parse().map(crate::domain::Timestamp);
        name == notice.into_str() && at.is_ok_and(|at| site.now() < at.plus_seconds(NOTICE_SECONDS))
    })
}

/// Where the provider sends the browser back to.
fn redirect_uri(site: &AppState, provider: &Provider) -> String {
    format!("{}{}{}", site.origin, path::SIGN_IN_CALLBACK, provider.settings.id)
}

/// Begins a sign-in. Returns the URL at the provider, or the page that says why there is none.
///
/// With `is_link`, it will link the identity to the account of the user, who must have signed in
/// just now.
///
/// # Errors
/// [`AppError::NotFound`] if there is no such provider; [`AppError::SignedOut`] if nobody is signed
/// in to link.
pub(crate) async fn begin(
    form: &FormContext,
    id: &str,
    is_link: bool,
    return_to: Option<Page>,
) -> Result<Result<String, Next>, AppError> {
    let FormContext { site, jar, request } = form;
    let provider = site.identity_providers.find(id).ok_or(AppError::NotFound)?;
    let locale = Some(request.locale).filter(|_| request.locale_in_path);
    let link_to = if is_link { Some(form.user()?) } else { None };
    let back = |notice| Next { locale, page: own_page(is_link), return_to, notice };
    if let Some(user) = &link_to
        && !user.session.is_recent(site.now())
    {
        return Ok(Err(back(Flash::SignInAgain)));
    }
    let now = site.now();
    let asked = site.identity_providers.within_limits(async |permit| provider.metadata(&permit, now).await).await;
    let metadata = match asked {
        Ok(metadata) => metadata,
        Err(error) => return Ok(Err(back(failed(provider, &error)))),
    };
    let pending = PendingSignIn {
        expires_at: now.plus_seconds(SIGN_IN_SECONDS),
        provider: id.to_owned(),
        link_to: link_to.map(|user| user.account.id.clone()),
        return_to,
        locale,
        secret: session_tokens::generate(&site.rng),
    };
    let signer = &site.cookie_signer;
    let cookie = FirstPartyCookie::SignIn;
    if !jar.set_declared(cookie, signer.sign(cookie.label(), pending.encode())) {
        // The start of the server checks that the cookie is declared.
        return Err(AppError::Inner);
    }
    let [state, nonce, verifier] = [STATE, NONCE, VERIFIER].map(|context| derived(signer, context, &pending.secret));
    let fields = [
        ("response_type", "code".to_owned()),
        ("client_id", provider.settings.client_id.clone()),
        ("redirect_uri", redirect_uri(site, provider)),
        ("scope", SCOPE.to_owned()),
        ("state", state),
        ("nonce", nonce),
        ("code_challenge", pkce::challenge(&verifier)),
        ("code_challenge_method", "S256".to_owned()),
    ];
    let query: Vec<_> =
        fields.iter().map(|(name, value)| format!("{name}={}", percent_encode(value.as_bytes()))).collect();
    let endpoint = &metadata.authorization_endpoint;
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    Ok(Ok(format!("{endpoint}{separator}{}", query.join("&"))))
}

/// The page where a sign-in begins, or a link to an account.
const fn own_page(is_link: bool) -> Page {
    if is_link { Page::Security } else { Page::SignIn }
}

/// Logs why a provider could not be used. Returns the message that says that it could not.
fn failed(provider: &Provider, error: &ProviderError) -> Flash {
    tracing::warn!(provider = provider.settings.id, %error, "a sign-in at an identity provider failed");
    Flash::ProviderFailed
}

/// The answer of a provider, in the query of the callback (RFC 6749, 4.1.2, and RFC 9207).
#[derive(Debug, Default)]
pub(crate) struct ProviderAnswer {
    pub code: Option<String>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
}

/// The pending sign-in of this browser, if the answer belongs to it.
fn pending(site: &AppState, jar: &Jar, id: &str, answer: &ProviderAnswer) -> Option<PendingSignIn> {
    let cookie = FirstPartyCookie::SignIn;
    let value = site.cookie_signer.verify(cookie.label(), jar.value(cookie)?)?;
    let pending = PendingSignIn::decode(&value).filter(|it| it.provider == id && site.now() < it.expires_at)?;
    let state = derived(&site.cookie_signer, STATE, &pending.secret);
    (answer.state.as_ref() == Some(&state)).then_some(pending)
}

/// Ends a sign-in with the answer of the provider: signs in to the account of the identity, creates
/// the account, or links the identity.
///
/// # Errors
/// [`AppError::NotFound`] if there is no such provider; [`FormError::Wait`] after too many
/// attempts.
pub(crate) async fn complete(form: &FormContext, id: &str, answer: ProviderAnswer) -> Result<Next, FormError> {
    let FormContext { site, jar, request } = form;
    let provider = site.identity_providers.find(id).ok_or(AppError::NotFound)?;
    site.limiter.attempt_from(request.client.network)?;
    let Some(pending) = pending(site, jar, id, &answer) else {
        let page = own_page(request.identity.user.is_some());
        return Ok(Next { locale: None, page, return_to: None, notice: Flash::SignInExpired });
    };
    jar.remove_first_party(FirstPartyCookie::SignIn);
    let (page, notice) = answered(form, provider, &pending, &answer).await?;
    Ok(Next { locale: pending.locale, page, return_to: pending.return_to, notice })
}

/// Does what the answer is for. Returns the next page and its message.
async fn answered(
    form: &FormContext,
    provider: &Provider,
    pending: &PendingSignIn,
    answer: &ProviderAnswer,
) -> Result<(Page, Flash), FormError> {
    let site = &form.site;
    let own_page = own_page(pending.link_to.is_some());
    if answer.error.as_deref() == Some("access_denied") {
        return Ok((own_page, Flash::ProviderDeclined));
    }
    let asked =
        site.identity_providers.within_limits(async |permit| identify(site, provider, &permit, pending, answer).await);
    let (subject, email) = match asked.await {
        Ok(identified) => identified,
        Err(error) => return Ok((own_page, failed(provider, &error))),
    };
    Ok(match &pending.link_to {
        Some(account) => (own_page, link(form, provider, pending, account, subject).await?),
        None => sign_in(form, provider, pending, subject, email).await?,
    })
}

/// Who signed in at the provider, with the address if the identity has no account yet.
async fn identify(
    site: &AppState,
    provider: &Provider,
    permit: &Permit,
    pending: &PendingSignIn,
    answer: &ProviderAnswer,
) -> Result<(Subject, Option<ClaimedEmail>), ProviderError> {
    let now = site.now();
    let metadata = provider.metadata(permit, now).await?;
    let is_issuer = match &answer.iss {
        Some(issuer) => *issuer == provider.settings.issuer,
        None => !metadata.authorization_response_iss_parameter_supported,
    };
    if !is_issuer {
        return Err(ProviderError::Issuer);
    }
    if let Some(error) = &answer.error {
        // The codes of the standards have these characters.
        let is_code = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let code = if error.len() <= 60 && error.bytes().all(is_code) { error } else { "an unknown code" };
        return Err(ProviderError::Reported(code.to_owned()));
    }
    let code = answer.code.as_deref().ok_or(ProviderError::NoCode)?;
    let signer = &site.cookie_signer;
    let [nonce, verifier] = [NONCE, VERIFIER].map(|context| derived(signer, context, &pending.secret));
    let redirect_uri = redirect_uri(site, provider);
    let code = Code { value: code, verifier: &verifier, nonce: &nonce, redirect_uri: &redirect_uri };
    let signed_in = provider.exchange(permit, &code, now).await?;
    let subject = signed_in.subject.clone();
    let email = if pending.link_to.is_some() { None } else { signed_in.email(permit).await? };
    Ok((subject, email))
}

/// Signs in to the account of the identity, or creates it.
async fn sign_in(
    form: &FormContext,
    provider: &Provider,
    pending: &PendingSignIn,
    subject: Subject,
    email: Option<ClaimedEmail>,
) -> Result<(Page, Flash), AppError> {
    let site = &form.site;
    let issuer = provider.settings.issuer.clone();
    let (by_issuer, by_subject) = (issuer.clone(), subject.sub.clone());
    let found = site.store.read(move |tx| tx.account_by_identity(&by_issuer, &by_subject)).await?;
    let page = page_after_sign_in(found.as_ref(), pending.return_to);
    let is_new = found.is_none();
    let address = email.as_ref().and_then(|email| Email::parse(&email.address));
    let new = address.map(|address| Account {
        id: site.rng.token(),
        email: address,
        password_hash: None,
        created_at: site.now(),
        disabled_at: None,
        decision: None,
        appearance: None,
        confirmed_at: email.filter(|email| email.is_verified).map(|_| site.now()),
    });
    let identity = site.rng.token();
    let began = ProviderSession { issuer: issuer.clone(), subject: subject.sub.clone(), sid: subject.sid };
    let (used, expires_at, now) = (sha256_hex(&pending.secret), pending.expires_at, site.now());
    let load_account = move |tx: &Tx<'_>| {
        let found = tx.account_by_identity(&issuer, &subject.sub)?;
        // Another request may have used the sign-in, or created or erased the account meanwhile.
        if !tx.consume_token(&used, expires_at)? || found.is_none() != is_new {
            return Ok(Err(FieldError::NotRecognised));
        }
        if let Some(account) = found {
            return Ok(Ok(account));
        }
        let Some(account) = new else { return Ok(Err(FieldError::NoEmail)) };
        if !tx.add_account(&account)? {
            return Ok(Err(FieldError::EmailTaken));
        }
        let account_id = account.id.clone();
        tx.add_identity(&Identity {
            id: identity,
            account: account_id,
            issuer,
            subject: subject.sub,
            created_at: now,
        })?;
        Ok(Ok(account))
    };
    let event = is_new.then_some(SecurityEventKind::SignedUp);
    Ok(match start_session_from(form, Some(began), (false, event), load_account).await? {
        Ok(()) => (page, if is_new { Flash::SignedUp } else { Flash::SignedIn }),
        Err(FieldError::EmailTaken) => (Page::SignIn, Flash::AddressTaken),
        Err(FieldError::NoEmail) => (Page::SignIn, Flash::ProviderFailed),
        Err(_) => (Page::SignIn, Flash::SignInExpired),
    })
}

/// Links the identity to the account of the user, who must still be signed in.
async fn link(
    form: &FormContext,
    provider: &Provider,
    pending: &PendingSignIn,
    account: &str,
    subject: Subject,
) -> Result<Flash, AppError> {
    let site = &form.site;
    let Ok(user) = form.user() else { return Ok(Flash::SignInExpired) };
    if user.account.id != account {
        return Ok(Flash::SignInExpired);
    }
    let new = Identity {
        id: site.rng.token(),
        account: account.to_owned(),
        issuer: provider.settings.issuer.clone(),
        subject: subject.sub,
        created_at: site.now(),
    };
    let (hash, expires_at) = (sha256_hex(&pending.secret), pending.expires_at);
    let (linked, notice) = (form.activity(SecurityEventKind::IdentityLinked), form.mail(MailKind::IdentityLinked));
    let job = move |tx: &Tx<'_>| {
        if !is_signed_in(tx, &user, &linked)? || !tx.consume_token(&hash, expires_at)? {
            return Ok(Flash::SignInExpired);
        }
        let owner = tx.account_by_identity(&new.issuer, &new.subject)?;
        if owner.is_some_and(|owner| owner.id != user.account.id)
            || tx.identities_of(&user.account.id)?.len() >= MAX_IDENTITIES
        {
            return Ok(Flash::IdentityTaken);
        }
        if tx.add_identity(&new)? {
            tx.record_security_event(&user.account.id, &linked)?;
            service::notify(tx, notice, &user.account)?;
        }
        Ok(Flash::IdentityLinked)
    };
    let flash = site.store.write(job).await?;
    site.mail.wake();
    Ok(flash)
}

/// Whether the session of the user is still there: another request may have ended it.
fn is_signed_in(tx: &Tx<'_>, user: &User, now: &SecurityEvent) -> Result<bool, crate::store::StoreError> {
    let sessions = tx.active_sessions_of(&user.account.id, now.at)?;
    Ok(sessions.iter().any(|session| session.id == user.session.id))
}

/// Removes an identity of the user, unless nothing else signs in to the account.
///
/// # Errors
/// [`AppError::SignedOut`] if no user is signed in.
pub(crate) async fn unlink(form: &FormContext, id: String) -> Result<FormResult, AppError> {
    let (site, user) = (Arc::clone(&form.site), form.user()?);
    let (unlinked, notice) =
        (form.activity(SecurityEventKind::IdentityUnlinked), form.mail(MailKind::IdentityUnlinked));
    let job = move |tx: &Tx<'_>| {
        let account = &user.account.id;
        let Some(stored) = tx.account(account)? else { return Ok(Flash::IdentityUnlinked) };
        let (passkeys, identities) = (tx.passkeys_of(account)?.len(), tx.identities_of(account)?);
        let is_there = identities.iter().any(|identity| identity.id == id);
        if is_there && !service::sign_in_methods(&site, &stored, passkeys, &identities).can_remove_identity() {
            return Ok(Flash::LastWayIn);
        }
        // If it is removed already, nothing is left to do.
        if tx.delete_identity(account, &id)? {
            tx.record_security_event(account, &unlinked)?;
            service::notify(tx, notice, &stored)?;
        }
        Ok(Flash::IdentityUnlinked)
    };
    let flash = form.site.store.write(job).await?;
    form.site.mail.wake();
    Ok(flash.into())
}

/// Ends the sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0).
///
/// # Errors
/// [`AppError::NotFound`] if there is no such provider; [`AppError::Malformed`] if the token does
/// not count, or was used before.
pub(crate) async fn log_out(site: &AppState, id: &str, token: &str) -> Result<(), AppError> {
    let provider = site.identity_providers.find(id).ok_or(AppError::NotFound)?;
    let now = site.now();
    let asked = site.identity_providers.within_limits(async |permit| provider.logged_out(&permit, token, now).await);
    let Logout { sub, sid, token, expires_at } = asked.await.map_err(|error| {
        tracing::warn!(provider = provider.settings.id, %error, "a logout token was rejected");
        if matches!(error, ProviderError::Busy | ProviderError::Slow) { AppError::Busy } else { AppError::Malformed }
    })?;
    let issuer = provider.settings.issuer.clone();
    let used = sha256_hex(&format!("{issuer} {token}"));
    let ended =
        SecurityEvent { event: SecurityEventKind::ProviderSignedOut, at: now, device: None, device_id: None, count: 1 };
    let job = move |tx: &Tx<'_>| {
        if !tx.consume_token(&used, expires_at)? {
            return Ok(false);
        }
        let mut accounts = tx.delete_provider_sessions(&issuer, sub.as_deref(), sid.as_deref())?;
        accounts.sort_unstable();
        accounts.dedup();
        accounts.iter().try_for_each(|account| tx.record_security_event(account, &ended))?;
        Ok(true)
    };
    if site.store.write(job).await? { Ok(()) } else { Err(AppError::Malformed) }
}
