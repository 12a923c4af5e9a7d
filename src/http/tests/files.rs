//! Static files: compressed where that helps, each under one URL, and no other file of the build is
//! served.

use std::fs;

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use super::site::{Site, setup, site_with_files};

/// Returns a site with files as the build leaves them, with compressed variants.
fn built() -> Site {
    site_with_files(|folder| {
        for (name, plain, brotli, gzip) in [
            ("pkg/harmony.css", 900, 100, 200),
            ("card.png", 500, 504, 510),
            ("even.svg", 300, 300, 299),
            ("folder/deep.svg", 300, 400, 200),
        ] {
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            for (ending, size) in [("", plain), (".br", brotli), (".gz", gzip)] {
                fs::write(format!("{}{ending}", file.display()), vec![b'x'; size]).unwrap();
            }
        }
        fs::write(folder.join("pkg/harmony.d.ts"), "export {}").unwrap();
        fs::write(folder.join("pkg/harmony.d.Hv-_G1ba089yQ.ts"), "export {}").unwrap();
        fs::write(folder.join("pkg/harmony_bg.wasm.d.ts"), "export {}").unwrap();
    })
}

#[tokio::test]
async fn a_compressed_file_is_served_if_it_is_smaller_and_always_varies_by_accept_encoding() {
    let site = built();
    for (address, takes, coding, size) in [
        ("/pkg/harmony.css", "", None, 900),
        ("/pkg/harmony.css", "gzip, br", Some("br"), 100),
        ("/pkg/harmony.css", "gzip", Some("gzip"), 200),
        ("/card.png", "gzip, br", None, 500),
        ("/even.svg", "br", None, 300),
        ("/even.svg", "gzip, br", Some("gzip"), 299),
        ("/folder/deep.svg", "gzip, br", Some("gzip"), 200),
        ("/folder/d%65ep.svg", "br", None, 300),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let mut browser = site.browser();
            let request = browser.request(method.clone(), address).header(header::ACCEPT_ENCODING, takes);
            let page = browser.send(request, Body::empty()).await;
            let case = format!("{method} {address} {takes:?}");
            assert_eq!((page.status, page.header(header::CONTENT_ENCODING)), (StatusCode::OK, coding), "{case}");
            assert_eq!(page.header(header::CONTENT_LENGTH), Some(size.to_string().as_str()), "{case}");
            assert_eq!(page.header(header::VARY), Some("accept-encoding"), "{case}");
        }
    }
}

#[tokio::test]
async fn a_not_modified_file_varies_by_accept_encoding_too() {
    let site = built();
    let mut browser = site.browser();
    let file = browser.get("/pkg/harmony.css").await;
    let date = file.header(header::LAST_MODIFIED).unwrap().to_owned();
    let request = browser.request(Method::GET, "/pkg/harmony.css").header(header::IF_MODIFIED_SINCE, date);
    let page = browser.send(request, Body::empty()).await;
    assert_eq!((page.status, page.header(header::VARY)), (StatusCode::NOT_MODIFIED, Some("accept-encoding")));
}

#[tokio::test]
async fn other_files_of_the_build_have_no_url() {
    let site = built();
    for address in [
        "/pkg/harmony.css.br",
        "/pkg/harmony.css.gz",
        "/pkg/harmony.css.b%72",
        "/pkg/harmony.css%2Egz",
        "/card.png.br",
        "/card.png.br/",
        "/card.png.br/.",
        "/./card.png.br",
        "/pkg/../card.png.br",
        "//card.png.br",
        "//card.png",
        "/card.png/",
        "/pkg//harmony.css",
        "/pkg/./harmony.css",
        "/pkg/%2E/harmony.css",
        "/card.png.gz",
        "/folder/deep.svg.gz",
        "/pkg/harmony.d.ts",
        "/pkg/harmony.d.Hv-_G1ba089yQ.ts",
        "/pkg/harmony_bg.wasm.d.ts",
        "/pkg/harmony.d%2ets",
    ] {
        for takes in ["", "br", "gzip"] {
            let mut browser = site.browser();
            let request = browser.request(Method::GET, address).header(header::ACCEPT_ENCODING, takes);
            let page = browser.send(request, Body::empty()).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{address} {takes:?}");
        }
    }
}

#[tokio::test]
async fn every_small_document_is_revalidated() {
    for address in [
        "/robots.txt",
        "/.well-known/gpc.json",
        "/.well-known/security.txt",
        "/.well-known/harmony-keys.json",
        "/sitemap.xml",
        "/policy/feed.xml",
        "/policy/1.1/print.css",
        "/ar/policy/1.0/print.css",
        "/cookies.json",
        "/policy.json",
        "/editions/1.0",
        "/schemas/policy.json",
        "/openapi.json",
        "/embed/3.js",
        "/measure/1.js",
    ] {
        let site = setup();
        let mut browser = site.browser();
        let page = browser.get(address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        let tag = page.header(header::ETAG).unwrap_or_else(|| panic!("{address} bears no tag")).to_owned();
        for (tags, status) in [(tag.as_str(), StatusCode::NOT_MODIFIED), ("\"other\"", StatusCode::OK)] {
            for method in [Method::GET, Method::HEAD] {
                let request = browser.request(method.clone(), address).header(header::IF_NONE_MATCH, tags);
                let again = browser.send(request, Body::empty()).await;
                assert_eq!(again.status, status, "{method} {address} {tags}");
                for name in [header::ETAG, header::CACHE_CONTROL, header::VARY] {
                    assert_eq!(again.header(&name), page.header(&name), "{method} {address} {name}");
                }
            }
        }
    }
}
