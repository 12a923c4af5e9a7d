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

    use crate::domain::web::{form_route::TARGETS, page::Page};

    #[test]
    fn every_server_function_has_a_page_and_no_other_path_has_one() {
        let functions = server_fn_paths().map(|(path, _)| path);
        let functions: BTreeSet<_> = functions.filter(|path| path.parse::<Page>().is_err()).collect();
        let targets: BTreeSet<_> = TARGETS.into_iter().map(|(target, _)| target).collect();
        assert_eq!(functions, targets);
    }

    #[test]
    fn a_page_that_takes_passwords_takes_its_form_itself() {
        let pages = server_fn_paths().filter_map(|(path, _)| path.parse::<Page>().ok());
        let pages: BTreeSet<_> = pages.collect();
        let forms = [
            Page::SignUp,
            Page::SignIn,
            Page::PasswordReset,
            Page::ForgottenPassword,
            Page::Confirm,
            Page::Subscribe,
            Page::Unsubscribe,
            Page::Password,
            Page::RemovePassword,
            Page::AddPasskey,
            Page::RemovePasskey,
            Page::DeleteAccount,
        ];
        assert!(forms.into_iter().all(Page::takes_passwords));
        assert_eq!(pages, forms.into());
    }
}
