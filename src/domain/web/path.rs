//! The paths of what is not a page, and the rules that depend on a path alone.

use super::{form_route, page::Page};
use crate::domain::{
    i18n::{locale::Locale, locale_path},
    policy::version::Version,
};

/// The feed of the policy's editions.
pub const FEED: &str = "/policy/feed.xml";

/// The print style sheet of an edition.
pub const PRINT_SHEET: &str = "/policy/{version}/print.css";

/// The publisher's logo on light and on dark backgrounds, and the sheet with their accent.
pub const LOGO: &str = "/logo.svg";
pub const LOGO_DARK: &str = "/logo-dark.svg";
pub const ACCENT_SHEET: &str = "/accent.css";

/// The sitemap.
pub const SITEMAP: &str = "/sitemap.xml";

/// The rules for crawlers.
pub const ROBOTS: &str = "/robots.txt";

/// Where mail providers end a subscription with one click (RFC 8058).
pub const UNSUBSCRIBE: &str = "/api/unsubscribe";

/// The export of an account, and that of a browser.
pub const ACCOUNT_EXPORT: &str = "/account/export";
pub const BROWSER_EXPORT: &str = "/preferences/export";

/// Where the script of a measured page sends its measurement.
pub const MEASUREMENTS: &str = "/api/measurements";

/// Where the pages of partner services ask what a visitor chose, and send answers.
pub const PARTNER_CONSENT: &str = "/api/v1/consent";

/// Where the pages of partner services send what they find and the policy does not say.
pub const PARTNER_FINDINGS: &str = "/api/v1/findings";
/// Where a partner service's server exchanges a one-use code.
pub const PARTNER_CONNECT: &str = "/api/v1/connect";

/// Where a sign-in through an identity provider begins, and where the provider sends the browser
/// back to. The id of the provider follows.
pub const SIGN_IN_WITH: &str = "/sign-in/with/";
pub const SIGN_IN_CALLBACK: &str = "/sign-in/callback/";

/// Where an identity provider says that a user signed out there. Its id follows.
pub const PROVIDER_LOGOUT: &str = "/sign-in/logout/";

/// Where a browser binds a session to a key of its device, and where it fetches the next cookie of
/// that key.
pub const DEVICE_KEY_START: &str = "/device-key/start";
pub const DEVICE_KEY_REFRESH: &str = "/device-key/refresh";

/// Where a partner service on another domain sends a visitor for a one-use code.
pub const CONNECT: &str = "/connect";

/// Where the form of such a service sends a visitor's answers, for a page that asks to confirm
/// them.
pub const CONNECT_ANSWER: &str = "/connect/answer";

/// Where that page sends the confirmed answers.
pub const CONNECT_SAVE: &str = "/connect/save";

/// The path of an edition's print style sheet in a language.
pub fn print_sheet(version: Version, locale: Locale) -> String {
    locale_path::join(locale, &PRINT_SHEET.replace("{version}", &version.to_string()))
}

/// Whether the path has the form of an edition's print style sheet.
pub fn is_print_sheet(path: &str) -> bool {
    let Some((before, after)) = PRINT_SHEET.split_once("{version}") else { return false };
    let version = path.strip_prefix(before).and_then(|path| path.strip_suffix(after));
    version.is_some_and(|version| version.parse::<Version>().is_ok())
}

/// Whether a document that is not a page is served at a path below `/policy/`.
pub fn is_policy_document(path: &str) -> bool {
    path == FEED || is_print_sheet(path)
}

/// Whether the path is a health check. Health checks are served under any host name and under any
/// load.
pub fn is_health_check(path: &str) -> bool {
    path == "/health" || path == "/ready"
}

/// Whether the browser itself, and no page, posts there.
pub fn is_device_key(path: &str) -> bool {
    path == DEVICE_KEY_START || path == DEVICE_KEY_REFRESH
}

/// Whether the path belongs to the API for partner services.
pub fn is_partner_api(path: &str) -> bool {
    path.starts_with("/api/v1/")
}

/// Whether the path is that of an export.
pub fn is_export(path: &str) -> bool {
    path == ACCOUNT_EXPORT || path == BROWSER_EXPORT
}

/// Whether the last segment of the path names a file.
pub fn is_file(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.contains('.'))
}

/// Whether the path exists below each language prefix: a page, its print style sheet, the target of
/// a form, or what leads to a page.
pub fn is_localized(path: &str) -> bool {
    path.parse::<Page>().is_ok()
        || form_route::page_of(path).is_some()
        || path.starts_with("/api/") && !is_partner_api(path)
        || is_export(path)
        || path.starts_with(SIGN_IN_WITH)
        || is_print_sheet(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_print_style_sheet_has_the_path_of_its_version() {
        let version = Version { major: 1, minor: 0 };
        assert_eq!(print_sheet(version, Locale::default()), "/en/policy/1.0/print.css");
        for (path, expected) in [
            ("/policy/1.0/print.css", true),
            ("/policy/1.0", false),
            ("/policy/x/print.css", false),
            ("/policy//print.css", false),
            ("/policy/print.css", false),
            ("/policy/1.0/print.css/", false),
        ] {
            assert_eq!(is_print_sheet(path), expected, "{path}");
        }
    }

    #[test]
    fn pages_and_form_targets_are_localized_and_files_and_the_partner_api_are_not() {
        for (path, expected) in [
            ("/", true),
            ("/policy", true),
            ("/policy/1.0/print.css", true),
            ("/api/consent/answer", true),
            (form_route::DELETE_ALL, true),
            (ACCOUNT_EXPORT, true),
            (BROWSER_EXPORT, true),
            (PARTNER_CONSENT, false),
            (PARTNER_FINDINGS, false),
            (FEED, false),
            ("/cookies.json", false),
            ("/favicon.svg", false),
        ] {
            assert_eq!(is_localized(path), expected, "{path}");
        }
    }
}
