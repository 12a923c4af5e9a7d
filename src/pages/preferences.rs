//! `/preferences`: what was decided, the cookies in this browser now, and the appearance; each can be changed here.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{
    changes,
    cookie_table::cells,
    document::Document,
    notices::Notices,
    questions::{Offer, Question, yes_and_no},
    signal::{Received, own_answer},
    site, visitor, words,
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
};

/// The page.
#[component]
pub(super) fn Preferences() -> impl IntoView {
    view! {
        <Document
            title="Cookie preferences"
            description="See the cookies that your browser holds for this site, and decide about them."
            island=true
        >
            <InPlace>
                <Notices />
                <h1>"Cookie preferences"</h1>
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
    let Some(in_force) = visitor.in_force else {
        return view! {
            <p id="decision" class="lead">
                {if !visitor.set_aside.is_empty() {
                    "Your choice does not count beside your browser’s signal. Nothing optional is set."
                } else if visitor.open_again().is_empty() {
                    "You have not chosen yet. Until you do, nothing optional is set."
                } else {
                    "Your choice does not count any more; below each question stands why. Until you choose again, nothing optional is set."
                }}
            </p>
        }
        .into_any();
    };
    let decision = in_force.decision();
    let way = match decision.way {
        Way::Banner => "with the banner",
        Way::Api => "in a page of a service under the policy",
        Way::Preferences => "on this page",
    };
    view! {
        <p id="decision" class="lead">
            {format!("You last chose on {}, {way}, on ", words::moment(decision.made_at))}
            <a href=Page::Edition(decision.version).to_string()>
                {format!("version {} of the policy", decision.version)}
            </a>
            {format!(". {}", holds(&in_force, &visitor.open_again()))}
        </p>
    }
    .into_any()
}

/// The ways to the receipt of the choice in force, and to all that were made.
#[component]
fn Proof() -> impl IntoView {
    let visitor = visitor();
    let history = Page::History.to_string();
    let history = match (visitor.record, visitor.made) {
        // What the account brought along has its receipt there.
        (None, Some(_)) => view! { <a href=history>"History of your choices, with the receipt of this one"</a> },
        _ => view! { <a href=history>"History of your choices"</a> },
    };
    let receipt = visitor.record.map(|record| {
        view! {
            <li>
                <a href=format!("/receipts/{record}")>"Download the receipt of your choice (JSON)"</a>
            </li>
        }
    });
    view! {
        <ul id="proof" class="links" role="list">
            {receipt}
            <li>{history}</li>
        </ul>
    }
    .into_any()
}

/// Until when what was answered holds, and which questions are open again.
fn holds(in_force: &InForce, open_again: &[Optional]) -> String {
    let mut days = BTreeMap::<_, Vec<_>>::new();
    for purpose in Optional::ALL {
        if let Some(at) = in_force.ends_at().get(purpose) {
            days.entry(at.day()).or_default().push(purpose.name());
        }
    }
    let open: Vec<_> = open_again.iter().map(|purpose| purpose.name()).collect();
    let until = match &days.iter().collect::<Vec<_>>()[..] {
        [(day, _)] if open.is_empty() => format!("Your choice holds until {}", words::day(**day)),
        days => {
            let each = days.iter().enumerate().map(|(number, (day, names))| {
                let (names, day) = (words::row(names), words::day(**day));
                if number == 0 {
                    format!("Your answer about {names} holds until {day}")
                } else {
                    format!("the one about {names} until {day}")
                }
            });
            each.collect::<Vec<_>>().join(", and ")
        }
    };
    let asks = if open.is_empty() {
        String::new()
    } else {
        format!(" The question about {} is open again.", words::row(&open))
    };
    format!("{until}; then you will be asked again.{asks}")
}

/// The question for each optional purpose.
#[component]
fn ChoicesForm() -> impl IntoView {
    let visitor = visitor();
    let inventory = site().inventory();
    let questions = Optional::ALL.map(|purpose| {
        let about = inventory.about(Purpose::Optional(purpose));
        let (legend, hint) = (about.question.clone(), about.description.clone());
        let offers = yes_and_no(purpose.name(), own_answer(&visitor, purpose));
        let id = format!("choice-{}", purpose.name());
        let again = visitor.reopened.get(purpose).map(|why| changes::why(format!("{id}-again"), purpose, why));
        view! { <Question id name=purpose.name() legend hint again offers /> }
    });
    view! {
        <section aria-labelledby="choices-title">
            <h2 id="choices-title">"Your choices"</h2>
            <p>
                "Essential cookies keep the site working and safe and are always on; the "
                <a href="/policy">"policy"</a> " lists them. These wait for you:"
            </p>

            <form id="choices" method="post" action="/api/consent/decide">
                {questions.collect_view()}
                <p class="unsaved" role="status" data-unsaved="" hidden></p>
                <button class="button" id="save-choices">
                    "Save choices"
                </button>
            </form>
            <p id="follows" class="hint">
                {if visitor.signed_in {
                    "You are signed in, so your choices follow you to every browser where you are signed in, with its next page. "
                } else {
                    "Signed in, your choices follow you to every browser where you are signed in. "
                }}
                "When you sign in, the browser’s choices and your account’s become one: for each purpose the newer answer counts, an answer counts before silence, and of a yes and a no from the same second the no counts. After signing out, each browser keeps its own last choice."
            </p>
        </section>
    }
    .into_any()
}

/// Every cookie that the request carried or that this answer sets, each with the way to delete it.
#[component]
fn CookiesNow() -> impl IntoView {
    let visitor = visitor();
    let inventory = site().inventory();
    let carried = visitor.carried().iter().map(|cookie| row(&cookie.name, inventory.find(&cookie.name), false));
    let new = visitor.setting.iter().map(|own| row(own.name(), Some(inventory.own(*own)), true));
    let rows: Vec<_> = carried.chain(new).collect();
    let is_empty = visitor.carried().is_empty();
    let signed_in = visitor.signed_in;
    let granted: Vec<_> = Optional::ALL
        .into_iter()
        .filter(|purpose| own_answer(&visitor, *purpose) == Some(Answer::Yes))
        .map(withdraw_form)
        .collect();
    view! {
        <section id="cookies" aria-labelledby="cookies-title">
            <h2 id="cookies-title">"Cookies in this browser now"</h2>
            <p>
                {if is_empty {
                    "This request carried no cookies."
                } else {
                    "This is every cookie that your browser sent with this request, those that scripts cannot see included. Their values stay secret."
                }}
            </p>
            <p class="unsaved" role="status" data-unsaved="" hidden></p>
            {(!rows.is_empty()).then(|| view! { <CookieRows rows /> })}
            {(!granted.is_empty())
                .then(|| {
                    view! {
                        <div class="withdrawals">
                            <h3>"Withdraw a permission"</h3>
                            <p>"Its cookies are deleted with it, at once."</p>
                            <div class="buttons">{granted}</div>
                        </div>
                    }
                })}
            <form id="delete-all" method="post" action="/api/cookies/delete_all">
                <h3>"Start afresh"</h3>
                <p>"Deletes every cookie of this site, your choice included, and whatever else your browser keeps for it."
                    {signed_in.then_some(" It signs you out here.")}</p>
                <button class="button">"Delete all cookies"</button>
            </form>
        </section>
    }
    .into_any()
}

/// The rows as a table.
#[component]
fn CookieRows(rows: Vec<AnyView>) -> impl IntoView {
    view! {
        <table class="cookies">
            <caption class="visually-hidden">"Cookies in this browser now"</caption>
            <thead>
                <tr>
                    <th scope="col">"Cookie"</th>
                    <th scope="col">"Purpose"</th>
                    <th scope="col">"Lifetime"</th>
                    <th scope="col">"What it is for"</th>
                    <th scope="col">"Delete"</th>
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

fn row(name: &str, declaration: Option<&Declaration>, is_new: bool) -> AnyView {
    let signed_in = visitor().signed_in;
    let label = words::cookie(name);
    let about = match declaration {
        Some(declaration) => cells(declaration),
        None => view! {
            <td data-label="Purpose">"unknown"</td>
            <td data-label="Lifetime">"Browsers do not tell"</td>
            <td data-label="What it is for">
                "Not one of ours: this site neither sets nor reads it. Another service at this address may."
            </td>
        }
        .into_any(),
    };
    let can_be_named = crate::model::inventory::is_token(name);
    view! {
        <tr data-cookie=name.to_owned() class:foreign=declaration.is_none()>
            <th scope="row" data-label="Cookie">
                <code>{label.to_owned()}</code>
                {is_new.then(|| view! { <small>"set with this page"</small> })}
                {(signed_in && is_of_a_member(name))
                    .then(|| view! { <small>"deleting it signs you out here"</small> })}
            </th>
            {about}
            <td data-label="Delete">
                {can_be_named
                    .then(|| {
                        view! {
                            <form method="post" action="/api/cookies/delete">
                                <input type="hidden" name="name" value=name.to_owned() />
                                <button class="button quiet">
                                    "Delete" <span class="visually-hidden">{format!(" {label}")}</span>
                                </button>
                            </form>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}

fn withdraw_form(purpose: Optional) -> impl IntoView {
    let name = purpose.name();
    view! {
        <form class="withdraw" method="post" action="/api/consent/withdraw">
            <input type="hidden" name="purpose" value=name />
            <button class="button quiet">{format!("Withdraw {name}")}</button>
        </form>
    }
}

/// Colour theme and text size, with the question whether they may be remembered where that is not granted yet.
#[component]
fn AppearanceForm() -> impl IntoView {
    let visitor = visitor();
    let appearance = visitor.appearance;
    let themes = Theme::ALL.map(|theme| Offer {
        id: format!("theme-{}", theme.name()),
        value: theme.name(),
        label: match theme {
            Theme::System => "As my device",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        },
        chosen: appearance.theme == theme,
    });
    let sizes = TextSize::ALL.map(|size| Offer {
        id: format!("text-size-{}", size.name()),
        value: size.name(),
        label: match size {
            TextSize::Normal => "Normal",
            TextSize::Large => "Large",
            TextSize::Larger => "Larger",
        },
        chosen: appearance.text_size == size,
    });
    let is_granted = own_answer(&visitor, Optional::Preferences) == Some(Answer::Yes);
    let has_decided = visitor.in_force.is_some();
    view! {
        <section id="appearance" aria-labelledby="appearance-title">
            <h2 id="appearance-title">"Appearance"</h2>
            <form id="appearance-form" method="post" action="/api/appearance/save">
                <Question id="theme" name="theme" legend="Colour theme" offers=themes.into() />
                <Question id="text-size" name="text_size" legend="Text size" offers=sizes.into() />
                {(!is_granted)
                    .then(|| {
                        let hint = if own_answer(&visitor, Optional::Preferences).is_none() && visitor.signal.is_some() {
                            "Saving needs a cookie for preferences, which your browser’s signal says no to. A yes here counts more than the signal, and is about nothing else."
                        } else if has_decided {
                            "Saving needs a cookie for preferences, which you have not allowed so far. Your other choices stay as they are."
                        } else {
                            "Saving needs a cookie for preferences. A yes here is about nothing else: counting visits stays off."
                        };
                        let offers = yes_and_no("remember", None);
                        view! {
                            <Question
                                id="remember"
                                name=Optional::Preferences.name()
                                legend="May Harmony remember this?"
                                hint
                                offers
                            />
                        }
                    })}
                <p class="unsaved" role="status" data-unsaved="" hidden></p>
                <button class="button" id="save-appearance">
                    "Save appearance"
                </button>
            </form>
        </section>
    }
    .into_any()
}
