//! The script for partner pages, as the server delivers it.

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

/// Loads the script as a page of the partner service does.
async fn load(site: &Site, address: &str, also: &[(&str, &str)]) -> Page {
    let request = ask(Method::GET, address, SHOP);
    let request = also.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    site.browser().send(request, Body::empty()).await
}

/// Every published version with its hash.
const PUBLISHED: [(&str, &str); 3] = [
    ("/embed/1.js", "sha384-YRUrAwlcvi/RMIElYklfncWEl4rvw/wuwfDmtpH9mjXzF0mNR6DyIoAwv4tUduI3"),
    ("/embed/2.js", "sha384-HiFQOZVq1tyLnsgiIsbZHBYWdAmjyJ/6l5TBfuHdXAM0/WjhYcxlrqyYUgwnhGZa"),
    ("/embed/3.js", "sha384-CyXb1B4LhnZ8VFPoh9mWqVi1qTBRe03fLi+bf3aqC4y0yGHCFKNWmYE+Q3LEBDlS"),
];

#[tokio::test]
async fn every_origin_may_load_the_script_with_integrity_and_it_sets_nothing() {
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
async fn every_compressed_version_is_as_small_as_the_documentation_says() {
    let site = setup();
    for (address, _) in PUBLISHED {
        let limit = if address == "/embed/3.js" { 4_000 } else { 3_000 };
        let page = load(&site, address, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(page.header(header::CONTENT_ENCODING), Some("br"));
        assert!(page.bytes.len() < limit, "{address}: {} bytes", page.bytes.len());
        // The source file, compressed by the test and not by the server.
        let plain = load(&site, address, &[]).await.bytes;
        let mut compressed = Vec::new();
        let settings = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
        brotli::BrotliCompress(&mut plain.as_ref(), &mut compressed, &settings).unwrap();
        assert!(compressed.len() < limit, "{address}: {} bytes", compressed.len());
    }
}

#[tokio::test]
async fn a_published_version_never_changes_and_is_always_served() {
    let site = setup();
    for (address, published) in PUBLISHED {
        let script = load(&site, address, &[]).await;
        assert_eq!(integrity(&script.bytes), published, "{address}: publish what changed as the next version");
    }
    for address in ["/embed/4.js", "/embed.js"] {
        assert_eq!(load(&site, address, &[]).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn the_newest_version_is_published_with_its_hash() {
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
async fn the_script_works_under_a_strict_csp_and_stores_nothing() {
    let site = setup();
    for (address, _) in PUBLISHED {
        let page = load(&site, address, &[]).await;
        let text = String::from_utf8(page.bytes.to_vec()).unwrap();
        // Version 3 deletes, by the names of what it deletes from.
        let stores = if address == "/embed/3.js" { ["setItem", ".open("] } else { ["Storage", "indexedDB"] };
        let words =
            ["eval(", "new Function", "innerHTML", "document.write", "cookie =", "style=", ".cssText", "setItem"];
        // Words in comments do not count.
        let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for word in words.into_iter().chain(stores) {
            assert!(!code.iter().any(|line| line.contains(word)), "{address}: {word}");
        }
        let is_harmless =
            |line: &&str| !line.contains("'cookie',") || line.contains("; Max-Age=0`") || line.contains("look(");
        assert!(code.iter().all(is_harmless), "{address}: the only cookies that it sets are over at once");
    }
}

/// Returns the value of the `integrity` attribute for these bytes.
fn integrity(script: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(script)))
}
