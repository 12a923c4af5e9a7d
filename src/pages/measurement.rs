//! `/transparency/measurement`: what is counted and measured of visitors, as the running server
//! does it, and how that compares with the criteria of an authority.

use std::sync::Arc;

use leptos::prelude::*;

use super::{address, site, strings};
use crate::{
    app::{AppState, analytics},
    content::i18n::Messages,
    domain::{
        analytics::{
            MIN_GROUP_SIZE,
            performance::Metric,
            statistics::{STORED_WEEKS, WEEKS},
        },
        cookies::{
            collected::Collected,
            declaration::FirstPartyCookie,
            inventory::Inventory,
            purpose::{Optional, Purpose},
        },
        web::page::Page,
    },
    pages::{
        components::{format, rich_text},
        layout::document::Document,
        statistics,
    },
};

/// The page of the authority that has the criteria (CNIL, "Cookies: solutions pour les outils de
/// mesure d’audience").
const CRITERIA: &str =
    "https://www.cnil.fr/fr/cookies-et-autres-traceurs/regles/cookies-solutions-pour-les-outils-de-mesure-daudience";

#[component]
pub(super) fn Measurement() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.measurement);
    let site = site();
    let current = site.current_version();
    let inventory = current.localized_inventory(strings.locale());
    let edition = rich_text::link(address(Page::Edition(current.version)));
    let transparency = rich_text::link(address(Page::Transparency));
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="transparency">
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead(current.version, rich_text::plain, edition)}</p>
                {facts(&strings, &site, &inventory)} {objecting(&strings)} {criteria(&strings, &inventory)}
                <p>{texts.back(rich_text::plain, transparency)}</p>
            </div>
        </Document>
    }
    .into_any()
}

/// A row: what it is about, and what holds here.
fn row(name: String, value: impl IntoView + 'static) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// What the running server counts, measures and stores.
fn facts(strings: &Messages, site: &Arc<AppState>, inventory: &Inventory) -> AnyView {
    let texts = &strings.measurement;
    let has_country = inventory.collects(Collected::Country);
    let has_performance = inventory.collects(Collected::Performance);
    let country = match (has_country, site.has_country_header) {
        (false, _) => texts.no_country(),
        (true, false) => texts.country_table(),
        (true, true) => texts.country_header(),
    };
    let performance = if has_performance {
        let names = Metric::ALL.iter().map(|metric| statistics::abbreviation(strings, *metric));
        view! {
            <p>{texts.performance(format::list(strings, names))}</p>
            <ul>{Metric::ALL.iter().map(|metric| meaning(strings, *metric)).collect_view()}</ul>
        }
        .into_any()
    } else {
        texts.no_performance().into_any()
    };
    let purpose = Purpose::Optional(Optional::ANALYTICS);
    let cookies = inventory.cookies_for(purpose).map(|cookie| {
        let lifetime = format::lifetime(strings, cookie.lifetime);
        view! {
            <p>
                <code dir="ltr">{cookie.name.clone()}</code>
                " "
                <span>{cookie.description.clone()}</span>
                " "
                <span>{lifetime}</span>
            </p>
        }
    });
    let cookies = cookies.collect_view();
    let question = inventory.purpose(purpose).map(|text| text.description.clone());
    view! {
        <section aria-labelledby="facts">
            <h2 id="facts">{texts.facts()}</h2>
            <dl class="description-list">
                {row(texts.asked_for(), question)} {row(texts.when(), texts.when_text())}
                {row(texts.country_name(), country)} {row(texts.performance_name(), performance)}
                {row(texts.cookie_name(), cookies)} {row(texts.stored_name(), texts.stored(STORED_WEEKS))}
                {row(texts.oldest_name(), oldest(strings, site))}
                {row(texts.published_name(), texts.published(MIN_GROUP_SIZE, WEEKS, rich_text::plain, rich_text::link(address(Page::Statistics))))}
                {row(texts.shared_name(), texts.shared())}
            </dl>
        </section>
    }
    .into_any()
}

/// What a metric measures, in plain words, after its name.
fn meaning(strings: &Messages, metric: Metric) -> AnyView {
    // That of the server's time is a word already.
    let name = (metric != Metric::Server).then(|| format!("{}. ", statistics::metric_name(strings, metric)));
    view! {
        <li>
            <strong>{statistics::abbreviation(strings, metric)}</strong>
            ": "
            {name}
            {statistics::meaning(strings, metric)}
        </li>
    }
    .into_any()
}

/// The oldest day that has a count, as the store has it now.
fn oldest(strings: &Messages, site: &Arc<AppState>) -> AnyView {
    let (site, locale) = (Arc::clone(site), strings.locale());
    let (none, unavailable) = (strings.measurement.no_count(), strings.measurement.unavailable());
    let text = move || {
        let (site, none, unavailable) = (Arc::clone(&site), none.clone(), unavailable.clone());
        Suspend::new(async move {
            match analytics::oldest_day(&site).await {
                Ok(day) => day.map_or(none, |day| format::day(locale, day)),
                Err(error) => {
                    tracing::error!(%error, "the oldest count could not be read");
                    unavailable
                }
            }
        })
    };
    view! { <Suspense>{text}</Suspense> }.into_any()
}

/// Where a visitor changes their mind.
fn objecting(strings: &Messages) -> AnyView {
    let texts = &strings.measurement;
    view! {
        <section aria-labelledby="objecting">
            <h2 id="objecting">{texts.objecting()}</h2>
            <p>{texts.objecting_text(rich_text::plain, rich_text::link(address(Page::Preferences)))}</p>
        </section>
    }
    .into_any()
}

/// The criteria of the French authority for audience measurement, and what this site does.
fn criteria(strings: &Messages, inventory: &Inventory) -> AnyView {
    let texts = &strings.measurement;
    let cookie = inventory.first_party(FirstPartyCookie::Analytics);
    let lifetime = cookie.map(|cookie| format::lifetime(strings, cookie.lifetime)).unwrap_or_default();
    let rows = [
        (texts.only_purpose(), texts.only_purpose_here()),
        (texts.only_publisher(), texts.only_publisher_here()),
        (texts.no_tracking(), texts.no_tracking_here()),
        (texts.anonymous(), texts.anonymous_here(MIN_GROUP_SIZE)),
        (texts.not_combined(), texts.not_combined_here()),
        (texts.address(), texts.address_here()),
        (texts.told(), texts.told_here()),
        (texts.cookie_months(), texts.cookie_months_here(lifetime)),
        (texts.data_months(), texts.data_months_here(STORED_WEEKS)),
    ];
    let rows = rows.map(|(criterion, here)| {
        view! {
            <tr>
                <th scope="row">{criterion}</th>
                <td>{here}</td>
            </tr>
        }
    });
    view! {
        <section aria-labelledby="criteria">
            <h2 id="criteria">{texts.criteria()}</h2>
            <p>{texts.criteria_lead(rich_text::plain, rich_text::link(CRITERIA.to_owned()))}</p>
            <table class="criteria">
                <thead>
                    <tr>
                        <th scope="col">{texts.criterion()}</th>
                        <th scope="col">{texts.here()}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}
