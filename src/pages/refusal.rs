//! The page of a request that was refused.

use leptos::prelude::*;

use super::{document::Document, visitor, words};
use crate::model::{page::Page, refusal::Refusal};

/// What the page tells.
pub(crate) struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// What to name when telling the operator, after an inner failure.
    pub reference: Option<String>,
    /// How long to wait before trying again, in seconds.
    pub wait: Option<u64>,
}

/// Says what is wrong and leads back.
pub(super) fn page(refused: Refused) -> AnyView {
    let Refused { refusal, reference, wait } = refused;
    let from_form = matches!(refusal, Refusal::Form | Refusal::CookieName | Refusal::Foreign | Refusal::NotAForm);
    let back = match refusal {
        Refusal::TooManyAttempts if visitor().signed_in => (Page::Account, "Go to your account"),
        Refusal::SignedOut | Refusal::TooManyAttempts | Refusal::LinkOver => (Page::SignIn, "Go to the sign-in"),
        _ if from_form => (Page::Preferences, "Go to the cookie preferences"),
        _ => (Page::Home, "Go to the start"),
    };
    let other = (visitor().page != Some(Page::Policy)).then_some((Page::Policy, "Read the cookie policy"));
    view! {
        <Document title=refusal.title() description=refusal.title()>
            <div class="refusal">
                <h1>{refusal.title()}</h1>
                <p class="lead">{refusal.to_string()}</p>
                {wait.map(|seconds| view! { <p id="wait">{format!("You can try again in {}.", words::wait(seconds))}</p> })}
                {reference
                    .map(|reference| {
                        view! {
                            <p>
                                "Reference: " <code>{reference}</code>
                            </p>
                        }
                    })}
                <ul>
                    {[Some(back), other]
                        .into_iter()
                        .flatten()
                        .map(|(page, label)| {
                            view! {
                                <li>
                                    <a href=page.to_string()>{label}</a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <p class="status">{format!("Error {}", refusal.status())}</p>
            </div>
        </Document>
    }
    .into_any()
}
