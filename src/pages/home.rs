//! `/`: what Harmony is, what your browser holds now, your choice, and where to go.

use leptos::prelude::*;

use super::{document::Document, site, visitor, words};
use crate::model::{decision::Answer, purpose::Optional};

/// The page.
#[component]
pub(super) fn Home() -> impl IntoView {
    let visitor = visitor();
    let content = site().content();
    let carried = visitor.carried();
    let ours = carried.iter().filter(|cookie| content.inventory.find(&cookie.name).is_some()).count();
    let others = carried.len() - ours;
    let holds = match (ours, others) {
        (0, 0) => "No cookie came with this request.".to_owned(),
        (ours, 0) => format!("{} of ours, and no other.", count(ours)),
        (0, others) => format!("None of ours, and {} from elsewhere.", count(others).to_lowercase()),
        (ours, others) => format!("{} of ours, and {} from elsewhere.", count(ours), count(others).to_lowercase()),
    };
    let set = visitor.setting.iter().map(|own| own.name()).collect::<Vec<_>>();
    let choice = match visitor.in_force {
        None => "You have not chosen yet, so nothing optional is set.".to_owned(),
        Some(in_force) => {
            let choices = in_force.decision().choices;
            let granted: Vec<_> = Optional::ALL
                .into_iter()
                .filter(|purpose| choices.get(*purpose) == Answer::Yes)
                .map(Optional::name)
                .collect();
            let day = words::day(in_force.decision().made_at.day());
            if granted.is_empty() {
                format!("On {day} you said no to everything optional.")
            } else {
                format!("On {day} you said yes to {}.", words::row(&granted))
            }
        }
    };
    view! {
        <Document
            title="Cookies, in harmony with the policy"
            description="A cookie policy that is true: read it, see the cookies in your browser, and decide."
        >
            <div class="home">
                <h1>"A cookie policy that is true"</h1>
                <p class="lead">
                    "Harmony publishes its cookie policy, shows you the cookies that your browser really holds, and lets you decide. The policy and the server work from one list, so they cannot differ."
                </p>
                <dl class="facts">
                    <div>
                        <dt>"In your browser now"</dt>
                        <dd>
                            {holds}
                            {(!set.is_empty()).then(|| format!(" This page sets {}.", words::row(&set)))}
                        </dd>
                    </div>
                    <div>
                        <dt>"Your choice"</dt>
                        <dd>{choice}</dd>
                    </div>
                </dl>
                <p class="ways">
                    <a class="button" href="/preferences">
                        "See and control your cookies"
                    </a>
                    <a class="button" href="/policy">
                        "Read the policy"
                    </a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}

fn count(number: usize) -> String {
    match number {
        1 => "One cookie".into(),
        2 => "Two cookies".into(),
        3 => "Three cookies".into(),
        4 => "Four cookies".into(),
        more => format!("{more} cookies"),
    }
}
