//! The URLs that forms post to.
//!
//! A form that can be shown again with errors posts to its own page. A form that is done or refused
//! posts to a URL below `/api/`, and a GET of that URL redirects to the page of the form: Enter in
//! the address bar, a bookmark and a restored tab request it with GET.

use super::page::Page;

/// Deletes every cookie. The path lies below the page that lists them, so that the browser also
/// sends the cookies of that path.
pub const DELETE_ALL: &str = "/preferences/cookies/delete_all";

/// Each form URL that is not a page's, with the page of the form. Banner, footer button and
/// language switch are on every page, so they map to the home page.
pub const TARGETS: [(&str, Page); 15] = [
    ("/api/account/send_confirmation", Page::Security),
    ("/api/appearance/save", Page::Preferences),
    ("/api/consent/answer", Page::Home),
    ("/api/consent/decide", Page::Preferences),
    ("/api/consent/withdraw", Page::Preferences),
    ("/api/consent/withdraw_all", Page::Home),
    ("/api/cookies/delete", Page::Preferences),
    (DELETE_ALL, Page::DeleteCookies),
    ("/api/identity/unlink", Page::Security),
    ("/api/language/choose", Page::Home),
    ("/api/passkey/name", Page::Security),
    ("/api/session/end", Page::Account),
    ("/api/session/end_others", Page::Account),
    ("/api/session/name", Page::Account),
    ("/api/session/sign_out", Page::Account),
];

/// The page of the form that posts to this URL.
pub fn page_of(target: &str) -> Option<Page> {
    TARGETS.into_iter().find(|(address, _)| *address == target).map(|(_, page)| page)
}

/// Whether a form posts to this path.
pub fn is_form(path: &str) -> bool {
    page_of(path).is_some() || path.parse().is_ok_and(Page::takes_form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_page_and_what_is_no_target_has_none() {
        for (target, page) in TARGETS {
            assert_eq!(page_of(target), Some(page), "{target}");
        }
        for other in ["", "/", "/api", "/api/session", "/api/session/end/", "/sign-in", "/de/api/session/end"] {
            assert_eq!(page_of(other), None, "{other}");
        }
        for (path, expected) in [
            ("/sign-in", true),
            ("/account/delete", true),
            ("/verify", true),
            ("/api/session/end", true),
            ("/account", false),
            ("/policy", false),
            ("/nowhere", false),
        ] {
            assert_eq!(is_form(path), expected, "{path}");
        }
    }
}
