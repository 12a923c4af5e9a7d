//! `/transparency`: the compliance report of this site by the rules of published studies, and its
//! limits.

use std::sync::Arc;

use leptos::prelude::*;
use strum::VariantArray as _;

use super::{address, site, strings};
use crate::{
    content::i18n::Messages,
    domain::{
        compliance::{
            Citation, ComplianceReport, ComplianceState, Examined, Finding, Obstacle, Rule, RuleGroup, RuleOutcome,
            Tried,
        },
        policy::document::Edition,
        web::page::Page,
    },
    pages::{
        components::{format, rich_text, tally::tally},
        layout::document::Document,
    },
};

#[component]
pub(super) fn Transparency() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.compliance);
    let in_force = site().current_version();
    let found = match &in_force.content.compliance {
        None => view! { <p class="empty-state">{texts.none()}</p> }.into_any(),
        Some(report) => report_sections(&strings, report, in_force.edition()),
    };
    view! {
        <Document title=texts.title() description=texts.description()>
            <div class="transparency">
                <h1>{texts.title()}</h1>
                <p class="lead">{texts.lead()}</p>
                {found} {limits(&strings)} {repeat(&strings)}
            </div>
        </Document>
    }
    .into_any()
}

/// The report, and whether it applies to the current edition.
fn report_sections(strings: &Messages, report: &ComplianceReport, in_force: Option<&Edition>) -> AnyView {
    let texts = &strings.compliance;
    let ComplianceReport { made, version, browser, rules, .. } = report;
    let edition = rich_text::link(address(Page::Edition(*version)));
    let moment = format::moment(strings.locale(), *made);
    let browser = format!("{} {}", browser.name, browser.version);
    let is_of_another = !in_force.is_some_and(|edition| report.matches(edition));
    let warning = is_of_another.then(|| {
        view! {
            <p class="warning" data-report="of-another-edition">
                {texts.other_edition(version, rich_text::plain, rich_text::strong)}
            </p>
        }
    });
    let summary = report.summary();
    let counts = [
        ("kept", texts.kept(), summary.kept.to_string()),
        ("broken", texts.broken(), summary.broken.to_string()),
        ("not_tried", texts.not_tried(), summary.not_tried.to_string()),
    ];
    view! {
        {warning}
        <section aria-labelledby="examined">
            <h2 id="examined">{texts.examined()}</h2>
            {tally(counts)}
            <p>{texts.made(moment, version, browser, rich_text::plain, edition)}</p>
        </section>
        <section aria-labelledby="rules">
            <h2 id="rules">{texts.rules()}</h2>
            <table class="report" aria-labelledby="rules">
                <thead>
                    <tr>
                        <th scope="col">{texts.rule()}</th>
                        <th scope="col">{texts.result()}</th>
                    </tr>
                </thead>
                {RuleGroup::VARIANTS
                    .iter()
                    .map(|group| {
                        let entries = rules.iter().filter(|examined| examined.rule.group() == *group);
                        view! {
                            <tbody>
                                <tr class="group">
                                    <th colspan="2" scope="rowgroup">
                                        {group_text(strings, *group)}
                                    </th>
                                </tr>
                                {entries.map(|examined| entry(strings, examined)).collect_view()}
                            </tbody>
                        }
                    })
                    .collect_view()}
            </table>
        </section>
    }
    .into_any()
}

fn entry(strings: &Messages, Examined { rule, outcome }: &Examined) -> AnyView {
    let texts = &strings.compliance;
    let (title, how) = rule_texts(strings, *rule);
    let (mark, quiet, class) = match outcome {
        RuleOutcome::Tried { findings, .. } if findings.is_empty() => (texts.is_kept(), false, "kept"),
        RuleOutcome::Tried { .. } => (texts.is_broken(), false, "broken"),
        RuleOutcome::NotTried(_) => (texts.is_not_tried(), true, "not_tried"),
    };
    view! {
        <tr data-rule=rule.into_str() data-outcome=class>
            <th scope="row">
                {title}
                <details open=class == "broken">
                    <summary>{texts.details()}</summary>
                    <p>{how}</p>
                    {result(strings, outcome)}
                    {source(strings, *rule)}
                </details>
            </th>
            <td>
                <span class="badge" class:badge--muted=quiet class:badge--warning=class == "broken">
                    {mark}
                </span>
            </td>
        </tr>
    }
    .into_any()
}

