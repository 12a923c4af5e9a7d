//! Users who sign up and in as a browser does, and what the database has about them.

use axum::http::StatusCode;
use rusqlite::{Connection, types::Value};

use super::{browser::Browser, page::Page, site::Site};
use crate::app::accounts::admin::AccountAdmin;

/// Two e-mail addresses, the password of every user in the tests, and another one.
pub(in crate::http::tests) const ANNA: &str = "anna@example.org";
pub(in crate::http::tests) const BERT: &str = "bert@example.org";
pub(in crate::http::tests) const PASSWORD: &str = "tomorrow we sail at dawn";
pub(in crate::http::tests) const OTHER_PASSWORD: &str = "otterfjordlantern";

/// Names of the cookies for signed-in users.
pub(in crate::http::tests) const SESSION: &str = "__Host-Http-session";
pub(in crate::http::tests) const REMEMBER: &str = "__Host-Http-remember";
pub(in crate::http::tests) const DEVICE: &str = "__Host-Http-device";

/// Tables with data of users.
pub(in crate::http::tests) const TABLES: [&str; 5] =
    ["accounts", "sessions", "devices", "security_events", "password_reset_tokens"];

/// Creates an account with the form, and opens the next page.
pub(in crate::http::tests) async fn sign_up(browser: &mut Browser, email: &str, remember: bool) -> Page {
    let page = browser.get("/sign-up").await;
    let remember = if remember { "true" } else { "" };
    let answers = [("email", email), ("new_password", PASSWORD), ("remember", remember)];
    browser.submit(&page, "#sign-up", &answers).await
}

/// Signs in with the form, and opens the next page.
pub(in crate::http::tests) async fn sign_in(browser: &mut Browser, email: &str, remember: bool) -> Page {
    let answer = try_sign_in(browser, email, PASSWORD, remember).await;
    let page = browser.get("/").await;
    browser.follow(&page, &answer).await
}

/// Sends the sign-in form and returns the response.
pub(in crate::http::tests) async fn try_sign_in(
    browser: &mut Browser,
    email: &str,
    password: &str,
    remember: bool,
) -> Page {
    let page = browser.get("/sign-in").await;
    let remember = if remember { "true" } else { "" };
    browser.send_form(&page, "#sign-in", &[("email", email), ("password", password), ("remember", remember)]).await
}

/// Returns a browser that just created Anna's account and is signed in to it.
pub(in crate::http::tests) async fn signed_in_browser(remember: bool) -> Browser {
    let mut browser = super::browser::anonymous_browser();
    let page = sign_up(&mut browser, ANNA, remember).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    browser
}

/// Returns another browser of the site, signed in to Anna's account.
pub(in crate::http::tests) async fn another(browser: &Browser, remember: bool) -> Browser {
    let mut other = browser.site.browser();
    let page = sign_in(&mut other, ANNA, remember).await;
    assert_eq!(page.text("#notice"), "You are signed in.");
    other
}

/// Whether the browser is signed in, by the link in the header of the next page.
pub(in crate::http::tests) async fn is_signed_in(browser: &mut Browser) -> bool {
    let page = browser.get("/").await;
    let shown = page.text("header nav:not(.languages) li:last-child a");
    assert!(["Your account", "Sign in"].contains(&shown.as_str()), "{shown}");
    shown == "Your account"
}

/// Signs out with the form on the account page, and returns the response.
pub(in crate::http::tests) async fn sign_out(browser: &mut Browser) -> Page {
    let page = account(browser).await;
    browser.send_form(&page, "#sign-out", &[]).await
}

/// Opens the account page. Fails the test if nobody is signed in.
pub(in crate::http::tests) async fn account(browser: &mut Browser) -> Page {
    let page = browser.get("/account").await;
    assert_eq!(page.status, StatusCode::OK, "nobody is signed in");
    page
}

/// Opens the security page of the account. Fails the test if nobody is signed in.
pub(in crate::http::tests) async fn security(browser: &mut Browser) -> Page {
    let page = browser.get("/account/security").await;
    assert_eq!(page.status, StatusCode::OK, "nobody is signed in");
    page
}

/// Returns the names of the account's security events, newest first.
pub(in crate::http::tests) async fn activity(browser: &mut Browser) -> Vec<String> {
    flush(&browser.site).await;
    security(browser).await.attributes("#activity li", "data-event").into_iter().map(str::to_owned).collect()
}

/// Opens a URL with a new browser that has only these cookies.
pub(in crate::http::tests) async fn with_cookies(
    site: &Site,
    cookies: &[(&str, &str)],
    address: &str,
) -> (Browser, Page) {
    let mut browser = site.browser();
    for (name, value) in cookies {
        browser.cookies.plant(name, value, "/");
    }
    let page = browser.get(address).await;
    (browser, page)
}

/// Waits until the writer thread has committed everything.
pub(in crate::http::tests) async fn flush(site: &Site) {
    site.state.store.flush().await.unwrap();
}

/// Returns all rows of a table.
pub(in crate::http::tests) async fn rows(site: &Site, table: &str) -> Vec<Vec<Value>> {
    flush(site).await;
    let connection = Connection::open(site.file("harmony.db")).unwrap();
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
}

pub(in crate::http::tests) async fn count(site: &Site, table: &str) -> usize {
    rows(site, table).await.len()
}

/// Returns the bytes of the database file and of its write-ahead log.
pub(in crate::http::tests) async fn stored_bytes(site: &Site) -> Vec<u8> {
    flush(site).await;
    let mut bytes = std::fs::read(site.file("harmony.db")).unwrap();
    bytes.extend(std::fs::read(site.file("harmony.db-wal")).unwrap_or_default());
    bytes
}

pub(in crate::http::tests) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

pub(in crate::http::tests) fn operator(site: &Site) -> AccountAdmin<'_> {
    AccountAdmin { store: &site.state.store, clock: site.state.clock.clone(), rng: site.state.rng.clone() }
}
