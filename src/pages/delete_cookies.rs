//! `/preferences/delete`: asks whether to delete every cookie, and lists what would go.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, address, request, strings};
use crate::{
    domain::web::{form_route::DELETE_ALL, page::Page, path},
    pages::{
        components::{form_fields::KeyField, format, rich_text},
        layout::document::Document,
    },
};

/// The most cookies that are listed.
const MAX_LISTED: usize = 200;

#[component]
pub(super) fn DeleteCookies() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = Arc::clone(&strings.delete_all);
    let names = request.cookies.received.names();
    let more = names.len().saturating_sub(MAX_LISTED);
    let listed = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| view! { <li><code>{format::cookie(&strings, name)}</code></li> })
        .collect_view();
    let list = if names.is_empty() {
        view! { <p>{texts.none()}</p> }.into_any()
    } else {
        view! {
            <p>{texts.list()}</p>
            <ul class="deletion-list">{listed}</ul>
            {(more > 0).then(|| view! { <p>{strings.preferences.more_stored(more as u64)}</p> })}
        }
        .into_any()
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="confirmation">
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead()}</p>
                {list}
                {request.consent.record_ref.is_some().then(|| {
                    let export = rich_text::link(action(path::BROWSER_EXPORT));
                    view! { <p>{texts.records(rich_text::plain, export)}</p> }
                })}
                {request.identity.signed_in.then(|| view! { <p>{texts.signs_out()}</p> })}
                <form id="delete-all" class="button-group" method="post" action=action(DELETE_ALL)>
                    <KeyField />
                    <button class="button button--danger">{texts.button()}</button>
                    <a class="button button--secondary" href=address(Page::Preferences)>
                        {texts.cancel()}
                    </a>
                </form>
            </div>
        </Document>
    }
    .into_any()
}
