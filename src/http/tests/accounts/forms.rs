//! The account forms: fields, error messages, and what a form shows again after an error.

use axum::http::header;

use super::{
    super::{
        browser::{Browser, anonymous_browser},
        page::{Page, text},
    },
    users::{ANNA, OTHER_PASSWORD, PASSWORD, signed_in_browser},
};

/// Form fields as name and value.
type Typed = &'static [(&'static str, &'static str)];

/// A form with errors: URL of its page, selector, field values, and each invalid field with its
/// message.
type Mistaken = (&'static str, &'static str, Typed, Vec<(&'static str, &'static str)>);

const NO_EMAIL: &str = "Enter an email address, such as name@example.org.";
const NO_PASSWORD: &str = "Enter your password.";
const NOT_RECOGNISED: &str = "Wrong email address or password.";
const SHORT: &str = "Password must be 12 characters or more.";
const LONG: &str = "Password must be 256 characters or fewer.";
const COMMON: &str = "This password is too easy to guess. Choose another, such as a few unrelated words.";
const TAKEN: &str = "An account with this email address already exists. Sign in, or use another address.";
const WRONG: &str = "Wrong password.";

/// One character more than a password may have.
const TOO_LONG: &str = "tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorrow we sail at dawn tomorro";

/// Returns each form with one or two errors.
fn mistakes() -> Vec<Mistaken> {
    vec![
        ("/sign-in", "#sign-in", &[], vec![("email", NO_EMAIL), ("password", NO_PASSWORD)]),
        ("/sign-in", "#sign-in", &[("email", "anna")], vec![("email", NO_EMAIL), ("password", NO_PASSWORD)]),
        ("/sign-in", "#sign-in", &[("email", "a@b@"), ("password", "x")], vec![("email", NO_EMAIL)]),
        ("/sign-in", "#sign-in", &[("email", "a@example.org")], vec![("password", NO_PASSWORD)]),
        ("/sign-in", "#sign-in", &[("email", ANNA), ("password", "x")], vec![("password", NOT_RECOGNISED)]),
        ("/sign-up", "#sign-up", &[], vec![("email", NO_EMAIL), ("new_password", SHORT)]),
        ("/sign-up", "#sign-up", &[("email", "x"), ("new_password", PASSWORD)], vec![("email", NO_EMAIL)]),
        (
            "/sign-up",
            "#sign-up",
            &[("email", "b@example.org"), ("new_password", TOO_LONG)],
            vec![("new_password", LONG)],
        ),
        (
            "/sign-up",
            "#sign-up",
            &[("email", "b@example.org"), ("new_password", "password1234")],
            vec![("new_password", COMMON)],
        ),
        (
            "/sign-up",
            "#sign-up",
            &[("email", " ANNA@example.org"), ("new_password", OTHER_PASSWORD)],
            vec![("email", TAKEN)],
        ),
        ("/account/password", "#change-password", &[], vec![("password", NO_PASSWORD), ("new_password", SHORT)]),
        ("/account/password", "#change-password", &[("new_password", OTHER_PASSWORD)], vec![("password", NO_PASSWORD)]),
        ("/account/password", "#change-password", &[("password", PASSWORD)], vec![("new_password", SHORT)]),
        (
            "/account/password",
            "#change-password",
            &[("password", "x"), ("new_password", OTHER_PASSWORD)],
            vec![("password", WRONG)],
        ),
        (
            "/account/password",
            "#change-password",
            &[("password", PASSWORD), ("new_password", "anna@example.org")],
            vec![("new_password", COMMON)],
        ),
        ("/account/delete", "#delete-account", &[], vec![("password", NO_PASSWORD)]),
        ("/account/delete", "#delete-account", &[("password", "x")], vec![("password", WRONG)]),
    ]
}

/// Returns a browser that can see the page: the user's for account pages, a new one otherwise.
fn visitor(user: &Browser, page: &str) -> Browser {
    let mut browser = user.site.browser();
    if page.starts_with("/account") {
        browser.cookies = user.cookies.clone();
    }
    browser
}

