//! The error page.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, address, request, strings};
use crate::{
    app::request_context::RequestContext,
    content::i18n::Messages,
    domain::web::{error::AppError, form_route::DELETE_ALL, page::Page},
    pages::{components::rich_text, layout::document::Document},
};

/// The content of the error page.
pub(crate) struct Refused {
    pub refusal: AppError,
    /// A reference for the operator, after an internal error.
    pub reference: Option<String>,
    /// How long to wait before the next attempt, in seconds.
    pub wait: Option<u64>,
}

/// Renders the error and links that lead on.
pub(super) fn page(refused: Refused) -> AnyView {
    let Refused { refusal, reference, wait } = refused;
    let strings = strings();
    let texts = Arc::clone(&strings.refusals);
    let (title, sentence) = message(&strings, refusal);
    let from_form = matches!(refusal, AppError::Form | AppError::CookieName | AppError::Foreign | AppError::NotAForm);
    let back = match refusal {
        AppError::TooManyAttempts if request().identity.signed_in => (Page::Account, texts.to_account()),
        AppError::SignedOut | AppError::ResetLinkExpired | AppError::LinkExpired => (Page::SignIn, texts.to_sign_in()),
        _ if from_form => (Page::Preferences, texts.to_preferences()),
        _ => (Page::Home, texts.to_start()),
    };
    let other = (request().page != Some(Page::Policy)).then(|| (Page::Policy, texts.to_policy()));
    // The failed request may have been a sign-in or any other form.
    let sign_in =
        (refusal == AppError::TooManyAttempts && back.0 == Page::Home).then(|| (Page::SignIn, texts.to_sign_in()));
    let known = [Some(back.0), sign_in.as_ref().map(|link| link.0), other.as_ref().map(|link| link.0)];
    let previous = previous(&request()).filter(|page| !known.contains(&Some(*page)));
    let previous = previous.map(|page| (page, texts.to_previous()));
    view! {
        <Document title=title.clone() description=title.clone()>
            <div class="error-page">
                <h1>{title}</h1>
                <p class="lead">{sentence}</p>
                {wait
                    .map(|seconds| view! { <p id="wait">{again_in(&strings, seconds)}</p> })}
                {reference
                    .map(|reference| view! { <p>{texts.reference(reference, rich_text::plain, rich_text::code)}</p> })}
                {(refusal == AppError::HeadersTooLarge)
                    .then(|| {
                        view! {
                            <form id="delete-all" class="delete-all" method="post" action=action(DELETE_ALL)>
                                <button class="button">{strings.preferences.delete_all()}</button>
                            </form>
                        }
                    })}
                <ul>
                    {[previous, Some(back), sign_in, other]
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

/// The page that the visitor came from, if a link can lead back there: it is open to the visitor,
/// needs no token from a message, and is not what just failed to open.
fn previous(request: &RequestContext) -> Option<Page> {
    let page = request.outcome.came_from?;
    let is_open = request.identity.signed_in || !page.requires_sign_in();
    let needs_token = matches!(page, Page::PasswordReset | Page::Confirm | Page::Unsubscribe);
    let failed = request.page == Some(page) && !page.takes_form();
    Some(page).filter(|_| is_open && !needs_token && !failed)
}

/// Formats the waiting time: in seconds below two minutes, else in minutes, rounded up.
fn again_in(strings: &Messages, seconds: u64) -> String {
    let texts = &strings.refusals;
    if seconds < 120 { texts.again_in_seconds(seconds) } else { texts.again_in_minutes(seconds.div_ceil(60)) }
}

/// Returns the title and the sentence of an error.
fn message(strings: &Messages, refusal: AppError) -> (String, String) {
    let texts = &strings.refusals;
    match refusal {
        AppError::Form => (texts.form_title(), texts.form()),
        AppError::CookieName => (texts.cookie_name_title(), texts.cookie_name()),
        // Only programs get all but the first, and with the text of the error itself.
        AppError::Malformed
        | AppError::Unlisted
        | AppError::NotJson
        | AppError::Choices
        | AppError::Code
        | AppError::NotTaken => (texts.malformed_title(), texts.malformed()),
        AppError::Foreign => (texts.foreign_title(), texts.foreign()),
        AppError::NoOrigin => (texts.no_origin_title(), texts.no_origin()),
        AppError::Misdirected => (texts.misdirected_title(), texts.misdirected()),
        AppError::SignedOut => (texts.signed_out_title(), texts.signed_out()),
        AppError::TooManyAttempts => (texts.too_many_attempts_title(), texts.too_many_attempts()),
        AppError::Busy => (texts.busy_title(), texts.busy()),
        AppError::Overloaded => (texts.overloaded_title(), texts.overloaded()),
        AppError::Unavailable => (texts.unavailable_title(), texts.unavailable()),
        AppError::KeyNotShown => (texts.unavailable_title(), texts.key_not_shown()),
        AppError::ResetLinkExpired => (texts.link_over_title(), texts.link_over()),
        AppError::LinkExpired => (texts.link_over_title(), texts.one_time_link_over()),
        AppError::NoComparison => (texts.no_comparison_title(), texts.no_comparison()),
        AppError::NotFound => (texts.not_found_title(), texts.not_found()),
        AppError::Method => (texts.method_title(), texts.method()),
        AppError::Timeout => (texts.timeout_title(), texts.timeout()),
        AppError::TooLarge => (texts.too_large_title(), texts.too_large()),
        AppError::AddressTooLong => (texts.address_too_long_title(), texts.address_too_long()),
        AppError::NotAForm => (texts.form_title(), texts.not_a_form()),
        AppError::HeadersTooLarge => (texts.headers_too_large_title(), texts.headers_too_large()),
        AppError::Inner => (texts.inner_title(), texts.inner()),
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::domain::i18n::locale::Locale;

    #[test]
    fn a_page_in_english_says_what_a_program_is_told() {
        let is_for_programs = |refusal| {
            matches!(
                refusal,
                AppError::Unlisted | AppError::NotJson | AppError::Choices | AppError::Code | AppError::NotTaken
            )
        };
        for refusal in AppError::VARIANTS.iter().copied().filter(|refusal| !is_for_programs(*refusal)) {
            assert_eq!(message(&Messages::shipped(Locale::ENGLISH), refusal).1, refusal.to_string());
        }
    }

    #[test]
    fn a_long_wait_is_said_in_minutes_rounded_up() {
        let english = Messages::shipped(Locale::ENGLISH);
        for (seconds, expected) in [(1, "1 second"), (60, "60 seconds"), (120, "2 minutes"), (121, "3 minutes")] {
            assert_eq!(again_in(&english, seconds), format!("You can try again in {expected}."));
        }
    }
}
