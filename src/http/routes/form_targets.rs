//! Leads whoever opens the address that a form is sent to back to the page of the form.
//!
//! The forms themselves are answered by the server functions, at the same addresses.

use std::sync::Arc;

use axum::{Extension, Router, response::Redirect, routing::get};

use crate::{domain::web::form_route::TARGETS, http::request_context::RequestContext};

/// The routes, each for GET and HEAD alone: 303 to the page, in the language of the address.
pub(crate) fn routes() -> Router {
    TARGETS.into_iter().fold(Router::new(), |routes, (target, page)| {
        let lead = move |visitor: Extension<Arc<RequestContext>>| async move { Redirect::to(&visitor.address(page)) };
        routes.route(target, get(lead))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leptos::server_fn::axum::server_fn_paths;

    use super::*;

    #[test]
    fn every_server_function_has_a_page_and_no_other_address_has_one() {
        let functions: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).collect();
        let targets: BTreeSet<_> = TARGETS.into_iter().map(|(target, _)| target).collect();
        assert_eq!(functions, targets);
    }
}
