//! Builds the [`RequestContext`] of a request.

mod client_location;
mod redirect_target;

use std::sync::Arc;

use axum::{
    extract::{Query, Request},
    http::{HeaderMap, HeaderName, Method, Uri, header},
};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

pub(crate) use self::{
    client_location::{client_network, counted_country},
    redirect_target::redirect_target,
};
use crate::{
    app::{
        AppState,
        accounts::identities,
        cookie_jar::Jar,
        receipt_ticket,
        request_context::{
            ConsentState, CookieState, FormClient, FormOutcome, Identity, RequestContext, query_to_preserve,
        },
    },
    domain::{
        analytics::{Country, Device},
        consent::{
            decision,
            decision::{DecisionStatus, EffectiveConsent},
        },
        cookies::{
            declaration::{FirstPartyCookie, OptionalCookie},
            purpose::{Optional, Purposes},
        },
        i18n::locale_path,
        web::{appearance::Appearance, error::AppError, flash, flash::Flash, form_route, page::Page, path},
    },
    http::{
        middleware::{locale, page_view},
        request::text,
        state::HttpState,
    },
    store::User,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The result of looking up the session of a request.
#[derive(Default)]
pub(crate) struct SessionLookup {
    /// Whether the request carries a session cookie.
    pub has_session_cookie: bool,
    /// The user, or why the session could not be looked up.
    pub user: Option<Result<User, AppError>>,
}

/// The query parameters with which the response to a form hands over to the next page.
#[derive(Default, Deserialize)]
struct FormQuery {
    notice: Option<String>,
    receipt: Option<String>,
    session: Option<String>,
    return_to: Option<Page>,
    token: Option<String>,
    proof: Option<String>,
}

/// The context of a request.
pub(crate) fn from_request(http: &HttpState, request: &Request, jar: &Jar, session: SessionLookup) -> RequestContext {
    let site = &*http.app;
    let page = requested_page(site, request);
    let locale = locale::negotiate(request, jar);
    let identity = identify(session);
    let consent = consent_state(jar, page, identity.user.as_deref());
    let query = match request.uri().query() {
        Some(_) => Query::<FormQuery>::try_from_uri(request.uri()).map(|Query(query)| query).unwrap_or_default(),
        None => FormQuery::default(),
    };
    // Anybody can put the URL of a message into a link. An identity provider sends the browser back
    // from another site, so the message after it has a proof.
    let is_proven = |flash: &Flash| {
        let proof = query.proof.as_deref();
        follows_form(request) || proof.is_some_and(|proof| identities::is_proven(site, *flash, proof))
    };
    let flash = query.notice.as_deref().and_then(|name| name.parse::<Flash>().ok()).filter(is_proven);
    // The account's appearance applies on every device. Without one, this browser's does.
    let appearance = identity
        .user
        .as_ref()
        .and_then(|user| user.account.appearance)
        .or_else(|| jar.value(FirstPartyCookie::Appearance).and_then(Appearance::decode))
        .filter(|_| consent.granted.contains(&OptionalCookie::Appearance.purpose()));
    let (held, held_formerly) = jar.held();
    let previous = previous_page(site, request);
    let blocked = flash::cookies_are_blocked(jar.carries_any(), previous.is_some(), flash);
    let mut outcome = form_outcome(site, request, jar, (page, &identity, &consent), (query, flash));
    outcome.came_from = previous.or_else(|| form_page(request));
    let mut context = RequestContext {
        page,
        locale: locale.locale,
        locale_in_path: locale.in_path,
        appearance: appearance.unwrap_or_default(),
        identity,
        consent,
        cookies: CookieState { received: Arc::clone(jar.received()), held, held_formerly, to_set: Vec::new(), blocked },
        outcome,
        client: FormClient::default(),
        page_view: None,
        is_shared: false,
    };
    let signs_in = request.uri().path().starts_with(path::SIGN_IN_CALLBACK);
    if *request.method() == Method::POST || signs_in {
        let is_measurement = request.uri().path() == path::MEASUREMENTS;
        context.client = FormClient {
            device: device(request.headers()),
            country: if is_measurement { counted_country(http, request) } else { Country::UNKNOWN },
            network: client_network(http, request),
        };
    }
    if *request.method() == Method::GET {
        page_view::plan(http, request, jar, &mut context);
    }
    context
}

/// Who is signed in.
fn identify(session: SessionLookup) -> Identity {
    let session_ended = session.has_session_cookie && session.user.is_none();
    let (found, lookup_error) = match session.user {
        Some(Ok(user)) => (Some(Arc::new(user)), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let signed_in = found.is_some() || lookup_error.is_some();
    let (disabled_user, user) = match found {
        Some(user) if user.account.is_disabled() => (Some(user), None),
        user => (None, user),
    };
    Identity { signed_in, user, disabled_user, session_ended, lookup_error }
}

/// What the visitor decided, in this browser and in the account.
fn consent_state(jar: &Jar, page: Option<Page>, user: Option<&User>) -> ConsentState {
    let (effective, status) = (jar.in_force(), jar.status());
    // The preferences page asks by itself.
    let may_prompt = jar.signal().is_none() && page != Some(Page::Preferences);
    let is_own = status.as_ref().is_some_and(|status| jar.browser_decision().as_ref() == Some(&status.decision));
    let rejected_by_account = {
        let own = jar.browser_decision();
        let account = user.and_then(|user| user.account.decision.clone());
        let account = account.filter(|decision| jar.valid_status(decision.clone()).is_some());
        decision::overruled(own.as_ref(), account.as_ref())
    };
    let reconsent = jar.reconsent();
    let answers = status.as_ref().map(|status| &status.decision.answers);
    let previous = |purpose: &Optional| Some((*purpose, answers?.get(purpose)?.answer));
    ConsentState {
        prompts: if may_prompt { DecisionStatus::prompts(status.as_ref(), jar.validity()) } else { Purposes::new() },
        previous: reconsent.keys().filter_map(previous).collect(),
        reconsent,
        granted: effective.as_ref().map(EffectiveConsent::granted).unwrap_or_default(),
        effective,
        decided: jar.decided(),
        record_ref: jar.record_ref(),
        record: jar.record_ref().filter(|_| is_own).map(|filed| filed.record),
        is_own,
        signal: jar.signal(),
        overridden: jar.overridden(),
        rejected_by_account,
    }
}

/// What the form before this page did, as far as the query says so and the cookies confirm it.
fn form_outcome(
    site: &AppState,
    request: &Request,
    jar: &Jar,
    (page, identity, consent): (Option<Page>, &Identity, &ConsentState),
    (query, flash): (FormQuery, Option<Flash>),
) -> FormOutcome {
    // A user whose session could not be looked up is not known.
    let is_known_user = identity.owner().is_some();
    let deleted_cookies = request.uri().query().and_then(deleted_cookies);
    let receipt = query
        .receipt
        .and_then(|ticket| Some((receipt_ticket::verify(&site.cookie_signer, &ticket, site.now())?, ticket)));
    let is_confirmed = |flash: &Flash| {
        let is_for_page = page.is_some_and(|page| flash.appears_on(page));
        let names_deleted = *flash != Flash::Deleted || deleted_cookies.is_some();
        // With a signal, the message must be true of the decision and of what the signal leaves of
        // it.
        let declared = jar.validity().purposes();
        let is_true = [&consent.effective, &consent.decided]
            .into_iter()
            .all(|decision| flash.is_true_of(decision.as_ref(), &declared, is_known_user));
        // Rejecting questions that are asked again leaves no valid decision, but a receipt.
        let was_rejected = receipt.is_some()
            && consent.decided.is_none()
            && jar.carries(FirstPartyCookie::Consent)
            && flash.follows_answer();
        is_for_page && names_deleted && (is_true || was_rejected)
    };
    FormOutcome {
        flash: flash.filter(is_confirmed),
        session_ended: query.session.as_deref() == Some("over") && !is_known_user,
        query_to_preserve: page.and_then(|page| query_to_preserve(page, query.return_to, query.token.as_deref())),
        deleted_cookies: deleted_cookies.unwrap_or_default(),
        receipt: receipt.filter(|_| identity.user.is_none()),
        came_from: None,
        errors: None,
    }
}

/// The names of deleted cookies in a query.
fn deleted_cookies(query: &str) -> Option<Vec<Vec<u8>>> {
    let names = query.split('&').find_map(|field| field.strip_prefix("gone="))?;
    Some(names.split(',').map(|name| percent_decode_str(name).collect()).collect())
}

/// Whether the request can be the redirect after a form of this site. Browsers without the header
/// cannot say (W3C Fetch Metadata).
fn follows_form(request: &Request) -> bool {
    matches!(text(request.headers(), &SEC_FETCH_SITE), "" | "same-origin")
}

/// The page of this site on which the visitor followed a link or sent a form.
fn previous_page(site: &AppState, request: &Request) -> Option<Page> {
    if text(request.headers(), &SEC_FETCH_SITE) != "same-origin" {
        return None;
    }
    let referer = text(request.headers(), &header::REFERER).parse::<Uri>().ok()?;
    let content = site.content();
    let (_, path) = locale_path::split(referer.path(), &content.languages);
    path.parse().ok().filter(|page| site.has_page(*page))
}

/// The page of the form that posts to the requested path.
fn form_page(request: &Request) -> Option<Page> {
    let path = request.uri().path();
    let is_form = *request.method() == Method::POST && form_route::is_form(path);
    form_route::page_of(path).or_else(|| path.parse().ok()).filter(|_| is_form)
}

/// The requested page, if the path is a page's and the page exists.
fn requested_page(site: &AppState, request: &Request) -> Option<Page> {
    let page = request.uri().path().parse().ok().filter(|page| site.has_page(*page));
    page.filter(|page| *page != Page::Compare || redirect_target::comparison(request).is_ok())
}

/// Whether the path is that of a page, or neither that of a file nor that of a health check.
pub(crate) fn serves_html(site: &AppState, request: &Request) -> bool {
    let path = request.uri().path();
    requested_page(site, request).is_some() || !(path::is_file(path) || path::is_health_check(path))
}

/// The kind of device that sent the request.
pub(super) fn device(headers: &HeaderMap) -> Device {
    Device::from_user_agent(text(headers, &header::USER_AGENT))
}