fn group_text(strings: &Messages, group: RuleGroup) -> String {
    let texts = &strings.compliance;
    match group {
        RuleGroup::BeforeChoice => texts.before_choice(),
        RuleGroup::Choosing => texts.choosing(),
        RuleGroup::AfterChoice => texts.after_choice(),
        RuleGroup::Declared => texts.declared(),
    }
}

/// What was examined and found.
fn result(strings: &Messages, outcome: &RuleOutcome) -> AnyView {
    let texts = &strings.compliance;
    match outcome {
        RuleOutcome::NotTried(obstacle) => view! { <p>{obstacle_text(strings, *obstacle)}</p> }.into_any(),
        RuleOutcome::Tried { tried, findings } if findings.is_empty() => {
            view! { <p>{texts.tried(examined_amounts(strings, tried))} " " {texts.nothing_found()}</p> }.into_any()
        }
        RuleOutcome::Tried { tried, findings } => {
            let findings = findings.iter().map(|found| finding(strings, found)).collect_view();
            view! {
                <p>{texts.tried(examined_amounts(strings, tried))}</p>
                <ul class="findings">{findings}</ul>
            }
            .into_any()
        }
    }
}

/// One violation, as the examination recorded it.
fn finding(strings: &Messages, Finding { state, subject, seen, expected }: &Finding) -> impl IntoView + use<> {
    let texts = &strings.compliance;
    let fact = |label: String, value: &Option<String>| {
        let value = value.clone();
        value.map(|value| view! { " " {label} " " <code dir="auto">{value}</code> })
    };
    view! {
        <li>
            {state_text(strings, *state)} " " <code dir="auto">{subject.clone()}</code> {fact(texts.seen(), seen)}
            {fact(texts.expected(), expected)}
        </li>
    }
}

/// The first publication that described a rule. Titles are the same in every language.
fn source(strings: &Messages, rule: Rule) -> AnyView {
    let Some(source) = rule.source() else {
        return view! { <p class="hint">{strings.compliance.own_rule()}</p> }.into_any();
    };
    let Citation { authors, title, published, address } = source.citation();
    view! {
        <p class="hint">
            <cite lang="en" dir="ltr">
                {authors} ": " <a href=address>{title}</a> ". " {published}
            </cite>
        </p>
    }
    .into_any()
}

/// What such a report cannot show.
fn limits(strings: &Messages) -> impl IntoView + use<> {
    let texts = &strings.compliance;
    let all = [
        texts.limit_browser(),
        texts.limit_server(),
        texts.limit_time(),
        texts.limit_reach(),
        texts.limit_self(),
        texts.limit_law(),
    ];
    view! {
        <section aria-labelledby="limits">
            <h2 id="limits">{texts.limits()}</h2>
            <p>{texts.limits_lead()}</p>
            <ul>{all.map(|limit| view! { <li>{limit}</li> }).collect_view()}</ul>
        </section>
    }
}

/// How to repeat the examination.
fn repeat(strings: &Messages) -> impl IntoView + use<> {
    let texts = &strings.compliance;
    view! {
        <section aria-labelledby="repeat">
            <h2 id="repeat">{texts.repeat()}</h2>
            <p>{texts.repeat_here(rich_text::plain, command)}</p>
            <p>{texts.repeat_elsewhere(rich_text::plain, command)}</p>
        </section>
    }
}

/// A command, which is always left-to-right.
fn command(text: String) -> AnyView {
    view! { <code dir="ltr">{text}</code> }.into_any()
}

