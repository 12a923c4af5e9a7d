//! `/verify`: every input gets a page with a verdict or an error message.

use axum::{
    body::Body,
    http::{StatusCode, header},
};
use proptest::prelude::*;
use strum::VariantArray as _;

use super::{
    browser::{Browser, anonymous_browser},
    page::{Page, encode},
    receipts::{address, download},
    site::{DAY, site_with_key},
};
use crate::{domain::ledger::receipt::Verdict, properties::cases};

/// Submits a text with the form.
async fn verify(browser: &mut Browser, text: &str) -> Page {
    let page = browser.get("/verify").await;
    let answer = browser.send_form(&page, "#verify", &[("receipt", text)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer
}

/// Returns the verdict of a page.
fn verdict(page: &Page) -> Verdict {
    let name = page.one("#verdict").attr("data-verdict").unwrap();
    let verdict = Verdict::VARIANTS.iter().copied().find(|verdict| verdict.into_str() == name).unwrap();
    assert_eq!(page.text("#verdict"), verdict.sentence());
    verdict
}

/// Returns the content of the text field as a browser parses it.
fn entered(page: &Page) -> String {
    page.one("textarea#receipt").text().collect()
}

#[tokio::test]
async fn without_a_receipt_the_page_shows_the_form() {
    let page = anonymous_browser().get("/verify").await;
    assert!(!page.has("#verdict") && !page.has("#says"));
    assert_eq!(page.text("label[for=receipt]"), "Receipt text");
    assert_eq!(entered(&page), "");
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
}

/// A form with this part, and nothing else.
fn upload(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"receipt.json\"\r\n\
         Content-Type: application/json\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n--x--\r\n"].concat()
}

async fn send_upload(browser: &mut Browser, content_type: &str, body: Vec<u8>) -> Page {
    let mut request = browser.post("/verify");
    request.headers_mut().unwrap().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
    browser.send(request, Body::from(body)).await
}

#[tokio::test]
async fn a_receipt_is_read_from_its_file_too_and_no_file_breaks_the_page() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let text = download(&mut browser).await;
    let form = browser.get("/verify").await;
    assert_eq!(form.one("#verify-file").attr("enctype"), Some("multipart/form-data"));
    let page = send_upload(&mut browser, "multipart/form-data; boundary=x", upload("file", text.as_bytes())).await;
    assert_eq!((verdict(&page), entered(&page)), (Verdict::Genuine, text));
    for content in [&b""[..], b"\xff\xfe\0", b"--x", b"{}"] {
        let page = send_upload(&mut browser, "multipart/form-data; boundary=x", upload("file", content)).await;
        assert_eq!(verdict(&page), Verdict::Unreadable, "{content:?}");
    }
    for (content_type, body, status) in [
        ("multipart/form-data; boundary=x", upload("other", b"{}"), 400),
        ("multipart/form-data; boundary=x", b"--x\r\n".to_vec(), 400),
        ("multipart/form-data; boundary=x", vec![], 400),
        ("multipart/form-data", upload("file", b"{}"), 400),
        ("multipart/form-data; boundary=x", upload("file", &vec![b'a'; 140_000]), 413),
        ("multipart/mixed; boundary=x", upload("file", b"{}"), 415),
    ] {
        assert_eq!(send_upload(&mut browser, content_type, body).await.status.as_u16(), status, "{content_type}");
    }
    let mut elsewhere = browser.post("/api/consent/decide");
    let upload_type = "multipart/form-data; boundary=x".parse().unwrap();
    elsewhere.headers_mut().unwrap().insert(header::CONTENT_TYPE, upload_type);
    let answer = browser.send(elsewhere, Body::from(upload("file", b"{}"))).await;
    assert_eq!(answer.status.as_u16(), 415, "no other form has a file");
}

#[tokio::test]
async fn a_genuine_receipt_is_confirmed_and_shown() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let text = download(&mut browser).await;
    // Another visitor verifies the receipt.
    let mut auditor = browser.site.browser();
    let page = verify(&mut auditor, &text).await;
    assert_eq!(verdict(&page), Verdict::Genuine);
    let status = page.one("#verdict");
    assert_eq!((status.attr("role"), status.attr("tabindex")), (Some("status"), Some("-1")));
    assert!(status.attr("autofocus").is_some());
    assert!(page.text("head > title").starts_with("Genuine: Check a receipt"));
    assert_eq!(page.text("#says h2"), "Choice made on 22 November 2026 at 12:00 UTC");
    assert_eq!(page.text("#says [data-purpose=preferences]"), "Preferences Allowed");
    assert_eq!(entered(&page), text);
    assert_eq!(page.header(header::CACHE_CONTROL), Some("no-store"));
    assert_eq!(page.header(header::CONTENT_TYPE), Some("text/html; charset=utf-8"));
    assert_eq!(page.set_and_removed(), (vec![], vec![]));
    assert_eq!(verdict(&verify(&mut auditor, &entered(&page)).await), Verdict::Genuine, "as the field sends it again");
}

