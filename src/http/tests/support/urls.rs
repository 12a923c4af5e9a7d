//! The URLs of all pages and forms.

/// Pages that every visitor can open.
pub(in crate::http::tests) const PAGES: [&str; 19] = [
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
    "/preferences/delete",
    "/verify",
    "/services",
    "/transparency",
    "/transparency/measurement",
    "/statistics",
    "/sign-in",
    "/sign-up",
];

/// Pages that only a signed-in user can open.
pub(in crate::http::tests) const ACCOUNT_PAGES: [&str; 8] = [
    "/account",
    "/account/security",
    "/account/data",
    "/account/password",
    "/account/password/remove",
    "/account/passkey",
    "/account/passkey/remove",
    "/account/delete",
];

/// Pages with the banner.
pub(in crate::http::tests) const ASKING: [&str; 18] = [
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
    "/preferences/delete",
    "/verify",
    "/services",
    "/transparency",
    "/transparency/measurement",
    "/statistics",
    "/sign-in",
    "/sign-up",
];

/// Every URL that accepts a form, with valid fields.
pub(in crate::http::tests) const FORMS: [(&str, &str); 27] = [
    ("/api/consent/answer", "answer=yes&return_to=/"),
    ("/api/consent/decide", "preferences=yes&analytics=yes"),
    ("/api/consent/withdraw", "purpose=analytics"),
    ("/api/consent/withdraw_all", "return_to=/"),
    ("/api/cookies/delete", "name=__Host-Http-consent"),
    ("/preferences/cookies/delete_all", ""),
    ("/api/appearance/save", "theme=dark&text_size=large&preferences=yes"),
    ("/api/language/choose", "locale=de&return_to=/"),
    ("/sign-up", "email=a@example.org&new_password=otterfjordlantern&remember=true"),
    ("/account/password", "password=a&new_password=otterfjordlantern"),
    ("/account/passkey", "password=a&name=Office"),
    ("/account/delete", "password=a"),
    ("/sign-in", "email=a@example.org&password=a"),
    ("/api/session/sign_out", ""),
    ("/api/session/end", "session=a"),
    ("/api/session/end_others", ""),
    ("/api/session/name", "session=a&name=Office"),
    ("/sign-in/reset", "token=a&new_password=otterfjordlantern"),
    ("/sign-in/forgotten", "email=a@example.org"),
    ("/confirm", "token=a&password=a"),
    ("/policy/subscribe", "email=a@example.org"),
    ("/policy/unsubscribe", "token=a"),
    ("/api/account/send_confirmation", ""),
    ("/api/passkey/name", "passkey=a&name=Office"),
    ("/account/password/remove", "password=a"),
    ("/account/passkey/remove", "passkey=a&password=a"),
    ("/verify", "receipt=a"),
];