#[tokio::test]
async fn errors_are_listed_above_the_form_and_at_each_field() {
    let user = signed_in_browser(false).await;
    for (address, form, typed, wrong) in mistakes() {
        // An hour later the rate limit of the account has recovered.
        user.site.advance_clock(3_600);
        let mut browser = visitor(&user, address);
        let page = browser.get(address).await;
        assert_eq!(page.status, 200, "{address}");
        assert!(!page.has("#problems") && !page.has("[aria-invalid]"), "{address}: nothing is wrong yet");
        let title = page.text("head > title");
        let answer = browser.send_form(&page, form, typed).await;
        let case = format!("{form} {typed:?}");
        assert_eq!(answer.status, 422, "{case}");
        assert_eq!(answer.header(header::CACHE_CONTROL), Some("no-store"), "{case}");
        assert_eq!(answer.text("head > title"), format!("Error: {title}"), "{case}");
        assert_eq!(answer.text("#problems h2"), "There is a problem", "{case}");
        // Which of the two is wrong is not said: no field is marked, the password has the focus.
        let is_of_no_field = wrong.iter().any(|(_, what)| *what == NOT_RECOGNISED);
        let focused = answer.attributes("main [autofocus]", "id");
        assert_eq!(focused, [if is_of_no_field { "password" } else { "problems" }], "{case}");

        let links: Vec<_> = answer.all("#problems a").into_iter().collect();
        let said: Vec<_> = links.iter().map(|link| (link.attr("href").unwrap(), text(*link))).collect();
        let expected: Vec<_> = wrong.iter().map(|(field, what)| (format!("#{field}"), (*what).to_owned())).collect();
        assert_eq!(
            said.iter().map(|(to, what)| ((*to).to_owned(), what.clone())).collect::<Vec<_>>(),
            expected,
            "{case}"
        );
        let invalid = answer.attributes("[aria-invalid=true]", "id");
        if is_of_no_field {
            assert!(invalid.is_empty(), "{case}: {invalid:?}");
            assert_eq!(answer.one("#password").attr("aria-describedby"), Some("password-problem"), "{case}");
            // Where the field is, the summary is out of sight on a phone.
            assert_eq!(answer.text("#password-problem"), NOT_RECOGNISED, "{case}");
            assert!(!answer.has(".field--error"), "{case}");
            continue;
        }
        assert_eq!(invalid, wrong.iter().map(|(field, _)| *field).collect::<Vec<_>>(), "{case}");
        for (field, what) in wrong {
            let input = answer.one(&format!("{form} input[id='{field}']"));
            assert_eq!(input.attr("name"), Some(field), "{case}");
            let ids: Vec<_> = input.attr("aria-describedby").unwrap_or_default().split(' ').collect();
            assert!(ids.contains(&format!("{field}-problem").as_str()), "{case}: {ids:?}");
            assert_eq!(answer.text(&format!("#{field}-problem")), what, "{case}");
            for id in ids {
                answer.one(&format!("[id='{id}']"));
            }
        }
    }
}

#[tokio::test]
async fn a_form_with_errors_keeps_everything_but_the_passwords() {
    let mut browser = anonymous_browser();
    for (address, form, secret) in [("/sign-in", "#sign-in", "password"), ("/sign-up", "#sign-up", "new_password")] {
        for remember in ["true", ""] {
            let page = browser.get(&format!("{address}?return_to=/statistics")).await;
            let typed = [("email", "\"><b>Ä</b>"), (secret, "not-to-be-seen"), ("remember", remember)];
            let answer = browser.send_form(&page, form, &typed).await;
            assert_eq!(answer.status, 422, "{form}");
            assert!(!answer.has("main b"), "what was typed is text");
            let again = answer.form(form);
            assert_eq!(again.value("email"), Some("\"><b>Ä</b>"), "{form}");
            assert_eq!(again.value("return_to"), Some("/statistics"), "{form}");
            assert_eq!(again.value(secret), Some(""), "{form}");
            assert_eq!(answer.has("#remember[checked]"), remember == "true", "{form}");
            assert!(!String::from_utf8_lossy(&answer.bytes).contains("not-to-be-seen"), "{form}");
            let link = answer.attributes("main p a", "href");
            assert!(link.iter().all(|link| link.ends_with("?return_to=/statistics")), "{form}: {link:?}");
        }
    }
}

