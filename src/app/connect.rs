//! One choice over several domains: issues a one-use code for a partner service on another domain,
//! and exchanges it for the decision.
//!
//! The store holds the hash of a code and the decision, so that any server of the site can exchange
//! a code, and only one does.

use std::sync::Arc;

use super::{
    AppState,
    cookie_jar::Jar,
    form_context::FormContext,
    request_context::{RequestContext, RequestLocale},
};
use crate::{
    domain::{
        cookies::request_header::RequestCookies,
        partners::{
            Service,
            connect::{CODE_SECONDS, Callback, CodeRequest, CodeVerifier, connected},
        },
        web::error::AppError,
    },
    store::{CodeHolder, ConnectedChoice, Tx},
    system::{digest::sha256_hex, pkce},
};

/// The largest number of valid codes.
const MAX_CODES: i64 = 10_000;

/// The service of that id and its callback.
///
/// # Errors
/// [`AppError::Malformed`] if the service is not listed, not yet under the policy, or has no
/// callback.
pub(crate) fn service(site: &AppState, id: &str) -> Result<(Service, Callback), AppError> {
    let in_force = site.current_version();
    let found = connected(&in_force.content.services, in_force.version, id).ok_or(AppError::Malformed)?;
    Ok((found.0.clone(), found.1.clone()))
}

/// Issues a code for the decision of this request and response. Returns the callback with the code.
///
/// # Errors
/// - [`AppError::Overloaded`] if there are too many codes.
/// - [`AppError::Unavailable`] if the code cannot be stored.
pub(crate) async fn issue_code(
    form: &FormContext,
    asked: &CodeRequest,
    callback: &Callback,
) -> Result<String, AppError> {
    let FormContext { site, jar, request } = form;
    let code = site.rng.token();
    let holder = CodeHolder {
        code_hash: sha256_hex(&code),
        service: asked.service.clone(),
        challenge: asked.challenge.as_str().to_owned(),
    };
    let choice = ConnectedChoice {
        decision: jar.status().map(|status| status.decision),
        signal: jar.signal(),
        locale: request.locale,
    };
    let now = site.now();
    let job =
        move |tx: &Tx<'_>| tx.add_connect_code(&holder, &choice, (now, now.plus_seconds(CODE_SECONDS)), MAX_CODES);
    if site.store.write(job).await? { Ok(callback.with(&code, &asked.state)) } else { Err(AppError::Overloaded) }
}

/// Exchanges a code. Returns the callback of the service, and what a request of the visitor's
/// browser would have had.
///
/// # Errors
/// - [`AppError::Code`] if the code was used, has expired, or is not for this service and verifier.
/// - [`AppError::Unavailable`] if the store cannot be written.
pub(crate) async fn exchange_code(
    site: &Arc<AppState>,
    code: &str,
    verifier: &CodeVerifier,
    id: &str,
) -> Result<(FormContext, Callback), AppError> {
    let (_, callback) = service(site, id).map_err(|_| AppError::Code)?;
    let holder = CodeHolder {
        code_hash: sha256_hex(code),
        service: id.to_owned(),
        challenge: pkce::challenge(verifier.as_str()),
    };
    let now = site.now();
    let choice = site.store.write(move |tx| tx.take_connect_code(&holder, now)).await?.ok_or(AppError::Code)?;
    let ConnectedChoice { decision, signal, locale } = choice;
    let content = site.content();
    let locale = content.languages.find(locale.tag()).unwrap_or_else(|| content.languages.original());
    let received = RequestCookies::default();
    let jar = Jar::new(received, "", signal, content, Arc::clone(&site.cookie_signer), (now, site.latest()));
    // As the decision of an account, it is not this browser's own: no record's id goes out with it.
    jar.merge_account_decision(decision);
    let request = Arc::new(RequestContext::in_locale(RequestLocale { locale, in_path: false }));
    Ok((FormContext::new(Arc::clone(site), jar, request)?, callback))
}
