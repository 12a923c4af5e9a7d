//! Server-rendered views, one file per page. The router renders them.
//!
//! Each page is a whole [`Document`](layout::document::Document). Pages read through `app` and
//! change something only by forms that post to `api`.

mod account;
mod account_forms;
mod comparison;
pub(crate) mod components;
mod confirm;
mod connect;
mod current_choice;
mod declared;
mod delete_cookies;
mod editions;
mod error_page;
mod forgotten_password;
mod history;
mod home;
pub(crate) mod html_cleanup;
pub(crate) mod layout;
mod measurement;
mod password_reset;
mod policy;
mod preferences;
mod record;
mod services;
mod sign_in;
mod signal;
mod statistics;
mod subscribe;
mod transparency;
mod verify;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use self::{
    account::{Account, AccountData, Security},
    account_forms::{AddPasskey, DeleteAccount, Password, RemovePasskey, RemovePassword},
    comparison::{Compare, Compared},
    confirm::{Confirm, ConfirmAgain},
    delete_cookies::DeleteCookies,
    editions::Editions,
    forgotten_password::ForgottenPassword,
    history::History,
    home::Home,
    measurement::Measurement,
    policy::Policy,
    preferences::Preferences,
    services::Services,
    sign_in::{SignIn, SignUp},
    subscribe::{Subscribe, Unsubscribe},
    transparency::Transparency,
    verify::Verify,
};
pub(crate) use self::{connect::ServiceAnswers, verify::Judged};
pub(crate) use crate::pages::{
    components::{banner::BannerText as BannerWords, format::foot},
    error_page::Refused,
};
use crate::{
    app::{
        AppState,
        request_context::{RequestContext, query_to_preserve},
    },
    content::i18n::Messages,
    domain::{
        account::form_error::FormErrors, cookies::inventory::Inventory, i18n::locale::Locale, publisher::Publisher,
        web::page::Page,
    },
    pages::{
        password_reset::{ChooseAgain, PasswordReset},
        statistics::Statistics,
    },
};

/// All pages and their paths. Each page renders completely before the response starts, because
/// headers depend on it.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| ()>
                <Route path=path!("/") view=Home ssr=SsrMode::Async />
                <Route path=path!("/policy") view=Policy ssr=SsrMode::Async />
                <Route path=path!("/policy/history") view=Editions ssr=SsrMode::Async />
                <Route path=path!("/policy/compare") view=Compare ssr=SsrMode::Async />
                <Route path=path!("/policy/compare/:from/:to") view=Compared ssr=SsrMode::Async />
                <Route path=path!("/policy/subscribe") view=Subscribe ssr=SsrMode::Async />
                <Route path=path!("/policy/unsubscribe") view=Unsubscribe ssr=SsrMode::Async />
                <Route path=path!("/policy/:version") view=Policy ssr=SsrMode::Async />
                <Route path=path!("/preferences") view=Preferences ssr=SsrMode::Async />
                <Route path=path!("/preferences/history") view=History ssr=SsrMode::Async />
                <Route path=path!("/preferences/delete") view=DeleteCookies ssr=SsrMode::Async />
                <Route path=path!("/verify") view=Verify ssr=SsrMode::Async />
                <Route path=path!("/services") view=Services ssr=SsrMode::Async />
                <Route path=path!("/transparency") view=Transparency ssr=SsrMode::Async />
                <Route path=path!("/transparency/measurement") view=Measurement ssr=SsrMode::Async />
                <Route path=path!("/statistics") view=Statistics ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SignUp ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("/sign-in/reset") view=PasswordReset ssr=SsrMode::Async />
                <Route path=path!("/sign-in/forgotten") view=ForgottenPassword ssr=SsrMode::Async />
                <Route path=path!("/confirm") view=Confirm ssr=SsrMode::Async />
                <Route path=path!("/account") view=Account ssr=SsrMode::Async />
                <Route path=path!("/account/security") view=Security ssr=SsrMode::Async />
                <Route path=path!("/account/data") view=AccountData ssr=SsrMode::Async />
                <Route path=path!("/account/password") view=Password ssr=SsrMode::Async />
                <Route path=path!("/account/password/remove") view=RemovePassword ssr=SsrMode::Async />
                <Route path=path!("/account/passkey/remove") view=RemovePasskey ssr=SsrMode::Async />
                <Route path=path!("/account/passkey") view=AddPasskey ssr=SsrMode::Async />
                <Route path=path!("/account/delete") view=DeleteAccount ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// Renders the error page of a request.
