//! The page of a request that was refused.

use leptos::prelude::*;

use super::{document::Document, visitor};
use crate::model::{page::Page, refusal::Refusal};

/// Says what is wrong and leads back.
#[component]
pub(super) fn Refused(
    /// Why.
    refusal: Refusal,
    /// What to name when telling the operator, after an inner failure.
    reference: Option<String>,
) -> impl IntoView {
    let from_form = matches!(refusal, Refusal::Form | Refusal::CookieName | Refusal::Foreign | Refusal::NotAForm);
    let back =
        if from_form { (Page::Preferences, "Go to the cookie preferences") } else { (Page::Home, "Go to the start") };
    let other = (visitor().page != Some(Page::Policy)).then_some((Page::Policy, "Read the cookie policy"));
    view! {
        <Document title=refusal.title() description=refusal.title()>
            <div class="refusal">
                <h1>{refusal.title()}</h1>
                <p class="lead">{refusal.to_string()}</p>
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
