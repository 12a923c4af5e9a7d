//! The URLs that forms post to, and the pages they belong to: a GET of such a URL redirects to the
//! page.
//!
//! A form with errors is shown at the URL that it was posted to. Enter in the address bar, a
//! bookmark and a restored tab request that URL with GET.

use super::page::Page;

/// Deletes every cookie. The path lies below the page that lists them, so that the browser also
/// sends the cookies of that path.
pub const DELETE_ALL: &str = "/preferences/cookies/delete_all";

/// Each form URL with its page. Banner, footer button and language switch are on every page, so
/// they map to the home page. The form behind a password reset needs its link, so it maps to the
/// sign-in page, which says how to get one.
pub const TARGETS: [(&str, Page); 16] = [
    ("/api/account/change_password", Page::Password),
    ("/api/account/delete", Page::DeleteAccount),
    ("/api/account/sign_up", Page::SignUp),
    ("/api/appearance/save", Page::Preferences),
    ("/api/consent/answer", Page::Home),
    ("/api/consent/decide", Page::Preferences),
    ("/api/consent/withdraw", Page::Preferences),
    ("/api/consent/withdraw_all", Page::Home),
    ("/api/cookies/delete", Page::Preferences),
    (DELETE_ALL, Page::DeleteCookies),
    ("/api/language/choose", Page::Home),
    ("/api/session/end", Page::Account),
    ("/api/session/end_others", Page::Account),
    ("/api/session/reset_password", Page::SignIn),
    ("/api/session/sign_in", Page::SignIn),
    ("/api/session/sign_out", Page::Account),
];

/// The page of the form that posts to this URL.
pub fn page_of(target: &str) -> Option<Page> {
    TARGETS.into_iter().find(|(address, _)| *address == target).map(|(_, page)| page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_page_and_what_is_no_target_has_none() {
        for (target, page) in TARGETS {
            assert_eq!(page_of(target), Some(page), "{target}");
        }
        for other in ["", "/", "/api", "/api/session", "/api/session/sign_in/", "/sign-in", "/de/api/session/sign_in"] {
            assert_eq!(page_of(other), None, "{other}");
        }
    }
}
