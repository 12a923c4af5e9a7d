//! Any request to the partner API gets a response below 500, and only listed origins may read it.

use axum::{
    body::Body,
    http::{HeaderValue, Method, StatusCode, header},
};
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::{CONSENT, SHOP, access_headers, ask, setup};
use crate::properties::cases;

/// Generates listed origins, similar ones and invalid ones.
fn origin() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => Just(SHOP.as_bytes().to_vec()),
        2 => ("(https?://)?(pay[.])?shop[.]example[./:]?[0-9]{0,4}").prop_map(String::into_bytes),
        1 => prop::collection::vec(prop_oneof![0x20_u8..0x7f, 0x80_u8..=0xff], 0..30),
    ]
}

/// Generates valid and nearly valid bodies.
fn body() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec!["true", "false", "null", "1", "\"true\"", "{}", "[true]"]);
    let name = prop::sample::select(vec!["preferences", "analytics", "security", ""]);
    prop_oneof![
        4 => prop::collection::vec((name, value), 0..4).prop_map(|fields| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{\"choices\":{{{}}}}}", fields.join(","))
        }),
        1 => "[ \\[\\]{}:,\"a-z]{0,40}",
        1 => any::<String>(),
        1 => (1..200_usize).prop_map(|depth| "[".repeat(depth)),
    ]
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_request_gets_a_response_or_an_error(origin in origin(), body in body(), posts: bool) {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let mut browser = setup().browser();
            let is_listed = [SHOP, "https://pay.shop.example"].iter().any(|listed| listed.as_bytes() == origin);
            let mut request = ask(if posts { Method::POST } else { Method::GET }, CONSENT, "")
                .header(header::CONTENT_TYPE, "application/json");
            request.headers_mut().unwrap().insert(header::ORIGIN, HeaderValue::from_bytes(&origin).unwrap());
            let page = browser.send(request, Body::from(body)).await;
            assert!(!page.status.is_server_error(), "{}", page.status);
            assert_eq!(access_headers(&page).is_empty(), !is_listed);
            assert!(is_listed || page.status == StatusCode::FORBIDDEN);
            let is_decided = posts && page.status == StatusCode::OK;
            assert_eq!(browser.holds().contains(&"__Host-Http-consent"), is_decided);
        });
    }
}
