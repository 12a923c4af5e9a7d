//! Members, made as a browser makes them, and what the database holds of them.

use axum::http::StatusCode;
use rusqlite::{Connection, types::Value};

use super::super::{browser::Browser, page::Page, site::Site};
use crate::app::accounts::admin::AccountAdmin;

/// Two e-mail addresses, and the password and another one that every member here has.
pub(in super::super) const ANNA: &str = "anna@example.org";
pub(in super::super) const BERT: &str = "bert@example.org";
pub(in super::super) const PASSWORD: &str = "tomorrow we sail at dawn";
pub(in super::super) const OTHER_PASSWORD: &str = "otterfjordlantern";

/// The cookies of a member, by their names.
pub(in super::super) const SESSION: &str = "__Host-session";
pub(in super::super) const REMEMBER: &str = "__Host-remember";
pub(in super::super) const DEVICE: &str = "__Host-device";

/// The tables that hold something of a member.
pub(super) const TABLES: [&str; 5] = ["accounts", "sessions", "devices", "security_events", "password_reset_tokens"];

/// Makes an account with the form, and opens the page that this leads to.
pub(in super::super) async fn sign_up(browser: &mut Browser, email: &str, remember: bool) -> Page {
    let page = browser.get("/sign-up").await;
    let remember = if remember { "true" } else { "" };
    let answers = [("email", email), ("new_password", PASSWORD), ("remember", remember)];
    browser.submit(&page, "#sign-up", &answers).await
}

/// Signs in with the form, and opens the page that this leads to.
pub(in super::super) async fn sign_in(browser: &mut Browser, email: &str, remember: bool) -> Page {
    let answer = try_sign_in(browser, email, PASSWORD, remember).await;
    let page = browser.get("/").await;
    browser.follow(&page, &answer).await
}

/// Sends the form of the sign-in. Gives its answer.
pub(in super::super) async fn try_sign_in(browser: &mut Browser, email: &str, password: &str, remember: bool) -> Page {
    let page = browser.get("/sign-in").await;
    let remember = if remember { "true" } else { "" };
    browser.send_form(&page, "#sign-in", &[("email", email), ("password", password), ("remember", remember)]).await
}

/// A site with Anna's account, and the browser that she made it with and is signed in with.
pub(in super::super) async fn anna(remember: bool) -> Browser {
    let mut browser = super::super::browser::newcomer();
    let page = sign_up(&mut browser, ANNA, remember).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    browser
}

/// Another browser of the site, signed in to Anna's account.
pub(in super::super) async fn another(browser: &Browser, remember: bool) -> Browser {
    let mut other = browser.site.browser();
    let page = sign_in(&mut other, ANNA, remember).await;
    assert_eq!(page.text("#notice"), "You are signed in.");
    other
}

/// Whether the browser's next page knows a member; it must show itself as one way or the other.
pub(in super::super) async fn is_member(browser: &mut Browser) -> bool {
    let page = browser.get("/").await;
    let shown = page.text("header nav li:last-child a");
    assert!(["Your account", "Sign in"].contains(&shown.as_str()), "{shown}");
    shown == "Your account"
}

/// Signs out with the form on the account page. Gives its answer.
pub(in super::super) async fn sign_out(browser: &mut Browser) -> Page {
    let page = account(browser).await;
    browser.send_form(&page, "#sign-out", &[]).await
}

/// The account page, which only a member sees.
pub(super) async fn account(browser: &mut Browser) -> Page {
    let page = browser.get("/account").await;
    assert_eq!(page.status, StatusCode::OK, "nobody is signed in");
    page
}

/// What the security activity tells, newest first, by the names of the events.
pub(super) async fn activity(browser: &mut Browser) -> Vec<String> {
    flush(&browser.site).await;
    account(browser).await.attributes("#activity li", "data-event").into_iter().map(str::to_owned).collect()
}

/// Sends a request of its own with these cookies and no others. Gives the answer.
pub(super) async fn with_cookies(site: &Site, cookies: &[(&str, &str)], address: &str) -> (Browser, Page) {
    let mut browser = site.browser();
    for (name, value) in cookies {
        browser.cookies.plant(name, value, "/");
    }
    let page = browser.get(address).await;
    (browser, page)
}

/// Waits until all that was handed to the database is written.
pub(super) async fn flush(site: &Site) {
    site.state.store.flush().await.unwrap();
}

/// Every value of a table, row by row.
pub(in super::super) async fn rows(site: &Site, table: &str) -> Vec<Vec<Value>> {
    flush(site).await;
    let connection = Connection::open(site.file("harmony.db")).unwrap();
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
    let columns = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
}

/// How many rows a table has.
pub(super) async fn count(site: &Site, table: &str) -> usize {
    rows(site, table).await.len()
}

/// The bytes of the database, those that wait to be put into it included.
pub(super) async fn stored_bytes(site: &Site) -> Vec<u8> {
    flush(site).await;
    let mut bytes = std::fs::read(site.file("harmony.db")).unwrap();
    bytes.extend(std::fs::read(site.file("harmony.db-wal")).unwrap_or_default());
    bytes
}

/// Whether the bytes hold that text.
pub(super) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// An operator at the site's store.
pub(super) fn operator(site: &Site) -> AccountAdmin<'_> {
    AccountAdmin { store: &site.state.store, clock: site.state.clock.clone(), chance: site.state.chance.clone() }
}
