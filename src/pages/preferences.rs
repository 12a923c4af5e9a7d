//! `/preferences`: the decision, the cookies in this browser, and the appearance, with forms to
//! change them.

pub(crate) mod stored;

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;
use strum::VariantArray as _;

use super::{
    action, inventory, request,
    signal::{Received, own_answer},
    strings,
};
use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::{Answer, CollectedVia, EffectiveConsent},
        cookies::purpose::{Optional, PerPurpose, Purpose},
        web::{
            appearance::{TextSize, Theme},
            page::Page,
        },
    },
    islands::enhanced_forms::InPlace,
    pages::{
        components::{
            changes,
            flash::Notices,
            form_fields::{KeyField, PromptField},
            format,
            radio_group::{Offer, Question, yes_and_no},
            rich_text,
        },
        layout::document::Document,
        preferences::stored::StoredCookies,
    },
};

#[component]
pub(super) fn Preferences() -> impl IntoView {
    let strings = strings();
    let texts = Arc::clone(&strings.preferences);
    view! {
        <Document title=texts.title() description=texts.description() island=true>
            <InPlace>
                <Notices />
                <h1>{texts.title()}</h1>
                <Status />
                <Proof />
                <Received />
                <ChoicesForm />
                <StoredCookies />
                <AppearanceForm />
            </InPlace>
        </Document>
    }
    .into_any()
}

/// Whether, when, how and under which edition the visitor decided, and until when the decision is
/// valid.
#[component]
fn Status() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let Some(in_force) = request.consent.effective else {
        let sentence = if !request.consent.overridden.is_empty() {
            texts.set_aside()
        } else if request.consent.to_reconsent().is_empty() {
            texts.not_chosen()
        } else {
            texts.not_counting()
        };
        return view! {
            <p id="decision" class="lead">
                {sentence}
            </p>
        }
        .into_any();
    };
    let decision = in_force.decision();
    let moment = format::moment(strings.locale(), decision.decided_at);
    let edition = rich_text::link(request.path_of(Page::Edition(decision.version)));
    let chosen = match decision.collected_via {
        _ if !request.consent.is_own => texts.chosen_elsewhere(moment, decision.version, rich_text::plain, edition),
        CollectedVia::Banner => texts.chosen_with_banner(moment, decision.version, rich_text::plain, edition),
        CollectedVia::Preferences => texts.chosen_here(moment, decision.version, rich_text::plain, edition),
        CollectedVia::Footer => texts.chosen_at_foot(moment, decision.version, rich_text::plain, edition),
        CollectedVia::Api => texts.chosen_at_service(moment, decision.version, rich_text::plain, edition),
    };
    view! {
        <p id="decision" class="lead">
            {chosen} " " {validity(&strings, &in_force, &request.consent.to_reconsent())}
        </p>
    }
    .into_any()
}

/// Links to the receipt of the current decision and to the history.
#[component]
fn Proof() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let receipt = request.consent.record.map(|record| {
        view! {
            <li>
                <a href=format!("/receipts/{record}")>{texts.receipt()}</a>
            </li>
        }
    });
    view! {
        <ul id="proof" class="links">
            {receipt}
            <li>
                <a href=request.path_of(Page::History)>{texts.history()}</a>
            </li>
        </ul>
    }
    .into_any()
}

/// Until when the answers are valid, and which questions are open again.
fn validity(strings: &Messages, in_force: &EffectiveConsent, open_again: &[Optional]) -> String {
    let texts = &strings.preferences;
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for purpose in Optional::ALL {
        if let Some(at) = in_force.expires_at().get(purpose) {
            days.entry(at.day()).or_default().push(purpose);
        }
    }
    let format_day = |day: &time::Date| format::day(strings.locale(), *day);
    let until = match &days.iter().collect::<Vec<_>>()[..] {
        [(day, _)] if open_again.is_empty() => texts.holds(format_day(day)),
        days => {
            let clause = days.iter().fold(None, |before: Option<String>, (day, purposes)| {
                let purposes = format::purposes(strings, purposes.iter().copied());
                Some(match before {
                    None => texts.holds_for(purposes, format_day(day)),
                    Some(before) => texts.holds_and(before, purposes, format_day(day)),
                })
            });
            clause.map(|clause| texts.holds_then(clause)).unwrap_or_default()
        }
    };
    if open_again.is_empty() {
        return until;
    }
    let open = format::purposes(strings, open_again.iter().copied());
    format!("{until} {}", strings.words.open_again(open))
}

