//! What a reader sees: server-rendered views, one file per page, shared parts beside them.
//!
//! Each page is a whole [`document::Document`]. It reads through `server` and writes only by forms that post to `api`.

mod account;
mod account_forms;
mod analytics;
mod comparison;
pub(crate) mod components;
mod declared;
mod editions;
mod error_page;
mod history;
mod home;
pub(crate) mod layout;
mod password_reset;
mod policy;
mod preferences;
mod record;
mod services;
mod sign_in;
mod signal;
mod transparency;
mod verify;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

pub(crate) use self::verify::Judged;
use self::{
    account::Account,
    account_forms::{DeleteAccount, Password},
    comparison::{Compare, Compared},
    editions::Editions,
    history::History,
    home::Home,
    policy::Policy,
    preferences::Preferences,
    services::Services,
    sign_in::{SignIn, SignUp},
    transparency::Transparency,
    verify::Verify,
};
pub(crate) use crate::pages::{
    components::{banner::BannerText as BannerWords, format::foot},
    error_page::Refused,
};
use crate::{
    app::AppState,
    content::i18n::Messages,
    domain::{account::form_error::FormErrors, cookies::inventory::Inventory, web::page::Page},
    http::{html_cleanup, request_context, request_context::RequestContext},
    pages::{
        analytics::Insights,
        password_reset::{ChooseAgain, PasswordReset},
    },
};

/// Every page and its address. The whole of a page is ready before its first byte is sent, headers and all.
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
                <Route path=path!("/policy/:version") view=Policy ssr=SsrMode::Async />
                <Route path=path!("/preferences") view=Preferences ssr=SsrMode::Async />
                <Route path=path!("/preferences/history") view=History ssr=SsrMode::Async />
                <Route path=path!("/verify") view=Verify ssr=SsrMode::Async />
                <Route path=path!("/services") view=Services ssr=SsrMode::Async />
                <Route path=path!("/transparency") view=Transparency ssr=SsrMode::Async />
                <Route path=path!("/insights") view=Insights ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SignUp ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                <Route path=path!("/sign-in/reset") view=PasswordReset ssr=SsrMode::Async />
                <Route path=path!("/account") view=Account ssr=SsrMode::Async />
                <Route path=path!("/account/password") view=Password ssr=SsrMode::Async />
                <Route path=path!("/account/delete") view=DeleteAccount ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The page of a refused request, as HTML.
pub(crate) fn refused(site: &Arc<AppState>, visitor: Arc<RequestContext>, refused: Refused) -> String {
    outside_of_routes(site, visitor, || error_page::page(refused))
}

/// A form about an account that is shown again, as HTML.
pub(crate) fn corrected(site: &Arc<AppState>, visitor: Arc<RequestContext>, correction: FormErrors) -> String {
    let page = correction.page;
    let mut visitor = Arc::unwrap_or_clone(visitor);
    visitor.page = Some(page);
    visitor.keeps = request_context::keeps(page, correction.kept.return_to, Some(correction.kept.token.expose()));
    visitor.correction = Some(Arc::new(correction));
    outside_of_routes(site, visitor.into(), || match page {
        Page::SignUp => view! { <SignUp /> }.into_any(),
        Page::PasswordReset => view! { <ChooseAgain /> }.into_any(),
        Page::Password => view! { <Password /> }.into_any(),
        Page::DeleteAccount => view! { <DeleteAccount /> }.into_any(),
        _ => view! { <SignIn /> }.into_any(),
    })
}

/// The page on which a receipt was given, with the verdict on it, as HTML.
pub(crate) fn judged(site: &Arc<AppState>, visitor: Arc<RequestContext>, judged: Judged) -> String {
    outside_of_routes(site, visitor, || verify::page(Some(judged)))
}

/// Renders a page that no address leads to.
fn outside_of_routes(site: &Arc<AppState>, visitor: Arc<RequestContext>, page: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| {
        provide_context(Arc::clone(site));
        provide_context(visitor);
        provide_context(PageAnswer);
        html_cleanup::finish(&page().to_html(), false)
    })
}

/// Marks a page that no address leads to: it is itself the answer to what was sent.
#[derive(Clone, Copy)]
struct PageAnswer;

/// Whether this page is itself the answer to what was sent: a refusal, a form that is shown again, a verdict.
fn is_answer() -> bool {
    use_context::<PageAnswer>().is_some()
}

/// The server that renders this page.
fn site() -> Arc<AppState> {
    expect_context()
}

/// The texts of the interface, in the language of whoever asked for this page.
fn strings() -> Arc<Messages> {
    site().strings(with_context(|visitor: &Arc<RequestContext>| visitor.locale).unwrap_or_default())
}

/// The address of a page for whoever asked for this one.
fn address(page: Page) -> String {
    with_context(|visitor: &Arc<RequestContext>| visitor.address(page)).unwrap_or_else(|| page.to_string())
}

/// Where a form of this page is sent to, in the language that the page's address says.
fn action(path: &str) -> String {
    with_context(|visitor: &Arc<RequestContext>| visitor.action(path)).unwrap_or_else(|| path.to_owned())
}

/// What is declared as of the edition in force, in the words of this page's language.
fn inventory() -> Arc<Inventory> {
    site().inventory_in(with_context(|visitor: &Arc<RequestContext>| visitor.locale).unwrap_or_default())
}

/// The address of a page that leads back to another, if there is one.
fn address_with_return(page: Page, to: Option<Page>) -> String {
    let address = address(page);
    to.map_or_else(|| address.clone(), |to| format!("{address}?return_to={to}"))
}

/// Whoever asked for this page.
fn visitor() -> Arc<RequestContext> {
    expect_context()
}
