//! Where forms are sent to, and the pages that they are on: whoever opens such an address is led back there.
//!
//! A form that is shown again stands at the address that it was sent to. Enter in the address bar, a
//! bookmark and a restored tab ask for it with GET, and find the form.

use super::page::Page;

/// Where every cookie is deleted. It lies below the page that lists them, so a browser sends all that it sent with the page, those
/// of that path too.
pub const DELETE_ALL: &str = "/preferences/cookies/delete_all";

/// Each address that a form is sent to, with the page that the form is on. The banner, the button
/// at the foot and the switch of the language are on every page; the start page stands for them. The
/// form of a password reset link is nowhere without its link, so that leads to the sign-in, which
/// says how to get one.
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
    (DELETE_ALL, Page::Preferences),
    ("/api/language/choose", Page::Home),
    ("/api/session/end", Page::Account),
    ("/api/session/end_others", Page::Account),
    ("/api/session/reset_password", Page::SignIn),
    ("/api/session/sign_in", Page::SignIn),
    ("/api/session/sign_out", Page::Account),
];

/// The page of the form that is sent to that address, if one is.
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