/// The form with a question for each optional purpose.
#[component]
fn ChoicesForm() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let inventory = inventory();
    let questions = Optional::ALL.map(|purpose| {
        let about = inventory.purpose_text(Purpose::Optional(purpose));
        let (legend, hint) = (about.question.clone(), about.description.clone());
        let offers = yes_and_no(&strings, purpose.into_str(), own_answer(&request, purpose));
        let id = format!("choice-{}", purpose.into_str());
        let again = request.consent.reconsent.get(purpose).map(|why| changes::why(format!("{id}-again"), purpose, why));
        view! { <Question id name=purpose.into_str() legend hint again offers /> }
    });
    view! {
        <section aria-labelledby="choices-title">
            <h2 id="choices-title">{texts.choices()}</h2>
            <p>{texts.choices_lead(rich_text::plain, rich_text::link(request.path_of(Page::Policy)))}</p>

            <form
                id="choices"
                class="settings-form"
                method="post"
                action=action("/api/consent/decide")
                autocomplete="off"
            >
                <PromptField about=PerPurpose::all(true) />
                <KeyField />
                {questions.collect_view()}
                {unsaved(&strings)}
                <button class="button" id="save-choices">
                    {texts.save()}
                </button>
            </form>
            <p id="follows" class="hint">
                {if request.identity.user.is_some() { texts.follows_member() } else { texts.follows_guest() }} " " {texts.follows()}
            </p>
        </section>
    }
    .into_any()
}

/// The status line of a form. It contains all messages that the island may show, because the island
/// has none itself.
pub(super) fn unsaved(strings: &Messages) -> impl IntoView + use<> {
    let texts = &strings.preferences;
    view! {
        <p
            class="unsaved"
            role="status"
            data-unsaved=texts.unsaved()
            data-unreachable=texts.unreachable()
            data-unreadable=texts.unreadable()
            data-not-done=texts.not_done()
            data-saving=texts.saving()
            hidden
        ></p>
    }
}

/// The form for theme and text size. It also asks whether they may be remembered, unless that is
/// already granted.
#[component]
fn AppearanceForm() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.appearance;
    let appearance = request.appearance;
    let themes = Theme::VARIANTS.iter().map(|theme| Offer {
        id: format!("theme-{}", theme.into_str()),
        value: theme.into_str(),
        label: match theme {
            Theme::System => texts.theme_system(),
            Theme::Light => texts.theme_light(),
            Theme::Dark => texts.theme_dark(),
        },
        chosen: appearance.theme == *theme,
    });
    let sizes = TextSize::VARIANTS.iter().map(|size| Offer {
        id: format!("text-size-{}", size.into_str()),
        value: size.into_str(),
        label: match size {
            TextSize::Normal => texts.size_normal(),
            TextSize::Large => texts.size_large(),
            TextSize::Larger => texts.size_larger(),
        },
        chosen: appearance.text_size == *size,
    });
    let is_granted = own_answer(&request, Optional::Preferences) == Some(Answer::Yes);
    let has_decided = request.consent.effective.is_some();
    view! {
        <section id="appearance" aria-labelledby="appearance-title">
            <h2 id="appearance-title">{texts.title()}</h2>
            <form
                id="appearance-form"
                class="settings-form"
                method="post"
                action=action("/api/appearance/save")
                autocomplete="off"
            >
                <PromptField about=PerPurpose::all(false).with(Optional::Preferences, true) />
                <KeyField />
                <Question id="theme" name="theme" legend=texts.theme() offers=themes.collect() />
                <Question id="text-size" name="text_size" legend=texts.size() offers=sizes.collect() />
                {(!is_granted)
                    .then(|| {
                        let hint = if own_answer(&request, Optional::Preferences).is_none() && request.consent.signal.is_some() {
                            texts.needs_signal()
                        } else if has_decided {
                            texts.needs_choice()
                        } else {
                            texts.needs_cookie()
                        };
                        let offers = yes_and_no(&strings, "remember", None);
                        view! {
                            <Question
                                id="remember"
                                name=Optional::Preferences.into_str()
                                legend=texts.remember()
                                hint
                                offers
                            />
                        }
                    })}
                {unsaved(&strings)}
                <button class="button" id="save-appearance">
                    {texts.save()}
                </button>
            </form>
        </section>
    }
    .into_any()
}
