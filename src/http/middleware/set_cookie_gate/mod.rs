//! The gate: the one door through which a cookie can leave.
//!
//! A request gets a [`Jar`] when it comes in ([`open`]), with which handlers set and remove cookies; it takes every
//! attribute from the inventory. When the answer goes out, [`close`] reads every `Set-Cookie` that is about to leave,
//! whoever wrote it. One that is not declared, or is optional without a decision in force that grants its purpose, is
//! withheld; one whose lifetime or attributes differ from its declaration is made anew from it. Both are mistakes in the
//! code, logged as errors.

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
};

/// Global Privacy Control, in which a browser says for its owner that nothing optional is wanted.
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// The jar of a request.
pub(crate) fn open(site: &AppState, headers: &HeaderMap) -> Jar {
    let lines = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let carried = RequestCookies::parse(lines(header::COOKIE));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let signal = Signal::from_headers(lines(SEC_GPC), lines(header::DNT));
    Jar::new(carried, host, signal, site.content(), Arc::clone(&site.seal), (site.now(), site.latest()))
}

/// Lets out what was put into the jar, and every `Set-Cookie` that anybody else wrote, as it is declared or not at all.
pub(crate) fn close(site: &AppState, jar: &Jar, response: &mut Response) {
    let headers = response.headers_mut();
    let written: Vec<_> = match headers.entry(header::SET_COOKIE) {
        Entry::Occupied(written) => written.remove_entry_mult().1.collect(),
        Entry::Vacant(_) => Vec::new(),
    };
    for proposed in written.into_iter().chain(jar.set_cookie_headers()) {
        match release(jar.inventory(), jar, &proposed) {
            Ok(released) => {
                headers.append(header::SET_COOKIE, released);
            }
            Err(fault) => {
                site.gate_faults.fetch_add(1, Ordering::Relaxed);
                tracing::error!(cookie = fault.name, why = %fault.why, "blocked or corrected an undeclared Set-Cookie");
                headers.extend(fault.instead.map(|released| (header::SET_COOKIE, released)));
            }
        }
    }
    for removal in jar.foreign_removals() {
        headers.append(header::SET_COOKIE, removal);
    }
}

/// A cookie that was not let out as it was proposed: a mistake in the code, never in what a visitor sent.
struct GateViolation {
    name: String,
    why: Wrong,
    /// The same cookie as it is declared, where that may leave.
    instead: Option<HeaderValue>,
}

/// What is wrong with a proposed cookie.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error("it is no cookie")]
    Unreadable,
    #[error(transparent)]
    BlockReason(#[from] BlockReason),
    #[error("its lifetime or attributes are not the declared ones")]
    NotAsDeclared,
}

/// The header that may leave for a proposed one.
fn release(inventory: &Inventory, jar: &Jar, proposed: &HeaderValue) -> Result<HeaderValue, GateViolation> {
    let unreadable = || GateViolation { name: String::new(), why: Wrong::Unreadable, instead: None };
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
    let fault = |why, instead| GateViolation { name: name.to_owned(), why, instead };
    // Compared to the letter: the library's own comparison passes over some attributes.
    match declared.map(|declared| HeaderValue::from_str(&declared.to_string()).ok()) {
        Ok(Some(declared)) if declared == proposed => Ok(declared),
        Ok(declared) => Err(fault(Wrong::NotAsDeclared, declared)),
        Err(withheld) => Err(fault(withheld.into(), None)),
    }
}
