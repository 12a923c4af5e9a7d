//! What a reader sees: server-rendered views, one file per page, shared parts beside them.
//!
//! Each page is a whole [`document::Document`]. It reads through `server` and writes only by forms that post to `api`.

mod banner;
mod cookie_table;
mod document;
mod home;
mod insights;
mod notices;
mod policy;
mod policy_text;
mod preferences;
mod questions;
mod refusal;
mod words;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use self::{home::Home, insights::Insights, policy::Policy, preferences::Preferences};
use crate::{
    model::refusal::Refusal,
    server::{State, http::visitor::Visitor},
};

/// Every page and its address. The whole of a page is ready before its first byte is sent, headers and all.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| ()>
                <Route path=path!("/") view=Home ssr=SsrMode::Async />
                <Route path=path!("/policy") view=Policy ssr=SsrMode::Async />
                <Route path=path!("/policy/:version") view=Policy ssr=SsrMode::Async />
                <Route path=path!("/preferences") view=Preferences ssr=SsrMode::Async />
                <Route path=path!("/insights") view=Insights ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The page of a refused request, as HTML.
pub(crate) fn refused(site: &Arc<State>, visitor: Visitor, refusal: Refusal, reference: Option<String>) -> String {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(Arc::clone(site));
        provide_context(visitor);
        view! { <refusal::Refused refusal reference /> }.to_html()
    })
}

/// The server that renders this page.
fn site() -> Arc<State> {
    expect_context()
}

/// Whoever asked for this page.
fn visitor() -> Visitor {
    expect_context()
}
