//! The gate: the one door through which a cookie can leave.
//!
//! Three things, from the inside out:
//! 1. [`Jar`]: what handlers set and remove cookies with. It takes every attribute from the inventory.
//! 2. [`fill`]: hands each request its jar.
//! 3. [`guard`]: reads every `Set-Cookie` that is about to leave, whoever wrote it. One that is not declared, or is
//!    optional without a decision in force that grants its purpose, is withheld and logged as an error. Every other is
//!    made anew from its declaration, so that lifetime and attributes cannot differ from what the policy says.

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
    model::{cookie_header, inventory::Inventory, refusal::Refusal, release},
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
        for cookie in proposed {
            match release(&site.content().inventory, jar.as_ref(), &cookie) {
                Ok(Released { cookie, is_as_written }) => {
                    if !is_as_written {
                        site.gate_faults.fetch_add(1, Ordering::Relaxed);
                    }
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                Err((name, why)) => {
                    site.gate_faults.fetch_add(1, Ordering::Relaxed);
                    tracing::error!(cookie = name, why, "a cookie was withheld");
                }
            }
        }
    }
    response
}

/// A cookie that may leave.
struct Released {
    cookie: HeaderValue,
    /// Whether it says what the handler wrote.
    is_as_written: bool,
}

/// The header that may leave in place of `proposed`, or the cookie's name and why nothing may.
fn release(inventory: &Inventory, jar: Option<&Jar>, proposed: &HeaderValue) -> Result<Released, (String, String)> {
    let text = proposed.to_str().map_err(|_| (String::new(), "it is not text".to_owned()))?;
    let cookie = Cookie::parse(text).map_err(|error| (String::new(), error.to_string()))?;
    let name = cookie.name().to_owned();
    let is_removal = cookie.max_age() == Some(time::Duration::ZERO) && cookie.value().is_empty();
    let anew = if is_removal {
        match inventory.find(&name) {
            Some(declaration) => jar::removal(declaration),
            // Emptying what the browser itself showed us sets nothing.
            None if jar.is_some_and(|jar| jar.carries(&name)) => jar::foreign_removal(&name),
            None => return Err((name, release::Withheld::Undeclared.to_string())),
        }
    } else {
        let in_force = jar.and_then(Jar::in_force);
        match release::may_leave(inventory, in_force.as_ref(), &name) {
            Ok(declaration) => jar::build(declaration, cookie.value().to_owned()),
            Err(withheld) => return Err((name, withheld.to_string())),
        }
    };
    // Cookies compare without their `SameSite`.
    let is_as_written = anew == cookie && anew.same_site() == cookie.same_site();
    if !is_as_written {
        tracing::error!(cookie = name, "a cookie's attributes were put right");
    }
    let cookie = HeaderValue::from_str(&anew.to_string()).map_err(|_| (name, "its value is no header".to_owned()))?;
    Ok(Released { cookie, is_as_written })
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
