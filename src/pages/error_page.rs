//! The page of a request that was refused.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, address, strings, visitor};
use crate::{
    content::i18n::Messages,
    domain::web::{error::Refusal, form_route::DELETE_ALL, page::Page},
    pages::{components::rich_text, layout::document::Document},
};

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
    let strings = strings();
    let texts = Arc::clone(&strings.refusals);
    let (title, sentence) = said(&strings, refusal);
    let from_form = matches!(refusal, Refusal::Form | Refusal::CookieName | Refusal::Foreign | Refusal::NotAForm);
    let back = match refusal {
        Refusal::TooManyAttempts if visitor().signed_in => (Page::Account, texts.to_account()),
        Refusal::SignedOut | Refusal::LinkOver => (Page::SignIn, texts.to_sign_in()),
        _ if from_form => (Page::Preferences, texts.to_preferences()),
        _ => (Page::Home, texts.to_start()),
    };
    let other = (visitor().page != Some(Page::Policy)).then(|| (Page::Policy, texts.to_policy()));
    // What was tried may have been a password, or any other form.
    let sign_in =
        (refusal == Refusal::TooManyAttempts && back.0 == Page::Home).then(|| (Page::SignIn, texts.to_sign_in()));
    view! {
        <Document title=title.clone() description=title.clone()>
            <div class="refusal">
                <h1>{title}</h1>
                <p class="lead">{sentence}</p>
                {wait
                    .map(|seconds| view! { <p id="wait">{again_in(&strings, seconds)}</p> })}
                {reference
                    .map(|reference| view! { <p>{texts.reference(reference, rich_text::plain, rich_text::code)}</p> })}
                {(refusal == Refusal::HeadersTooLarge)
                    .then(|| {
                        view! {
                            <form id="delete-all" method="post" action=action(DELETE_ALL)>
                                <button class="button">{strings.preferences.delete_all()}</button>
                            </form>
                        }
                    })}
                <ul>
                    {[Some(back), sign_in, other]
                        .into_iter()
                        .flatten()
                        .map(|(page, label)| {
                            view! {
                                <li>
                                    <a href=address(page)>{label}</a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <p class="status">{texts.status(refusal.status())}</p>
            </div>
        </Document>
    }
    .into_any()
}

/// How long to wait: to the second if it is less than two minutes, and else in whole minutes, rounded up.
fn again_in(strings: &Messages, seconds: u64) -> String {
    let texts = &strings.refusals;
    if seconds < 120 { texts.again_in_seconds(seconds) } else { texts.again_in_minutes(seconds.div_ceil(60)) }
}

/// The title and the sentence of a refusal.
fn said(strings: &Messages, refusal: Refusal) -> (String, String) {
    let texts = &strings.refusals;
    match refusal {
        Refusal::Form => (texts.form_title(), texts.form()),
        Refusal::CookieName => (texts.cookie_name_title(), texts.cookie_name()),
        // The last four are said to programs alone, by their own sentences.
        Refusal::Malformed | Refusal::Unlisted | Refusal::NotJson | Refusal::Choices | Refusal::NotTaken => {
            (texts.malformed_title(), texts.malformed())
        }
        Refusal::Foreign => (texts.foreign_title(), texts.foreign()),
        Refusal::NoOrigin => (texts.no_origin_title(), texts.no_origin()),
        Refusal::Misdirected => (texts.misdirected_title(), texts.misdirected()),
        Refusal::SignedOut => (texts.signed_out_title(), texts.signed_out()),
        Refusal::TooManyAttempts => (texts.too_many_attempts_title(), texts.too_many_attempts()),
        Refusal::Busy => (texts.busy_title(), texts.busy()),
        Refusal::Overloaded => (texts.overloaded_title(), texts.overloaded()),
        Refusal::Unavailable => (texts.unavailable_title(), texts.unavailable()),
        Refusal::LinkOver => (texts.link_over_title(), texts.link_over()),
        Refusal::NoComparison => (texts.no_comparison_title(), texts.no_comparison()),
        Refusal::NotFound => (texts.not_found_title(), texts.not_found()),
        Refusal::Method => (texts.method_title(), texts.method()),
        Refusal::Timeout => (texts.timeout_title(), texts.timeout()),
        Refusal::TooLarge => (texts.too_large_title(), texts.too_large()),
        Refusal::AddressTooLong => (texts.address_too_long_title(), texts.address_too_long()),
        Refusal::NotAForm => (texts.form_title(), texts.not_a_form()),
        Refusal::HeadersTooLarge => (texts.headers_too_large_title(), texts.headers_too_large()),
        Refusal::Inner => (texts.inner_title(), texts.inner()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::i18n::locale::Locale;

    #[test]
    fn a_page_in_english_says_what_a_program_is_told() {
        let is_for_programs =
            |refusal| matches!(refusal, Refusal::Unlisted | Refusal::NotJson | Refusal::Choices | Refusal::NotTaken);
        for refusal in Refusal::ALL.into_iter().filter(|refusal| !is_for_programs(*refusal)) {
            assert_eq!(said(&Messages::shipped(Locale::English), refusal).1, refusal.to_string());
        }
    }

    #[test]
    fn a_long_wait_is_said_in_minutes_rounded_up() {
        let english = Messages::shipped(Locale::English);
        for (seconds, said) in [(1, "1 second"), (60, "60 seconds"), (120, "2 minutes"), (121, "3 minutes")] {
            assert_eq!(again_in(&english, seconds), format!("You can try again in {said}."));
        }
    }
}
