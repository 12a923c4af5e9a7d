//! Device Bound Session Credentials: binds a session to a key of the browser's device.
//!
//! The response to a sign-in offers a challenge. The browser posts the challenge, signed with a new
//! key, and later, each time its cookie of the key is about to expire, another one. It sends these
//! requests by itself, and without cookies if another site caused them, so the challenge or the key
//! names the session.

use crate::{
    app::{AppState, cookie_jar::Jar},
    domain::{
        account::{
            device_key,
            device_key::{Binding, KeyEvidence, KeyStatus, MAX_KEY_BYTES},
            session::Session,
        },
        cookies::declaration::FirstPartyCookie,
        web::error::AppError,
    },
    system::device_key::{registered, signed_challenge},
};

const COOKIE: FirstPartyCookie = FirstPartyCookie::Bound;

/// The contexts of the HMAC of challenges.
const REGISTRATION: &str = "device-key-registration";
const REFRESH: &str = "device-key-refresh";

/// Offers the browser of a new session to bind it.
pub(super) fn offer(site: &AppState, jar: &Jar, session: &str) {
    if site.binds_sessions {
        jar.offer_binding(site.cookie_signer.sign(REGISTRATION, device_key::challenge(session, site.now())));
    }
}

/// Binds the session of a challenge to the key that signed it, and sets the cookie of the key.
///
/// # Errors
/// - [`AppError::NotFound`] if the site binds no sessions.
/// - [`AppError::Malformed`] if the token is not right, or the session is over or bound already.
pub(crate) async fn register(site: &AppState, jar: &Jar, token: &str) -> Result<Binding, AppError> {
    require(site)?;
    let now = site.now();
    let (key, challenge) = registered(token).ok_or(AppError::Malformed)?;
    let challenge = site.cookie_signer.verify(REGISTRATION, &challenge).ok_or(AppError::Malformed)?;
    let id = device_key::subject(&challenge, now).ok_or(AppError::Malformed)?.to_owned();
    let binding = Binding { key, bound_at: now };
    let new = binding.clone();
    if !site.store.write(move |tx| tx.bind_session(&id, &new)).await? {
        return Err(AppError::Malformed);
    }
    set_cookie(site, jar, &binding);
    Ok(binding)
}

/// What a request for the next cookie gets.
pub(crate) enum Refresh {
    /// The cookie is set.
    Done(Binding),
    /// The browser must sign this challenge.
    Challenge(String),
}

/// Sets the next cookie of a key, if the token signs a challenge with it.
///
/// # Errors
/// [`AppError::NotFound`] if the site binds no sessions, or no session is bound to the key. The
/// browser then drops the key.
pub(crate) async fn refresh(site: &AppState, jar: &Jar, key: String, token: Option<&str>) -> Result<Refresh, AppError> {
    require(site)?;
    let now = site.now();
    if key.len() > MAX_KEY_BYTES {
        return Err(AppError::NotFound);
    }
    let binding = site.store.read(move |tx| tx.binding_by_key(&key, now)).await?.ok_or(AppError::NotFound)?;
    let is_signed = token.and_then(|token| signed_challenge(token, &binding.key)).is_some_and(|challenge| {
        let challenge = site.cookie_signer.verify(REFRESH, &challenge);
        challenge.is_some_and(|challenge| device_key::subject(&challenge, now) == Some(&binding.key))
    });
    if !is_signed {
        let challenge = device_key::challenge(&binding.key, now);
        return Ok(Refresh::Challenge(site.cookie_signer.sign(REFRESH, challenge)));
    }
    set_cookie(site, jar, &binding);
    Ok(Refresh::Done(binding))
}

/// Whether a request of this session comes from the browser to which it is bound, if it is bound.
///
/// # Errors
/// [`AppError::KeyNotShown`] if the browser can show it with a later request. Its other cookies
/// stay.
pub(super) fn check(site: &AppState, jar: &Jar, session: &Session, was_skipped: bool) -> Result<bool, AppError> {
    let Some(binding) = session.binding.as_ref().filter(|_| site.binds_sessions) else { return Ok(true) };
    let cookie = jar.value(COOKIE).and_then(|value| site.cookie_signer.verify(COOKIE.label(), value));
    let evidence = KeyEvidence { cookie: cookie.as_deref(), has_cookie: jar.carries(COOKIE), was_skipped };
    match binding.judge(evidence, site.now()) {
        KeyStatus::Proven => Ok(true),
        KeyStatus::Later => {
            // The browser fetches another one only if it has none.
            if jar.carries(COOKIE) {
                jar.remove_first_party(COOKIE);
            }
            Err(AppError::KeyNotShown)
        }
        KeyStatus::Missing => Ok(false),
    }
}

fn require(site: &AppState) -> Result<(), AppError> {
    if site.binds_sessions { Ok(()) } else { Err(AppError::NotFound) }
}

fn set_cookie(site: &AppState, jar: &Jar, binding: &Binding) {
    let Some(declaration) = jar.inventory().first_party(COOKIE) else { return };
    let value = binding.cookie_value(declaration.lifetime.duration(), site.now());
    jar.set_declared(COOKIE, site.cookie_signer.sign(COOKIE.label(), value));
}
