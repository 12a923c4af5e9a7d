//! The gate: the one door through which a cookie can leave.
//!
//! Three things, from the inside out:
//! 1. [`Jar`]: what handlers set and remove cookies with. It takes every attribute from the inventory.
//! 2. [`fill`]: hands each request its jar.
//! 3. [`guard`]: reads every `Set-Cookie` that is about to leave, whoever wrote it. One that is not declared, or is
//!    optional without a decision in force that grants its purpose, is withheld; one whose lifetime or attributes
//!    differ from its declaration is made anew from it. Both are mistakes in the code, logged as errors.

mod jar;
mod seal;

use std::sync::{Arc, atomic::Ordering};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_cookies::{Cookies, cookie::Cookie};

pub use self::{
    jar::Jar,
    seal::{KEY_BYTES, Seal},
};
use crate::{
    model::{
        cookie_header,
        inventory::Inventory,
        refusal::Refusal,
        release::{self, Withheld},
    },
    server::State as Site,
};

/// Hands the request its [`Jar`].
pub(crate) async fn fill(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let Some(header) = cookie_text(request.headers()) else { return Refusal::CookieHeader.into_response() };
    let Some(out) = request.extensions().get::<Cookies>().cloned() else { return Refusal::Inner.into_response() };
    let carried = cookie_header::parse(&header);
    let jar = Jar::open(carried, out, site.content(), Arc::clone(&site.seal), site.now());
    request.extensions_mut().insert(jar.clone());
    let mut response = next.run(request).await;
    for removal in jar.foreign_removals().iter() {
        if let Ok(removal) = HeaderValue::from_str(&removal.to_string()) {
            response.headers_mut().append(header::SET_COOKIE, removal);
        }
    }
    response.extensions_mut().insert(jar);
    response
}

/// Lets every `Set-Cookie` out as it is declared, or not at all.
pub(crate) async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.headers().contains_key(header::SET_COOKIE) {
        let jar = response.extensions_mut().remove::<Jar>();
        let proposed: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
        response.headers_mut().remove(header::SET_COOKIE);
        for proposed in proposed {
            match release(&site.content().inventory, jar.as_ref(), &proposed) {
                Ok(released) => {
                    response.headers_mut().append(header::SET_COOKIE, released);
                }
                Err(fault) => {
                    site.gate_faults.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(cookie = fault.name, why = %fault.why, "a cookie was not let out as it was");
                    response.headers_mut().extend(fault.instead.map(|released| (header::SET_COOKIE, released)));
                }
            }
        }
    }
    response
}

/// A cookie that was not let out as it was proposed: a mistake in the code, never in what a visitor sent.
struct Fault {
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
    Withheld(#[from] Withheld),
    #[error("its lifetime or attributes are not the declared ones")]
    NotAsDeclared,
}

/// The header that may leave for a proposed one.
fn release(inventory: &Inventory, jar: Option<&Jar>, proposed: &HeaderValue) -> Result<HeaderValue, Fault> {
    let unreadable = || Fault { name: String::new(), why: Wrong::Unreadable, instead: None };
    let cookie = proposed.to_str().ok().and_then(|text| Cookie::parse(text).ok()).ok_or_else(unreadable)?;
    let name = cookie.name();
    let is_removal = cookie.max_age() == Some(time::Duration::ZERO) && cookie.value().is_empty();
    let declared = if is_removal {
        // Emptying what is not ours sets nothing, if it is what the visitor asked for.
        if jar.is_some_and(|jar| jar.foreign_removals().contains(&cookie)) {
            return Ok(proposed.clone());
        }
        inventory.find(name).map(jar::removal).ok_or(Withheld::Undeclared)
    } else {
        let in_force = jar.and_then(Jar::in_force);
        release::may_leave(inventory, in_force.as_ref(), name)
            .map(|declaration| jar::build(declaration, cookie.value().to_owned()))
    };
    let fault = |why, instead| Fault { name: name.to_owned(), why, instead };
    // Compared to the letter: the library's own comparison passes over some attributes.
    match declared.map(|declared| HeaderValue::from_str(&declared.to_string()).ok()) {
        Ok(Some(declared)) if declared == proposed => Ok(declared),
        Ok(declared) => Err(fault(Wrong::NotAsDeclared, declared)),
        Err(withheld) => Err(fault(withheld.into(), None)),
    }
}

/// The request's `Cookie` headers as one (HTTP/2 may split it: RFC 9113, 8.2.3); `None` if one is not text.
fn cookie_text(headers: &HeaderMap) -> Option<String> {
    let mut text = String::new();
    for header in headers.get_all(header::COOKIE) {
        let header = std::str::from_utf8(header.as_bytes()).ok()?;
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(header);
    }
    Some(text)
}
