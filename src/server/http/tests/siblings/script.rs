//! The script for the pages of sibling services, as it is served.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha384};

use super::{
    super::{page::Page, site::Site},
    SHOP, ask, setup,
};

const DESCRIPTION: &str = include_str!("../../../../../docs/services.md");
const EXAMPLE: &str = include_str!("../../../../../examples/sibling.rs");

/// What a browser is answered that loads it for a page of the shop.
async fn load(site: &Site, address: &str, also: &[(&str, &str)]) -> Page {
    let request = ask(Method::GET, address, SHOP);
    let request = also.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    site.browser().send(request, Body::empty()).await
}

#[tokio::test]
async fn every_page_may_load_it_and_check_its_hash_and_it_sets_nothing() {
    let site = setup();
    for (address, lasts) in [("/embed/1.js", "public, max-age=31536000, immutable"), ("/embed.js", "public, no-cache")]
    {
        let page = load(&site, address, &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header(header::CONTENT_TYPE), Some("text/javascript; charset=utf-8"));
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
        assert_eq!(page.header("cross-origin-resource-policy"), Some("cross-origin"));
        assert_eq!(page.header(header::CACHE_CONTROL), Some(lasts));
        assert_eq!(page.set_and_removed(), (vec![], vec![]));
        let tag = page.header(header::ETAG).unwrap().to_owned();
        let again = load(&site, address, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    }
}

#[tokio::test]
async fn it_is_under_three_kilobytes_as_it_travels() {
    let page = load(&setup(), "/embed/1.js", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(page.header(header::CONTENT_ENCODING), Some("br"));
    assert!(page.bytes.len() < 3_000, "{} bytes", page.bytes.len());
}

#[tokio::test]
async fn the_hash_that_is_published_is_that_of_the_file() {
    let site = setup();
    let script = load(&site, "/embed/1.js", &[]).await;
    let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(&script.bytes)));
    let page = site.browser().get("/services").await;
    assert!(page.text("#developers pre").contains(&format!("integrity=\"{integrity}\"")));
    // A version that was published never changes: what is mended makes the next one.
    assert!(DESCRIPTION.contains(&integrity), "docs/services.md says another hash than {integrity}");
    assert!(EXAMPLE.contains(&integrity), "examples/sibling.rs says another hash than {integrity}");
}

#[tokio::test]
async fn it_needs_no_exception_in_a_strict_policy_and_keeps_nothing() {
    let page = load(&setup(), "/embed/1.js", &[]).await;
    let text = String::from_utf8(page.bytes.to_vec()).unwrap();
    for word in [
        "eval(",
        "new Function",
        "innerHTML",
        "document.write",
        "cookie =",
        "Storage",
        "indexedDB",
        "style=",
        ".cssText",
    ] {
        assert!(!text.contains(word), "{word}");
    }
}