/// Lists how much was examined.
fn examined_amounts(strings: &Messages, tried: &Tried) -> String {
    let texts = &strings.compliance;
    let Tried { browsers, pages, cookies, declarations, controls, screens, requests } = *tried;
    let amount = |count: Option<u32>, format: &dyn Fn(u64) -> String| count.map(|count| format(count.into()));
    let all = [
        amount(browsers, &|count| texts.browsers(count)),
        amount(pages, &|count| texts.pages(count)),
        amount(cookies, &|count| texts.cookies(count)),
        amount(declarations, &|count| texts.declarations(count)),
        amount(controls, &|count| texts.controls(count)),
        amount(screens, &|count| texts.screens(count)),
        amount(requests, &|count| texts.requests(count)),
    ];
    format::list(strings, all.into_iter().flatten())
}

fn state_text(strings: &Messages, state: ComplianceState) -> String {
    let texts = &strings.compliance;
    match state {
        ComplianceState::Fresh => texts.fresh(),
        ComplianceState::Scrolled => texts.scrolled(),
        ComplianceState::Browsed => texts.browsed(),
        ComplianceState::Closed => texts.closed(),
        ComplianceState::Accepted => texts.accepted(),
        ComplianceState::Refused => texts.refused(),
        ComplianceState::Withdrawn => texts.withdrawn(),
        ComplianceState::Signal => texts.signal(),
    }
}

fn obstacle_text(strings: &Messages, obstacle: Obstacle) -> String {
    let texts = &strings.compliance;
    match obstacle {
        Obstacle::NoDeclarations => texts.no_declarations(),
        Obstacle::NoNotice => texts.no_notice(),
        Obstacle::NoAccept => texts.no_accept(),
        Obstacle::NoReject => texts.no_reject(),
        Obstacle::NoWithdrawal => texts.no_withdrawal(),
        Obstacle::NoSettings => texts.no_settings(),
        Obstacle::NothingOptional => texts.nothing_optional(),
    }
}

/// Returns what a rule requires, and how it is examined.
fn rule_texts(strings: &Messages, rule: Rule) -> (String, String) {
    let texts = &strings.compliance_rules;
    match rule {
        Rule::Undeclared => (texts.undeclared(), texts.undeclared_how()),
        Rule::Lifetime => (texts.lifetime(), texts.lifetime_how()),
        Rule::OnePurpose => (texts.one_purpose(), texts.one_purpose_how()),
        Rule::Misclassified => (texts.misclassified(), texts.misclassified_how()),
        Rule::BeforeChoice => (texts.before_choice(), texts.before_choice_how()),
        Rule::IgnoredRefusal => (texts.ignored_refusal(), texts.ignored_refusal_how()),
        Rule::ImplicitConsent => (texts.implicit_consent(), texts.implicit_consent_how()),
        Rule::NoNotice => (texts.no_notice(), texts.no_notice_how()),
        Rule::NoReject => (texts.no_reject(), texts.no_reject_how()),
        Rule::UnequalButtons => (texts.unequal_buttons(), texts.unequal_buttons_how()),
        Rule::ForcedAction => (texts.forced_action(), texts.forced_action_how()),
        Rule::AfterClose => (texts.after_close(), texts.after_close_how()),
        Rule::Preselected => (texts.preselected(), texts.preselected_how()),
        Rule::NoWithdrawal => (texts.no_withdrawal(), texts.no_withdrawal_how()),
        Rule::WithdrawalHarder => (texts.withdrawal_harder(), texts.withdrawal_harder_how()),
        Rule::NotDeleted => (texts.not_deleted(), texts.not_deleted_how()),
        Rule::Inconsistent => (texts.inconsistent(), texts.inconsistent_how()),
        Rule::Storage => (texts.storage(), texts.storage_how()),
        Rule::ThirdParties => (texts.third_parties(), texts.third_parties_how()),
        Rule::Beacon => (texts.beacon(), texts.beacon_how()),
        Rule::IdentifyingBeacon => (texts.identifying_beacon(), texts.identifying_beacon_how()),
        Rule::Signal => (texts.signal(), texts.signal_how()),
    }
}
