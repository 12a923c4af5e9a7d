//! `/`: what Harmony is, what your browser holds now, your choice, and where to go.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{document::Document, signal, site, visitor, words};
use crate::model::{
    decision::{Answer, Decision},
    purpose::Optional,
};

/// The page.
#[component]
pub(super) fn Home() -> impl IntoView {
    let visitor = visitor();
    let inventory = site().inventory();
    let carried = visitor.carried();
    let ours = carried.iter().filter(|cookie| inventory.find(&cookie.name).is_some()).count();
    let others = carried.len() - ours;
    let holds = match (ours, others) {
        (0, 0) => "No cookie came with this request.".to_owned(),
        (ours, 0) => format!("{} of ours, and no other.", count(ours)),
        (0, others) => format!("None of ours, and {} from elsewhere.", count(others).to_lowercase()),
        (ours, others) => format!("{} of ours, and {} from elsewhere.", count(ours), count(others).to_lowercase()),
    };
    let set = visitor.setting.iter().map(|own| own.name()).collect::<Vec<_>>();
    let chosen = match visitor.in_force {
        None if visitor.open_again().is_empty() => "You have not chosen yet, so nothing optional is set.".to_owned(),
        None => "Your choice does not count any more, so nothing optional is set until you choose again.".to_owned(),
        Some(in_force) => said(in_force.decision(), &visitor.open_again()),
    };
    let choice = match visitor.signal {
        None => chosen,
        Some(signal) => signal::beside_choice(&visitor, signal, chosen),
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
                {visitor
                    .member
                    .as_ref()
                    .map(|member| {
                        view! {
                            <p id="who">
                                "Signed in as " <strong>{member.account.email.to_string()}</strong> ". Your choices follow you here."
                            </p>
                        }
                    })}
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

/// What the visitor said yes to, each on its day, or that they said no to everything; and what they are asked again.
fn said(decision: &Decision, open_again: &[Optional]) -> String {
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for purpose in Optional::ALL.into_iter().filter(|purpose| decision.choices.get(*purpose) == Answer::Yes) {
        let at = decision.chosen_at.get(purpose).unwrap_or(decision.made_at);
        days.entry(at.day()).or_default().push(purpose.name());
    }
    let said: Vec<_> = days.into_iter().map(|(day, names)| (words::day(day), words::row(&names))).collect();
    let chosen = match said.split_first() {
        None if !open_again.is_empty() => {
            let refused = Optional::ALL.into_iter().filter(|purpose| !open_again.contains(purpose));
            let refused: Vec<_> = refused.map(Optional::name).collect();
            format!("You said no to {}.", words::row(&refused))
        }
        None => format!("On {} you said no to everything optional.", words::day(decision.made_at.day())),
        Some(((day, names), later)) => {
            let first = format!("On {day} you said yes to {names}");
            let later = later.iter().map(|(day, names)| format!("on {day} to {names}"));
            std::iter::once(first).chain(later).collect::<Vec<_>>().join(", and ") + "."
        }
    };
    if open_again.is_empty() {
        return chosen;
    }
    let open: Vec<_> = open_again.iter().map(|purpose| purpose.name()).collect();
    format!("{chosen} The question about {} is open again.", words::row(&open))
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
