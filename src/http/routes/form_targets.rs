//! `GET` of the path that a form is sent to: redirects to the form's page.
//!
//! Server functions handle the forms themselves, at the same paths.

use std::sync::Arc;

use axum::{
    Extension,
    response::Redirect,
    routing::{MethodRouter, get},
};

use crate::{app::request_context::RequestContext, domain::web::page::Page};

/// A handler that redirects to the page, in the language of the requested path.
pub(crate) fn redirect_to(page: Page) -> MethodRouter {
    get(move |context: Extension<Arc<RequestContext>>| async move { Redirect::to(&context.path_of(page)) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leptos::server_fn::axum::server_fn_paths;

    use crate::domain::web::form_route::TARGETS;

    #[test]
    fn every_server_function_has_a_page_and_no_other_path_has_one() {
        let functions: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).collect();
        let targets: BTreeSet<_> = TARGETS.into_iter().map(|(target, _)| target).collect();
        assert_eq!(functions, targets);
    }
}
