//! `/preferences`: the choice about each purpose, the cookies in this browser, and the display
//! settings, with forms to change them.

pub(crate) mod stored;

use std::sync::Arc;

use leptos::prelude::*;
use strum::VariantArray as _;

use super::{
    action, current_choice, inventory, request,
    signal::{Received, own_answer},
    strings,
};
use crate::{
    content::i18n::Messages,
    domain::{
        consent::decision::{Answer, CollectedVia},
        cookies::purpose::{Optional, Purpose, Purposes},
        web::{
            appearance::{TextSize, Theme},
            page::Page,
        },
    },
    islands::enhanced_forms::InPlace,
    pages::{
        address,
        components::{
            changes,
            cookie_list::cookie_list,
            flash::Notices,
            folded_text,
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
                <CurrentChoice />
                <ChoicesForm />
                <StoredCookies />
                <AppearanceForm />
                <AboutChoice />
            </InPlace>
        </Document>
    }
    .into_any()
}

/// What the visitor chose, and until when the choice is valid.
#[component]
fn CurrentChoice() -> impl IntoView {
    let request = request();
    let strings = strings();
    let valid_until = request.consent.effective.as_ref().map(|effective| {
        format!(" {}", current_choice::validity(&strings, effective, &request.consent.to_reconsent()))
    });
    let of_account = (request.consent.effective.is_some() && !request.consent.is_own)
        .then(|| format!("{} ", strings.choice.of_account()));
    view! {
        <p id="decision" class="lead">
            {of_account} {current_choice::summary(&strings, &request.consent)} {valid_until} " "
            <a href=address(Page::History)>{strings.preferences.history()}</a>
        </p>
    }
    .into_any()
}

/// The form with a row for each purpose.
#[component]
fn ChoicesForm() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let inventory = inventory();
    let questions = inventory.purposes().iter().filter_map(|about| {
        let purpose = about.purpose.optional()?;
        let (hint, more) = folded_text::split(&about.description);
        let (title, hint) = (about.question.clone(), hint.to_owned());
        let offers = yes_and_no(&strings, purpose.as_str(), own_answer(&request, purpose));
        let id = format!("choice-{purpose}");
        let again = request.consent.reconsent.get(&purpose).map(|why| {
            changes::why(format!("{id}-again"), purpose, *why, request.consent.previous.get(&purpose).copied())
        });
        let details = cookie_list(purpose.as_str(), |other| other == about.purpose, more);
        let name = purpose.to_string();
        Some(view! { <Question id name title hint again details=Some(details) required=false offers /> })
    });
    view! {
        <section aria-labelledby="choices-title">
            <h2 id="choices-title" class="visually-hidden">
                {texts.choices()}
            </h2>
            <form id="choices" class="card" method="post" action=action("/api/consent/decide") autocomplete="off">
                <PromptField />
                <KeyField />
                <Received />
                <div class="card__row">
                    <div class="card__text card__text--wide">
                        <div class="card__title">
                            <h3>{texts.essential()}</h3>
                            <p>{format::capitalised(&strings.cookies.always_on())}</p>
                        </div>
                        <p>{texts.essential_lead()}</p>
                        {cookie_list("essential", Purpose::is_essential, "")}
                    </div>
                </div>
                {questions.collect::<Vec<_>>()}
                <div class="card__actions">
                    <div class="button-group">
                        <button class="button" id="save-choices">
                            {texts.save()}
                        </button>
                        <button class="button" name="all" value="yes">
                            {texts.allow_all()}
                        </button>
                        <button class="button" name="all" value="no">
                            {texts.reject_all()}
                        </button>
                    </div>
                    {unsaved(&strings)}
                </div>
            </form>
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

/// How the choice was made, its receipt, and how it follows the visitor to other browsers.
#[component]
fn AboutChoice() -> impl IntoView {
    let request = request();
    let strings = strings();
    let texts = &strings.preferences;
    let made = request.consent.effective.as_ref().map(|effective| {
        let decision = effective.decision();
        let day = format::day(strings.locale(), decision.decided_at.day());
        let edition = rich_text::link(request.path_of(Page::Edition(decision.version)));
        let time = rich_text::time(decision.decided_at);
        let chosen = match decision.collected_via {
            _ if !request.consent.is_own => {
                texts.chosen_elsewhere(day, decision.version, rich_text::plain, time, edition)
            }
            CollectedVia::Banner => texts.chosen_with_banner(day, decision.version, rich_text::plain, time, edition),
            CollectedVia::Preferences => texts.chosen_here(day, decision.version, rich_text::plain, time, edition),
            CollectedVia::Footer => texts.chosen_at_foot(day, decision.version, rich_text::plain, time, edition),
            CollectedVia::Api => texts.chosen_at_service(day, decision.version, rich_text::plain, time, edition),
        };
        view! { <p id="how-chosen">{chosen}</p> }
    });
    let receipt = request.consent.record.map(|record| {
        view! {
            <p>
                <a href=format!("/receipts/{record}")>{texts.receipt()}</a>
            </p>
        }
    });
    let follows = if request.identity.is_member() { texts.follows_member() } else { texts.follows_guest() };
    view! {
        <details id="about-choice" class="fold">
            <summary>
                <h2>{texts.about()}</h2>
            </summary>
            {made} {receipt} <p id="follows">{follows} " " {texts.follows()}</p>
        </details>
    }
    .into_any()
}

/// The form for theme and text size. It also asks whether they may be remembered, unless that is
/// already granted. A site that does not declare that purpose has no form.
#[component]
fn AppearanceForm() -> impl IntoView {
    if inventory().purpose(Purpose::Optional(Optional::PREFERENCES)).is_none() {
        return ().into_any();
    }
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
    let is_granted = own_answer(&request, Optional::PREFERENCES) == Some(Answer::Yes);
    let has_decided = request.consent.effective.is_some();
    view! {
        <details id="appearance" class="fold">
            <summary>
                <h2>{texts.title()}</h2>
            </summary>
            <section aria-label=texts.title()>
                <form
                    id="appearance-form"
                    class="card"
                    method="post"
                    action=action("/api/appearance/save")
                    autocomplete="off"
                >
                    <PromptField about=Purposes::from([Optional::PREFERENCES]) />
                    <KeyField />
                    <Question id="theme" name="theme" title=texts.theme() offers=themes.collect() />
                    <Question id="text-size" name="text_size" title=texts.size() offers=sizes.collect() />
                    {(!is_granted)
                        .then(|| {
                            let hint = if own_answer(&request, Optional::PREFERENCES).is_none()
                                && request.consent.signal.is_some()
                            {
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
                                    name="preferences"
                                    title=texts.remember()
                                    hint
                                    offers
                                />
                            }
                        })}
                    <div class="card__actions">
                        <button class="button" id="save-appearance">
                            {texts.save()}
                        </button>
                        {unsaved(&strings)}
                    </div>
                </form>
            </section>
        </details>
    }
    .into_any()
}