pub(crate) fn refused(site: &Arc<AppState>, request: Arc<RequestContext>, refused: Refused) -> String {
    outside_of_routes(site, request, || error_page::page(refused))
}

/// Renders an account form again, with its errors.
pub(crate) fn corrected(site: &Arc<AppState>, request: Arc<RequestContext>, correction: FormErrors) -> String {
    let page = correction.page;
    let mut request = Arc::unwrap_or_clone(request);
    request.page = Some(page);
    request.outcome.query_to_preserve =
        query_to_preserve(page, correction.input.return_to, Some(correction.input.token.expose()));
    request.outcome.errors = Some(Arc::new(correction));
    outside_of_routes(site, request.into(), || match page {
        Page::SignUp => view! { <SignUp /> }.into_any(),
        Page::PasswordReset => view! { <ChooseAgain /> }.into_any(),
        Page::ForgottenPassword => view! { <ForgottenPassword /> }.into_any(),
        Page::Confirm => view! { <ConfirmAgain /> }.into_any(),
        Page::Subscribe => view! { <Subscribe /> }.into_any(),
        Page::Password => view! { <Password /> }.into_any(),
        Page::RemovePassword => view! { <RemovePassword /> }.into_any(),
        Page::RemovePasskey => view! { <RemovePasskey /> }.into_any(),
        Page::AddPasskey => view! { <AddPasskey /> }.into_any(),
        Page::DeleteAccount => view! { <DeleteAccount /> }.into_any(),
        _ => view! { <SignIn /> }.into_any(),
    })
}

/// Renders the verification page with a verdict.
pub(crate) fn judged(site: &Arc<AppState>, request: Arc<RequestContext>, judged: Judged) -> String {
    outside_of_routes(site, request, || verify::page(Some(judged)))
}

/// Renders the page that asks to save the answers of a partner service's form.
pub(crate) fn service_answers(site: &Arc<AppState>, request: Arc<RequestContext>, given: ServiceAnswers) -> String {
    outside_of_routes(site, request, || connect::page(given))
}

/// Renders a page that has no URL of its own.
fn outside_of_routes(site: &Arc<AppState>, request: Arc<RequestContext>, page: impl FnOnce() -> AnyView) -> String {
    // `Owner::new` would make it a child of the route that this thread has just rendered, and the
    // page would find the contexts of that route.
    Owner::new_root(None).with(|| {
        provide_context(Arc::clone(site));
        provide_context(request);
        provide_context(PageAnswer);
        html_cleanup::finish(&page().to_html())
    })
}

/// Marks a page that answers a form itself and has no URL of its own.
#[derive(Clone, Copy)]
struct PageAnswer;

/// Whether this page answers a form itself: an error, a form with errors, or a verdict.
fn is_answer() -> bool {
    use_context::<PageAnswer>().is_some()
}

fn site() -> Arc<AppState> {
    expect_context()
}

/// Returns the language of the original editions.
fn original_language() -> Locale {
    use_context::<Arc<AppState>>().map(|site| site.content().publisher.language).unwrap_or_default()
}

/// Returns who publishes the policy.
fn publisher() -> Arc<Publisher> {
    Arc::clone(&site().content().publisher)
}

/// Returns the messages in the language of the request.
fn strings() -> Arc<Messages> {
    site().strings(with_context(|request: &Arc<RequestContext>| request.locale).unwrap_or_default())
}

/// Returns the URL of a page in the language of the request.
fn address(page: Page) -> String {
    with_context(|request: &Arc<RequestContext>| request.path_of(page)).unwrap_or_else(|| page.to_string())
}

/// Returns the URL that a form posts to, in the language of the page.
fn action(path: &str) -> String {
    with_context(|request: &Arc<RequestContext>| request.action(path)).unwrap_or_else(|| path.to_owned())
}

/// Returns the inventory of the current edition in the language of the page.
fn inventory() -> Arc<Inventory> {
    site().localized_inventory(with_context(|request: &Arc<RequestContext>| request.locale).unwrap_or_default())
}

/// Returns the URL of a page with `return_to`, if there is a page to return to.
fn address_with_return(page: Page, to: Option<Page>) -> String {
    let address = address(page);
    to.map_or_else(|| address.clone(), |to| format!("{address}?return_to={to}"))
}

/// Returns the context of the request.
fn request() -> Arc<RequestContext> {
    expect_context()
}
