//! `/`: what Harmony is, which cookies the browser has, the visitor's decision, and links.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, current_choice, inventory, request, signal, strings};
use crate::{
    domain::web::page::Page,
    pages::{
        components::{format, identifiers, identifiers::marked, rich_text},
        layout::document::Document,
    },
};

#[component]
pub(super) fn Home() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = Arc::clone(&strings.home);
    let inventory = inventory();
    let carried = &request.cookies.received;
    let all = carried.iter().count();
    let ours = carried.iter().filter(|cookie| inventory.find_or_former(cookie.name).is_some()).count();
    let others = all - ours;
    let holds = match (ours, others) {
        (0, 0) => texts.no_cookie(),
        (ours, 0) => texts.ours_alone(texts.ours(ours)),
        (0, others) => texts.elsewhere_alone(texts.elsewhere(others)),
        (ours, others) => texts.both(texts.ours(ours), texts.elsewhere(others)),
    };
    let set = format::list(&strings, inventory.names(&request.cookies.to_set).map(marked));
    let chosen = current_choice::summary(&strings, &request.consent);
    let choice = match request.consent.signal {
        None => chosen,
        Some(signal) => signal::beside_choice(&strings, &request, signal, chosen),
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="home">
                <h1>{texts.heading()}</h1>
                <p class="lead">{texts.lead()}</p>
                {request
                    .identity
                    .user
                    .as_ref()
                    .map(|user| {
                        view! {
                            <p id="who">{texts.signed_in(&user.account.email, rich_text::plain, rich_text::strong)}</p>
                        }
                    })}
                <dl class="facts">
                    <div>
                        <dt>{texts.in_browser()}</dt>
                        <dd>
                            {holds}
                            {(!set.is_empty()).then(|| view! { " " {identifiers::text(&texts.sets(set))} })}
                        </dd>
                    </div>
                    <div>
                        <dt>{texts.your_choice()}</dt>
                        <dd>{choice}</dd>
                    </div>
                </dl>
                <p class="actions">
                    <a class="button" href=address(Page::Preferences)>
                        {texts.preferences()}
                    </a>
                    " "
                    <a class="button button--secondary" href=address(Page::Policy)>
                        {texts.policy()}
                    </a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}
