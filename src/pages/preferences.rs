//! `/preferences`: what was decided, the cookies in this browser now, and the appearance; each can be changed here.

use std::{collections::BTreeMap, sync::Arc};

use leptos::prelude::*;

use super::{
    action, changes,
    cookie_table::cells,
    document::Document,
    inventory, marks,
    notices::Notices,
    questions::{Offer, Question, yes_and_no},
    signal::{Received, own_answer},
    strings, visitor, words,
};
use crate::{
    islands::in_place::InPlace,
    model::{
        appearance::{TextSize, Theme},
        decision::{Answer, InForce, Way},
        declaration::{Declaration, OwnCookie},
        page::Page,
        purpose::{Optional, Purpose},
    },
    server::content::strings::Strings,
};

/// The page.
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
                <CookiesNow />
                <AppearanceForm />
            </InPlace>
        </Document>
    }
    .into_any()
}

/// Whether, when, how and on which edition the visitor decided, and until when that holds.
#[component]
fn Status() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let texts = &strings.preferences;
    let Some(in_force) = visitor.in_force else {
        let sentence = if !visitor.set_aside.is_empty() {
            texts.set_aside()
        } else if visitor.open_again().is_empty() {
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
    let moment = words::moment(strings.locale(), decision.made_at);
    let edition = marks::link(visitor.address(Page::Edition(decision.version)));
    let chosen = match decision.way {
        Way::Banner => texts.chosen_with_banner(moment, decision.version, marks::plain, edition),
        Way::Preferences => texts.chosen_here(moment, decision.version, marks::plain, edition),
        Way::Footer => texts.chosen_at_foot(moment, decision.version, marks::plain, edition),
        Way::Api => texts.chosen_at_service(moment, decision.version, marks::plain, edition),
    };
    view! {
        <p id="decision" class="lead">
            {chosen} " " {holds(&strings, &in_force, &visitor.open_again())}
        </p>
    }
    .into_any()
}

/// The ways to the receipt of the choice in force, and to all that were made.
#[component]
fn Proof() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let texts = &strings.preferences;
    let history = match (visitor.record, visitor.made) {
        // What the account brought along has its receipt there.
        (None, Some(_)) => texts.history_with_receipt(),
        _ => texts.history(),
    };
    let receipt = visitor.record.map(|record| {
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
                <a href=visitor.address(Page::History)>{history}</a>
            </li>
        </ul>
    }
    .into_any()
}

/// Until when what was answered holds, and which questions are open again.
fn holds(strings: &Strings, in_force: &InForce, open_again: &[Optional]) -> String {
    let texts = &strings.preferences;
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for purpose in Optional::ALL {
        if let Some(at) = in_force.ends_at().get(purpose) {
            days.entry(at.day()).or_default().push(purpose);
        }
    }
    let said = |day: &time::Date| words::day(strings.locale(), *day);
    let until = match &days.iter().collect::<Vec<_>>()[..] {
        [(day, _)] if open_again.is_empty() => texts.holds(said(day)),
        days => {
            let clause = days.iter().fold(None, |before: Option<String>, (day, purposes)| {
                let purposes = words::purposes(strings, purposes.iter().copied());
                Some(match before {
                    None => texts.holds_for(purposes, said(day)),
                    Some(before) => texts.holds_and(before, purposes, said(day)),
                })
            });
            clause.map(|clause| texts.holds_then(clause)).unwrap_or_default()
        }
    };
    if open_again.is_empty() {
        return until;
    }
    let open = words::purposes(strings, open_again.iter().copied());
    format!("{until} {}", strings.words.open_again(open))
}

/// The question for each optional purpose.
#[component]
fn ChoicesForm() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let texts = &strings.preferences;
    let inventory = inventory();
    let questions = Optional::ALL.map(|purpose| {
        let about = inventory.about(Purpose::Optional(purpose));
        let (legend, hint) = (about.question.clone(), about.description.clone());
        let offers = yes_and_no(&strings, purpose.name(), own_answer(&visitor, purpose));
        let id = format!("choice-{}", purpose.name());
        let again = visitor.reopened.get(purpose).map(|why| changes::why(format!("{id}-again"), purpose, why));
        view! { <Question id name=purpose.name() legend hint again offers /> }
    });
    view! {
        <section aria-labelledby="choices-title">
            <h2 id="choices-title">{texts.choices()}</h2>
            <p>{texts.choices_lead(marks::plain, marks::link(visitor.address(Page::Policy)))}</p>

            <form id="choices" method="post" action=action("/api/consent/decide")>
                {questions.collect_view()}
                {unsaved(&strings)}
                <button class="button" id="save-choices">
                    {texts.save()}
                </button>
            </form>
            <p id="follows" class="hint">
                {if visitor.signed_in { texts.follows_member() } else { texts.follows_guest() }} " " {texts.follows()}
            </p>
        </section>
    }
    .into_any()
}

