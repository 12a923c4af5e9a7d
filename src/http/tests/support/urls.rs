//! The URLs of all pages.

/// Pages that every visitor can open.
pub(in crate::http::tests) const PAGES: [&str; 17] = [
    "/",
    "/policy",
    "/policy/1.0",
    "/policy/1.1",
    "/policy/1.2",
    "/policy/history",
    "/policy/compare",
    "/policy/compare/1.0/1.1",
    "/policy/compare/1.1/1.2",
    "/preferences",
    "/preferences/history",
    "/verify",
    "/services",
    "/transparency",
    "/insights",
    "/sign-in",
    "/sign-up",
];

/// Pages that only a signed-in user can open.
pub(in crate::http::tests) const MEMBERS_PAGES: [&str; 3] = ["/account", "/account/password", "/account/delete"];

/// Pages with the banner.
pub(in crate::http::tests) const ASKING: [&str; 16] = [
    "/",
    "/policy",
    "/policy/1.0",
    "/policy/1.1",
    "/policy/1.2",
    "/policy/history",
    "/policy/compare",
    "/policy/compare/1.0/1.1",
    "/policy/compare/1.1/1.2",
    "/preferences/history",
    "/verify",
    "/services",
    "/transparency",
    "/insights",
    "/sign-in",
    "/sign-up",
];