#[tokio::test]
async fn a_corrected_form_is_accepted_with_the_input_it_kept() {
    let mut browser = anonymous_browser();
    let page = browser.get("/sign-up?return_to=/statistics").await;
    let typed = [("email", ANNA), ("new_password", "short"), ("remember", "true")];
    let page = browser.send_form(&page, "#sign-up", &typed).await;
    let page = browser.submit(&page, "#sign-up", &[("new_password", PASSWORD)]).await;
    assert_eq!((page.status.as_u16(), page.address.as_str()), (200, "/statistics?notice=signed-up"));
    assert!(browser.cookies.find("__Host-Http-remember").is_some(), "the box stayed ticked");
}

#[tokio::test]
async fn a_program_gets_the_errors_as_plain_text() {
    let browser = &mut anonymous_browser();
    let request = browser.post("/sign-up").header(header::ACCEPT, "text/plain");
    // Builds the request by hand: the browser's `Accept` header includes HTML.
    let mut request = request.body(axum::body::Body::from("email=x&new_password=y")).unwrap();
    request.headers_mut().insert(header::ACCEPT, header::HeaderValue::from_static("text/plain"));
    let (answer, body) = browser.site.answer(request).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(answer.headers().get(header::CONTENT_TYPE).unwrap(), "text/plain; charset=utf-8");
    assert_eq!(String::from_utf8_lossy(&body), format!("{NO_EMAIL}\n{SHORT}\n"));
}

/// Returns the `autocomplete` value of each field, by the field's ID or type.
fn hints(page: &Page, form: &str) -> Vec<(String, String)> {
    let inputs = page.all(&format!("{form} input[autocomplete]")).into_iter();
    let hint = |input: scraper::ElementRef<'_>| {
        let of = |name| input.attr(name).unwrap_or_default().to_owned();
        (of("type"), of("autocomplete"))
    };
    inputs.map(hint).collect()
}

#[tokio::test]
async fn password_managers_know_what_to_fill_in() {
    let mut user = signed_in_browser(false).await;
    let (email, old, new) = (("email", "username"), ("password", "current-password"), ("password", "new-password"));
    for (address, form, expected) in [
        ("/sign-in", "#sign-in", vec![("email", "username webauthn"), old]),
        ("/sign-up", "#sign-up", vec![email, new]),
        ("/account/password", "#change-password", vec![email, old, new]),
        ("/account/delete", "#delete-account", vec![email, old]),
    ] {
        let page = visitor(&user, address).get(address).await;
        let expected: Vec<_> = expected.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        assert_eq!(hints(&page, form), expected, "{form}");
        for label in page.all(&format!("{form} label[for]")) {
            page.one(&format!("{form} input[id='{}']", label.attr("for").unwrap()));
        }
    }
    let page = user.get("/account/password").await;
    assert_eq!(page.one("#change-password input[hidden]").attr("value"), Some(ANNA));
    assert!(page.text("#new_password-hint").starts_with("12 to 256 characters, spaces included."));
    assert_eq!(page.one("#new_password").attr("aria-describedby"), Some("new_password-hint"));
}

#[tokio::test]
async fn staying_signed_in_is_off_by_default_and_its_cookie_is_named() {
    for address in ["/sign-in", "/sign-up"] {
        let page = anonymous_browser().get(address).await;
        assert!(page.has("#remember") && !page.has("#remember[checked]"), "{address}");
        let hint = page.text("#remember-hint");
        assert!(hint.contains("__Host-Http-remember") && hint.contains("30 days"), "{hint}");
    }
}

#[tokio::test]
async fn password_limits_count_characters() {
    for (length, taken) in [(11, false), (12, true), (256, true), (257, false)] {
        let password: String = "zK7ö qP2!xV9Lw4m".chars().cycle().take(length).collect();
        let mut browser = anonymous_browser();
        let page = browser.get("/sign-up").await;
        let answer = browser.send_form(&page, "#sign-up", &[("email", ANNA), ("new_password", &password)]).await;
        assert_eq!(answer.status.as_u16(), if taken { 303 } else { 422 }, "{length}");
    }
}
