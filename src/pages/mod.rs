//! What a reader sees: server-rendered views, one file per page, shared parts beside them.
//!
//! Each page is a whole [`document::Document`]. It reads through `server` and writes only by forms that post to `api`.

mod account;
mod account_forms;
mod banner;
mod calendar;
mod changes;
mod comparison;
mod cookie_table;
mod declared;
mod document;
mod editions;
mod fields;
mod form_fields;
mod head;
mod history;
mod home;
mod insights;
mod languages;
mod marks;
mod notices;
mod policy;
mod policy_text;
mod preferences;
mod questions;
mod record;
mod refusal;
mod runs;
mod services;
mod sign_in;
mod sign_in_link;
mod signal;
mod stored;
mod transparency;
mod verify;
mod words;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use self::{
    account::Account,
    account_forms::{DeleteAccount, Password},
    comparison::{Compare, Compared},
    editions::Editions,
    history::History,
    home::Home,
    insights::Insights,
    policy::Policy,
    preferences::Preferences,
    services::Services,
    sign_in::{SignIn, SignUp},
    sign_in_link::{ChooseAgain, SignInLink},
    transparency::Transparency,
    verify::Verify,
};
pub(crate) use self::{banner::Words as BannerWords, refusal::Refused, verify::Judged, words::foot};
use crate::{
    model::{correction::Correction, inventory::Inventory, page::Page},
    server::{
        State,
        content::strings::Strings,
        http::{
            markup,
            visitor::{self, Visitor},
        },
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
                <Route path=path!("/sign-in/link") view=SignInLink ssr=SsrMode::Async />
                <Route path=path!("/account") view=Account ssr=SsrMode::Async />
                <Route path=path!("/account/password") view=Password ssr=SsrMode::Async />
                <Route path=path!("/account/delete") view=DeleteAccount ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The page of a refused request, as HTML.
pub(crate) fn refused(site: &Arc<State>, visitor: Arc<Visitor>, refused: Refused) -> String {
    outside_of_routes(site, visitor, || refusal::page(refused))
}

/// A form about an account that is shown again, as HTML.
pub(crate) fn corrected(site: &Arc<State>, visitor: Arc<Visitor>, correction: Correction) -> String {
    let page = correction.page;
    let mut visitor = Arc::unwrap_or_clone(visitor);
    visitor.page = Some(page);
    visitor.keeps = visitor::keeps(page, correction.kept.return_to, Some(correction.kept.token.expose()));
    visitor.correction = Some(Arc::new(correction));
    outside_of_routes(site, visitor.into(), || match page {
        Page::SignUp => view! { <SignUp /> }.into_any(),
        Page::SignInLink => view! { <ChooseAgain /> }.into_any(),
        Page::Password => view! { <Password /> }.into_any(),
        Page::DeleteAccount => view! { <DeleteAccount /> }.into_any(),
        _ => view! { <SignIn /> }.into_any(),
    })
}

/// The page on which a receipt was given, with the verdict on it, as HTML.
pub(crate) fn judged(site: &Arc<State>, visitor: Arc<Visitor>, judged: Judged) -> String {
    outside_of_routes(site, visitor, || verify::page(Some(judged)))
}

/// Renders a page that no address leads to.
fn outside_of_routes(site: &Arc<State>, visitor: Arc<Visitor>, page: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| {
        provide_context(Arc::clone(site));
        provide_context(visitor);
        provide_context(Answer);
        markup::finish(&page().to_html(), false)
    })
}

/// Marks a page that no address leads to: it is itself the answer to what was sent.
#[derive(Clone, Copy)]
struct Answer;

/// Whether this page is itself the answer to what was sent: a refusal, a form that is shown again, a verdict.
fn is_answer() -> bool {
    use_context::<Answer>().is_some()
}

/// The server that renders this page.
fn site() -> Arc<State> {
    expect_context()
}

/// The texts of the interface, in the language of whoever asked for this page.
fn strings() -> Arc<Strings> {
    site().strings(with_context(|visitor: &Arc<Visitor>| visitor.locale).unwrap_or_default())
}

/// The address of a page for whoever asked for this one.
fn address(page: Page) -> String {
    with_context(|visitor: &Arc<Visitor>| visitor.address(page)).unwrap_or_else(|| page.to_string())
}

/// Where a form of this page is sent to, in the language that the page's address says.
fn action(path: &str) -> String {
    with_context(|visitor: &Arc<Visitor>| visitor.action(path)).unwrap_or_else(|| path.to_owned())
}

/// What is declared as of the edition in force, in the words of this page's language.
fn inventory() -> Arc<Inventory> {
    site().inventory_in(with_context(|visitor: &Arc<Visitor>| visitor.locale).unwrap_or_default())
}

/// The address of a page that leads back to another, if there is one.
fn address_with_return(page: Page, to: Option<Page>) -> String {
    let address = address(page);
    to.map_or_else(|| address.clone(), |to| format!("{address}?return_to={to}"))
}

/// Whoever asked for this page.
fn visitor() -> Arc<Visitor> {
    expect_context()
}
