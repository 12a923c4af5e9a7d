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

const DESCRIPTION: &str = include_str!("../../../../docs/services.md");
const EXAMPLE: &str = include_str!("../../../../examples/sibling.rs");

/// What a browser is answered that loads it for a page of the shop.
async fn load(site: &Site, address: &str, also: &[(&str, &str)]) -> Page {
    let request = ask(Method::GET, address, SHOP);
    let request = also.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    site.browser().send(request, Body::empty()).await
}

/// Every published version with the hash that it was published with.
const PUBLISHED: [(&str, &str); 2] = [
    ("/embed/1.js", "sha384-YRUrAwlcvi/RMIElYklfncWEl4rvw/wuwfDmtpH9mjXzF0mNR6DyIoAwv4tUduI3"),
    ("/embed/2.js", "sha384-OszwjQrkSMxASm2KVp5cWeJl8lyWkT/UQ/LIALe2iX2amjnOy6CorOLB8v4ziE9x"),
];

#[tokio::test]
async fn every_page_may_load_it_and_check_its_hash_and_it_sets_nothing() {
    let site = setup();
    for (address, _) in PUBLISHED {
        let page = load(&site, address, &[]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header(header::CONTENT_TYPE), Some("text/javascript; charset=utf-8"));
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
        assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
        assert_eq!(page.header("cross-origin-resource-policy"), Some("cross-origin"));
        assert_eq!(page.header(header::CACHE_CONTROL), Some("public, max-age=31536000, immutable"));
        assert_eq!(page.set_and_removed(), (vec![], vec![]));
        let tag = page.header(header::ETAG).unwrap().to_owned();
        let again = load(&site, address, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    }
}

#[tokio::test]
async fn every_version_is_under_three_kilobytes_as_it_travels() {
    let site = setup();
    for (address, _) in PUBLISHED {
        let page = load(&site, address, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(page.header(header::CONTENT_ENCODING), Some("br"));
        assert!(page.bytes.len() < 3_000, "{address}: {} bytes", page.bytes.len());
        // As it stands in the code, compressed here and not by the server.
        let plain = load(&site, address, &[]).await.bytes;
        let mut compressed = Vec::new();
        let settings = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
        brotli::BrotliCompress(&mut plain.as_ref(), &mut compressed, &settings).unwrap();
        assert!(compressed.len() < 3_000, "{address}: {} bytes", compressed.len());
    }
}

#[tokio::test]
async fn a_published_version_never_changes_and_is_served_for_good() {
    let site = setup();
    for (address, published) in PUBLISHED {
        let script = load(&site, address, &[]).await;
        assert_eq!(integrity(&script.bytes), published, "{address}: publish what changed as the next version");
    }
    for address in ["/embed/3.js", "/embed.js"] {
        assert_eq!(load(&site, address, &[]).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn the_newest_version_is_the_one_that_is_published_with_its_hash() {
    let site = setup();
    let (address, integrity) = PUBLISHED[PUBLISHED.len() - 1];
    let page = site.browser().get("/services").await;
    let element = page.text("#developers pre");
    assert!(element.contains(&format!("{address}\" integrity=\"{integrity}\"")), "{element}");
    for (name, text) in [("docs/services.md", DESCRIPTION), ("examples/sibling.rs", EXAMPLE)] {
        assert!(text.contains(integrity), "{name} says another hash than {integrity}");
        assert!(text.contains(address), "{name} does not name {address}");
    }
}

#[tokio::test]
async fn it_needs_no_exception_in_a_strict_policy_and_keeps_nothing() {
    let site = setup();
    for (address, _) in PUBLISHED {
        let page = load(&site, address, &[]).await;
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
            // A word of a comment does nothing.
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(!code.into_iter().any(|line| line.contains(word)), "{address}: {word}");
        }
    }
}

/// The value of `integrity` for these bytes.
fn integrity(script: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(script)))
}
