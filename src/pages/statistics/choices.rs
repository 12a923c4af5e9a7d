//! What visitors decided: a table for each purpose, by edition and by service.

use leptos::prelude::*;

use super::service_name;
use crate::{
    content::i18n::Messages,
    domain::{
        analytics::{
            MIN_GROUP_SIZE,
            choices::ChoiceDimension,
            statistics::{self, WeekStatistics},
        },
        cookies::purpose::Purpose,
        ledger::choice::PurposeOutcome,
    },
    pages::{components::format, inventory},
};

/// The tables, or why there are none.
pub(super) fn section(strings: &Messages, weeks: &[WeekStatistics]) -> AnyView {
    let texts = &strings.statistics;
    let tables: Vec<_> = ChoiceDimension::all(inventory().optional_purposes())
        .into_iter()
        .filter_map(|dimension| table(strings, weeks, dimension))
        .collect();
    let found = if tables.is_empty() {
        view! { <p class="empty-state">{texts.no_choices(MIN_GROUP_SIZE)}</p> }.into_any()
    } else {
        view! { <div class="counts">{tables}</div> }.into_any()
    };
    view! {
        <section aria-labelledby="choices">
            <h2 id="choices">{texts.choices()}</h2>
            <p>{texts.choices_lead()}</p>
            {found}
        </section>
    }
    .into_any()
}

fn table(strings: &Messages, weeks: &[WeekStatistics], dimension: ChoiceDimension) -> Option<AnyView> {
    let texts = &strings.statistics;
    let sum = statistics::choices(weeks, dimension);
    let others = (sum.hidden > 0).then(|| (texts.others(), sum.hidden));
    let rows: Vec<_> =
        sum.shown.into_iter().map(|(group, count)| (name(strings, dimension, group), count)).chain(others).collect();
    if rows.is_empty() {
        return None;
    }
    let (title, head) = match dimension {
        ChoiceDimension::Purpose(purpose) => {
            (format::purpose_title(strings, Purpose::Optional(purpose)), texts.answer())
        }
        ChoiceDimension::Version => (texts.by_version(), texts.version()),
        ChoiceDimension::Service => (texts.by_service(), texts.service()),
    };
    let row = |(label, count): (String, u64)| {
        view! {
            <tr>
                <th scope="row">
                    <bdi>{label}</bdi>
                </th>
                <td>{count.to_string()}</td>
            </tr>
        }
    };
    let table = view! {
        <table class="table--numeric">
            <caption>{title}</caption>
            <thead>
                <tr>
                    <th scope="col">{head}</th>
                    <th scope="col">{texts.decisions()}</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    };
    Some(table.into_any())
}

fn name(strings: &Messages, dimension: ChoiceDimension, group: String) -> String {
    let texts = &strings.statistics;
    match dimension {
        ChoiceDimension::Purpose(_) => match group.parse() {
            Ok(PurposeOutcome::Allowed) => texts.allowed(),
            Ok(PurposeOutcome::Rejected) => texts.rejected(),
            Ok(PurposeOutcome::Withdrawn) => texts.withdrawn(),
            Ok(PurposeOutcome::Unanswered) => texts.unanswered(),
            Err(_) => group,
        },
        ChoiceDimension::Version => group,
        ChoiceDimension::Service if group.is_empty() => texts.this_site(),
        ChoiceDimension::Service => service_name(&group).unwrap_or(group),
    }
}