#[tokio::test]
async fn every_other_verdict_has_a_sentence_too() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let text = download(&mut browser).await;
    let page = verify(&mut browser, &text.replace("true", "false")).await;
    assert_eq!(verdict(&page), Verdict::Altered);
    assert!(!page.has("#says") && page.text("head > title").starts_with("Not genuine: "));
    let mut elsewhere = site_with_key([1; 32]).browser();
    assert_eq!(verdict(&verify(&mut elsewhere, &text).await), Verdict::Foreign);
    browser.site.advance_clock(400 * DAY);
    let now = browser.site.state.now();
    browser.site.prune(now).await;
    let page = verify(&mut browser, &text).await;
    assert_eq!(verdict(&page), Verdict::Expired);
    assert!(page.has("#says"), "what it says is still true");
}

#[tokio::test]
async fn an_invalid_receipt_is_rejected_and_stays_in_the_field() {
    let mut browser = anonymous_browser();
    for text in [
        "x",
        "{}",
        "[]",
        "null",
        "\n\n{\n",
        " \t ",
        "</textarea><script>alert(1)</script><h1>Genuine</h1>",
        "&lt;&amp;&#60;&quot;\"'<!-- ]]>",
        "{\"schema\":\"harmony-receipt/1\"}",
        "ünï ☃ 🍪",
        "\u{202e}\u{feff}",
        &"[".repeat(5_000),
        &"{\"a\":".repeat(1_000),
        &"x".repeat(16_000),
        "1e999999",
        "{\"schema\":\"harmony-receipt/1\",\"schema\":\"harmony-receipt/1\"}",
    ] {
        let page = verify(&mut browser, text).await;
        assert_eq!(verdict(&page), Verdict::Unreadable, "{text}");
        assert_eq!(entered(&page), text);
        assert!(!page.has("script") && page.all("h1").len() == 1, "{text}");
    }
}

#[tokio::test]
async fn no_link_can_make_the_page_show_a_verdict() {
    let mut browser = anonymous_browser();
    for address in ["/verify?receipt=x", "/verify?verdict=genuine", "/verify?notice=genuine", "/verify?notice=saved"] {
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.has("#verdict") && !page.has("#notice"), "{address}");
        assert_eq!(entered(&page), "");
    }
}

#[tokio::test]
async fn excessive_and_malformed_input_gets_an_error_message() {
    let mut browser = anonymous_browser();
    for (body, status) in [
        (format!("receipt={}", "x".repeat(200_000)), 413),
        (format!("receipt={}", "[".repeat(140_000)), 413),
        (format!("receipt={}", "x".repeat(130_000)), 200),
        ("receipt=%FF%FE%00".into(), 200),
        (format!("receipt={}", "%5B".repeat(5_000)), 200),
        ("receipt=".into(), 200),
        (String::new(), 400),
        ("other=x".into(), 400),
        ("receipt=x&receipt=y".into(), 400),
        ("receipt[]=x".into(), 400),
    ] {
        let page = browser.post_fields("/verify", body.clone()).await;
        assert_eq!(page.status.as_u16(), status, "{}", &body[..body.len().min(40)]);
        assert!(page.text("main").len() > 20 && page.all("h1").len() == 1);
    }
    let bytes: Vec<u8> = b"receipt=".iter().copied().chain(0..=255).collect();
    let page = browser.post_fields("/verify", bytes).await;
    assert!(matches!(page.status.as_u16(), 200 | 400), "{}", page.status);
    let request = browser.post("/verify").header(header::ACCEPT, "application/json");
    let page = browser.send(request, Body::from("receipt=x")).await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn while_the_ledger_is_unavailable_there_is_an_error_and_no_verdict() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "no").await;
    let own = address(&mut browser).await.unwrap();
    let connection = rusqlite::Connection::open(browser.site.file("harmony.db")).unwrap();
    connection.execute_batch("ALTER TABLE ledger_heads RENAME TO gone").unwrap();
    for page in [browser.post_fields("/verify", "receipt=x").await, browser.get(&own).await] {
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", page.address);
        assert!(page.text("main").contains("There is a problem on our side") && !page.has("#verdict"));
        assert!(!page.text("html").contains("ledger_heads"));
    }
    let history = browser.get("/preferences/history").await;
    assert!(history.text("main").contains("We cannot show your choices at the moment."));
    assert_eq!(browser.get("/preferences").await.status, StatusCode::OK, "it does not look");
}

#[tokio::test]
async fn the_banner_beside_a_verdict_returns_to_the_page() {
    let mut browser = anonymous_browser();
    let page = verify(&mut browser, "x").await;
    let page = browser.submit(&page, "#banner form", &[("answer", "no")]).await;
    assert!(page.address.starts_with("/verify?notice=rejected&receipt="), "{}", page.address);
    assert!(page.has("#notice"));
}

#[test]
fn no_input_breaks_the_page_or_appears_outside_the_field() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let site = anonymous_browser().site;
    proptest!(cases(64), |(text in "(?s)(\\{\"schema\":\"harmony-receipt/1\",)?.{0,300}")| {
        let page = runtime.block_on(site.browser().post_fields("/verify", encode(&[("receipt", &text)])));
        prop_assert_eq!(page.status, StatusCode::OK);
        prop_assert_eq!(verdict(&page), Verdict::Unreadable);
        prop_assert!(!page.has("script"));
    });
}
