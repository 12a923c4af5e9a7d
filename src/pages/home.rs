//! `/`: what Harmony is, which cookies the browser has, the visitor's decision, and links.

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;

use super::{address, inventory, request, signal, strings};
use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::{Answer, Decision},
        cookies::{declaration::FirstPartyCookie, purpose::Optional},
        web::page::Page,
    },
    pages::{
        components::{format, rich_text},
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
    let ours = carried.iter().filter(|cookie| inventory.find(cookie.name).is_some()).count();
    let others = all - ours;
    let holds = match (ours as u64, others as u64) {
        (0, 0) => texts.no_cookie(),
        (ours, 0) => texts.ours_alone(texts.ours(ours)),
        (0, others) => texts.elsewhere_alone(texts.elsewhere(others)),
        (ours, others) => texts.both(texts.ours(ours), texts.elsewhere(others)),
    };
    let set = format::list(&strings, request.cookies.to_set.iter().map(FirstPartyCookie::into_str));
    let chosen = match request.consent.effective {
        None if request.consent.to_reconsent().is_empty() => texts.not_chosen(),
        None => texts.not_counting(),
        Some(in_force) => decision_summary(&strings, in_force.decision(), &request.consent.to_reconsent()),
    };
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
                            {(!set.is_empty()).then(|| format!(" {}", texts.sets(set)))}
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
                    <a class="button" href=address(Page::Policy)>
                        {texts.policy()}
                    </a>
                </p>
            </div>
        </Document>
    }
    .into_any()
}

/// Returns what the visitor granted and when, or that they refused everything, and which questions
/// are open again.
fn decision_summary(strings: &Messages, decision: &Decision, open_again: &[Optional]) -> String {
    let texts = &strings.home;
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for purpose in Optional::ALL.into_iter().filter(|purpose| decision.answers.get(*purpose) == Answer::Yes) {
        let at = decision.answered_at.get(purpose).unwrap_or(decision.decided_at);
        days.entry(at.day()).or_default().push(purpose);
    }
    let granted = days.into_iter().fold(None, |before: Option<String>, (day, purposes)| {
        let (day, purposes) = (format::day(strings.locale(), day), format::purposes(strings, purposes));
        Some(match before {
            None => texts.yes_to(day, purposes),
            Some(before) => texts.yes_and(before, day, purposes),
        })
    });
    let chosen = match granted {
        Some(granted) => texts.sentence(granted),
        None if !open_again.is_empty() => {
            let refused = Optional::ALL.into_iter().filter(|purpose| !open_again.contains(purpose));
            texts.no_to(format::purposes(strings, refused))
        }
        None => texts.no_to_all(format::day(strings.locale(), decision.decided_at.day())),
    };
    if open_again.is_empty() {
        return chosen;
    }
    let open = format::purposes(strings, open_again.iter().copied());
    format!("{chosen} {}", strings.words.open_again(open))
}