/// Every cookie that the request carried or that this answer sets, each with the way to delete it.
#[component]
fn CookiesNow() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let texts = &strings.preferences;
    let inventory = inventory();
    let carried =
        visitor.carried().iter().map(|cookie| row(&strings, &cookie.name, inventory.find(&cookie.name), false));
    let new = visitor.setting.iter().map(|own| row(&strings, own.name(), Some(inventory.own(*own)), true));
    let rows: Vec<_> = carried.chain(new).collect();
    let is_empty = visitor.carried().is_empty();
    let signed_in = visitor.signed_in;
    let granted: Vec<_> = Optional::ALL
        .into_iter()
        .filter(|purpose| own_answer(&visitor, *purpose) == Some(Answer::Yes))
        .map(|purpose| withdraw_form(&strings, purpose))
        .collect();
    view! {
        <section id="cookies" aria-labelledby="cookies-title">
            <h2 id="cookies-title">{texts.cookies()}</h2>
            <p>{if is_empty { texts.none_carried() } else { texts.carried() }}</p>
            {unsaved(&strings)}
            {(!rows.is_empty()).then(|| view! { <CookieRows rows /> })}
            {(!granted.is_empty())
                .then(|| {
                    view! {
                        <div class="withdrawals">
                            <h3>{texts.withdrawals()}</h3>
                            <p>{texts.withdrawals_lead()}</p>
                            <div class="buttons">{granted}</div>
                        </div>
                    }
                })}
            <form id="delete-all" method="post" action=action("/api/cookies/delete_all")>
                <h3>{texts.afresh()}</h3>
                <p>
                    {texts.afresh_lead()} {signed_in.then(|| format!(" {}", texts.afresh_signs_out()))}
                </p>
                <button class="button">{texts.delete_all()}</button>
            </form>
        </section>
    }
    .into_any()
}

/// The rows as a table.
#[component]
fn CookieRows(rows: Vec<AnyView>) -> impl IntoView {
    let strings = strings();
    let said = &strings.cookies;
    view! {
        <table class="cookies">
            <caption class="visually-hidden">{strings.preferences.cookies()}</caption>
            <thead>
                <tr>
                    <th scope="col">{said.cookie()}</th>
                    <th scope="col">{said.purpose()}</th>
                    <th scope="col">{said.lifetime()}</th>
                    <th scope="col">{said.used_for()}</th>
                    <th scope="col">{said.delete()}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Whether it is a cookie that recognises a member.
fn is_of_a_member(name: &str) -> bool {
    OwnCookie::OF_A_MEMBER.into_iter().any(|own| own.name() == name)
}

fn row(strings: &Strings, name: &str, declaration: Option<&Declaration>, is_new: bool) -> AnyView {
    let (texts, said) = (&strings.preferences, &strings.cookies);
    let signed_in = visitor().signed_in;
    let label = words::cookie(strings, name);
    let about = match declaration {
        Some(declaration) => cells(strings, declaration),
        None => view! {
            <td data-label=said.purpose()>{texts.unknown()}</td>
            <td data-label=said.lifetime()>{texts.no_lifetime()}</td>
            <td data-label=said.used_for()>{texts.not_ours()}</td>
        }
        .into_any(),
    };
    let can_be_named = crate::model::inventory::is_token(name);
    let delete = texts.delete_cookie(&label, marks::plain, marks::unseen);
    view! {
        <tr data-cookie=name.to_owned() class:foreign=declaration.is_none()>
            <th scope="row" data-label=said.cookie()>
                <code>{label}</code>
                {is_new.then(|| view! { <small>{texts.cookie_of_page()}</small> })}
                {(signed_in && is_of_a_member(name)).then(|| view! { <small>{texts.signs_out()}</small> })}
            </th>
            {about}
            <td class="deletion" data-label=said.delete()>
                {can_be_named
                    .then(|| {
                        view! {
                            <form method="post" action=action("/api/cookies/delete")>
                                <input type="hidden" name="name" value=name.to_owned() />
                                <button class="button quiet">{delete}</button>
                            </form>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}

fn withdraw_form(strings: &Strings, purpose: Optional) -> impl IntoView + use<> {
    let label = strings.preferences.withdraw(words::purpose(strings, Purpose::Optional(purpose)));
    view! {
        <form class="withdraw" method="post" action=action("/api/consent/withdraw")>
            <input type="hidden" name="purpose" value=purpose.name() />
            <button class="button quiet">{label}</button>
        </form>
    }
}

/// The line in which the island says what is not saved, with all that it may have to say: it knows no language itself.
fn unsaved(strings: &Strings) -> impl IntoView + use<> {
    let texts = &strings.preferences;
    view! {
        <p
            class="unsaved"
            role="status"
            data-unsaved=texts.unsaved()
            data-unreachable=texts.unreachable()
            data-unreadable=texts.unreadable()
            data-not-done=texts.not_done()
            hidden
        ></p>
    }
}

/// Colour theme and text size, with the question whether they may be remembered where that is not granted yet.
#[component]
fn AppearanceForm() -> impl IntoView {
    let visitor = visitor();
    let strings = strings();
    let texts = &strings.appearance;
    let appearance = visitor.appearance;
    let themes = Theme::ALL.map(|theme| Offer {
        id: format!("theme-{}", theme.name()),
        value: theme.name(),
        label: match theme {
            Theme::System => texts.theme_system(),
            Theme::Light => texts.theme_light(),
            Theme::Dark => texts.theme_dark(),
        },
        chosen: appearance.theme == theme,
    });
    let sizes = TextSize::ALL.map(|size| Offer {
        id: format!("text-size-{}", size.name()),
        value: size.name(),
        label: match size {
            TextSize::Normal => texts.size_normal(),
            TextSize::Large => texts.size_large(),
            TextSize::Larger => texts.size_larger(),
        },
        chosen: appearance.text_size == size,
    });
    let is_granted = own_answer(&visitor, Optional::Preferences) == Some(Answer::Yes);
    let has_decided = visitor.in_force.is_some();
    view! {
        <section id="appearance" aria-labelledby="appearance-title">
            <h2 id="appearance-title">{texts.title()}</h2>
            <form id="appearance-form" method="post" action=action("/api/appearance/save")>
                <Question id="theme" name="theme" legend=texts.theme() offers=themes.into() />
                <Question id="text-size" name="text_size" legend=texts.size() offers=sizes.into() />
                {(!is_granted)
                    .then(|| {
                        let hint = if own_answer(&visitor, Optional::Preferences).is_none() && visitor.signal.is_some() {
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
                                name=Optional::Preferences.name()
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
