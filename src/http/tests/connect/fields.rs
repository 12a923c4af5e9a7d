//! What is missing, repeated, too long or of another form is refused, and changes nothing.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::json;

use super::{
    super::{
        accounts::users::count,
        browser::{FORM, HOST},
        partner_api::is_problem,
    },
    ASKED, CHALLENGE, SHOP, VERIFIER, exchange, setup, stored,
};

/// Queries, each wrong in one thing.
fn wrong() -> Vec<String> {
    let mut wrong: Vec<_> = [
        String::new(),
        "service=shop".to_owned(),
        format!("state=xyz&code_challenge={CHALLENGE}"),
        format!("service=shop&code_challenge={CHALLENGE}"),
        "service=shop&state=xyz".to_owned(),
        "service=shop&state=xyz&code_challenge=".to_owned(),
        "service=shop&state=xyz&code_challenge=plain".to_owned(),
        format!("service=shop&state=xyz&code_challenge={CHALLENGE}a"),
        format!("service=shop&state=xyz&code_challenge={}%3D", &CHALLENGE[1..]),
        format!("service=shop&state=&code_challenge={CHALLENGE}"),
        format!("service=shop&state={}&code_challenge={CHALLENGE}", "a".repeat(129)),
        format!("service=shop&state=a%26code%3Db&code_challenge={CHALLENGE}"),
        format!("service=shop&state=a%0d%0ab&code_challenge={CHALLENGE}"),
        format!("service=shop&state=%ff&code_challenge={CHALLENGE}"),
    ]
    .into();
    // Not listed, without a callback, not under the policy yet, or spelt in another way.
    for service in ["evil", "plain", "later", "", "Shop", "shop%20", "https%3A%2F%2Fshop.example", &"a".repeat(500)] {
        wrong.push(format!("service={service}&state=xyz&code_challenge={CHALLENGE}"));
    }
    for twice in ["service=shop", "service=club", "state=xyz", "state=b", &format!("code_challenge={CHALLENGE}")] {
        wrong.push(format!("{ASKED}&{twice}"));
    }
    wrong
}

#[tokio::test]
async fn a_wrong_request_for_a_code_leads_nowhere() {
    let site = setup();
    let mut browser = site.browser();
    for query in wrong() {
        let page = browser.ask_code(&query).await;
        assert_eq!((page.status.as_u16(), page.header(header::LOCATION)), (400, None), "{query}");
    }
    assert_eq!(count(&site, "connect_codes").await, 0);
    assert_eq!(browser.ask_code(&format!("{ASKED}&utm_source=x")).await.status, 303, "others are ignored");
    for address in ["/de/connect", "/connect/other"] {
        assert_eq!(browser.get(&format!("{address}?{ASKED}")).await.status, 404, "{address}");
    }
}

#[tokio::test]
async fn a_wrong_form_is_neither_shown_nor_saved() {
    let site = setup();
    let answered = wrong().into_iter().map(|query| format!("{query}&analytics=yes"));
    let odd = [
        "",
        "&analytics=maybe",
        "&analytics=",
        "&analytics=yes&analytics=no",
        "&security=no",
        "&advertising=yes",
        "&analytics=yes&x y=no",
        "&analytics~1.1~en~analytics:ff.o=yes",
        "&prompt=x&analytics=yes",
    ];
    for fields in answered.chain(odd.map(|more| format!("{ASKED}{more}"))) {
        for (address, from, origin) in
            [("/connect/answer", "cross-site", SHOP), ("/connect/save", "same-origin", super::super::browser::ORIGIN)]
        {
            let mut browser = site.browser();
            let request = browser.request(Method::POST, address).header(header::CONTENT_TYPE, FORM);
            let request = request.header(header::ORIGIN, origin).header("sec-fetch-site", from);
            let page = browser.send(request, Body::from(fields.clone())).await;
            assert_eq!((page.status.as_u16(), page.set_and_removed().0), (400, vec![]), "{address} {fields}");
        }
    }
    assert_eq!(stored(&site).await, (0, 0));
}

#[tokio::test]
async fn an_exchange_is_json_with_three_fields() {
    let site = setup();
    let code = "0".repeat(32);
    let whole = json!({ "code": code, "code_verifier": VERIFIER, "service": "shop" }).to_string();
    let long = format!("{whole}{}", " ".repeat(9_000));
    for (body, status) in [
        ("", 400),
        ("x", 400),
        ("[]", 400),
        ("null", 400),
        ("{}", 400),
        (&json!({ "code": code, "code_verifier": VERIFIER }).to_string(), 400),
        (&json!({ "code": code, "service": "shop" }).to_string(), 400),
        (&json!({ "code_verifier": VERIFIER, "service": "shop" }).to_string(), 400),
        (&json!({ "code": 1, "code_verifier": VERIFIER, "service": "shop" }).to_string(), 400),
        (&whole.replace('}', ",\"more\":1}"), 400),
        (&whole.replace('}', ",\"service\":\"shop\"}"), 400),
        (&long, 413),
    ] {
        is_problem(&exchange(&site, body.to_owned()).await, status);
    }
    for kind in ["", FORM, "text/plain", "text/json"] {
        let request = Request::builder().method(Method::POST).uri("/api/v1/connect").header(header::HOST, HOST);
        let page = site.browser().send(request.header(header::CONTENT_TYPE, kind), Body::from(whole.clone())).await;
        is_problem(&page, 415);
    }
    let page = site.browser().get("/api/v1/connect").await;
    assert_eq!((page.status.as_u16(), page.header(header::ALLOW)), (405, Some("POST")));
}
