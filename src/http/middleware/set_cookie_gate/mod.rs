//! The gate: the only code that writes `Set-Cookie`.
//!
//! [`open`] gives each request a [`Jar`], with which handlers set and remove cookies. The jar takes
//! every attribute from the inventory. [`close`] checks every `Set-Cookie` of the response,
//! including those that a handler wrote without the jar:
//!
//! - It blocks a cookie that is undeclared, or optional without a valid decision that grants its
//!   purpose.
//! - It corrects a cookie whose lifetime or attributes differ from the declaration.
//!
//! Both are bugs, and are logged as errors.

use std::sync::{Arc, atomic::Ordering};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header, header::Entry},
    response::Response,
};
use tower_cookies::cookie::Cookie;

pub use crate::app::cookie_jar::Jar;
use crate::{
    app::{AppState, cookie_jar},
    domain::{
        consent::{set_cookie, set_cookie::BlockReason, signal::Signal},
        cookies::{inventory::Inventory, request_header::RequestCookies},
    },
    http::request::text,
};

/// The header of Global Privacy Control.
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Creates the jar of a request.
pub(crate) fn open(site: &AppState, headers: &HeaderMap) -> Jar {
    let values = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let request_cookies = RequestCookies::parse(values(header::COOKIE));
    let host = text(headers, &header::HOST);
    let signal = Signal::from_headers(values(SEC_GPC), values(header::DNT));
    Jar::new(
        request_cookies,
        host,
        signal,
        site.content(),
        Arc::clone(&site.cookie_signer),
        (site.now(), site.latest()),
    )
}

/// Writes the `Set-Cookie` headers of the response: those of the jar and those of handlers, each as
/// the inventory declares it or not at all. The removals of foreign cookies follow unchecked: the
/// inventory does not declare these cookies.
pub(crate) fn close(site: &AppState, jar: &Jar, response: &mut Response) {
    let headers = response.headers_mut();
    let written: Vec<_> = match headers.entry(header::SET_COOKIE) {
        Entry::Occupied(written) => written.remove_entry_mult().1.collect(),
        Entry::Vacant(_) => Vec::new(),
    };
    for proposed in written.into_iter().chain(jar.set_cookie_headers()) {
        match check(jar.inventory(), jar, &proposed) {
            Ok(allowed) => {
                headers.append(header::SET_COOKIE, allowed);
            }
            Err(violation) => {
                site.gate_violations.fetch_add(1, Ordering::Relaxed);
                tracing::error!(cookie = violation.name, why = %violation.why, "blocked or corrected an undeclared Set-Cookie");
                headers.extend(violation.corrected.map(|corrected| (header::SET_COOKIE, corrected)));
            }
        }
    }
    for removal in jar.foreign_removals() {
        headers.append(header::SET_COOKIE, removal);
    }
}

/// A cookie that the gate blocks or corrects. The cause is a bug, never the input of a visitor.
struct GateViolation {
    name: String,
    why: ViolationKind,
    /// The cookie as the inventory declares it, if it may be set.
    corrected: Option<HeaderValue>,
}

/// Why the gate blocks or corrects a cookie.
#[derive(Debug, thiserror::Error)]
enum ViolationKind {
    #[error("it is no cookie")]
    Unreadable,
    #[error(transparent)]
    BlockReason(#[from] BlockReason),
    #[error("its lifetime or attributes are not the declared ones")]
    NotAsDeclared,
}

/// The header that may be sent for a proposed one.
fn check(inventory: &Inventory, jar: &Jar, proposed: &HeaderValue) -> Result<HeaderValue, GateViolation> {
    let unreadable = || GateViolation { name: String::new(), why: ViolationKind::Unreadable, corrected: None };
    let cookie = proposed.to_str().ok().and_then(|text| Cookie::parse(text).ok()).ok_or_else(unreadable)?;
    let name = cookie.name();
    let is_removal = cookie.max_age() == Some(time::Duration::ZERO) && cookie.value().is_empty();
    let declared = if is_removal {
        inventory.find_or_former(name).map(cookie_jar::removal).ok_or(BlockReason::Undeclared)
    } else {
        let in_force = jar.in_force();
        set_cookie::may_leave(inventory, in_force.as_ref(), name)
            .map(|declaration| cookie_jar::build(declaration, cookie.value().to_owned()))
    };
    let violation = |why, corrected| GateViolation { name: name.to_owned(), why, corrected };
    // Compared as text, because `Cookie`'s own comparison ignores some attributes.
    match declared.map(|declared| HeaderValue::from_str(&declared.to_string()).ok()) {
        Ok(Some(declared)) if declared == proposed => Ok(declared),
        Ok(declared) => Err(violation(ViolationKind::NotAsDeclared, declared)),
        Err(reason) => Err(violation(reason.into(), None)),
    }
}
