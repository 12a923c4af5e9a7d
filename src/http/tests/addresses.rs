//! Unsupported methods and alternative spellings of URLs.

use axum::{
    body::Body,
    http::{Method, StatusCode, header},
};

use super::{
    accounts::users::signed_in_browser,
    browser::{Browser, FORM, ORIGIN, anonymous_browser},
    page::Page,
    records::export,
    site::setup,
    urls::{ACCOUNT_PAGES, PAGES},
};
use crate::{domain::i18n::locale::Locale, http::router};

/// Request headers of clients: none, from another site, from this site.
const FROM: [&[(&str, &str)]; 3] = [
    &[],
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")],
];

/// Methods, including unregistered ones.
const METHODS: [&str; 8] = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO", "get"];

async fn ask(browser: &mut Browser, method: &str, address: &str, from: &[(&str, &str)]) -> Page {
    let request = browser.request(Method::from_bytes(method.as_bytes()).unwrap(), address);
    let request = request.header(header::CONTENT_TYPE, FORM);
    let request = from.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    browser.send(request, Body::from("answer=yes")).await
}

/// Returns the URL of each route and the methods that it supports.
fn routes() -> Vec<(String, Vec<Method>)> {
    let routes = router::table();
    let fill = |template: &str| {
        let filled = template.replace("{version}", "1.1").replace("{from}", "1.0").replace("{to}", "1.1");
        filled.replace("{file}", "policy.json")
    };
    let is_there = |template: &&str| !template.contains("{id}") && !template.contains("{provider}");
    let known = routes.templates().filter(is_there);
    let known = known.map(|template| {
        let methods = routes.find(template).map(|route| routes.methods(route).to_vec()).unwrap();
        (fill(template), methods)
    });
    known.collect()
}

#[tokio::test]
async fn an_unsupported_method_is_rejected_with_the_supported_ones_for_every_client() {
    let (mut browser, mut anyone) = (signed_in_browser(false).await, anonymous_browser());
    let before = (browser.cookies.all().to_vec(), export(&browser.site).await);
    let files = ["/favicon.svg", "/pkg/harmony.css"].map(|file| (file.to_owned(), vec![Method::GET]));
    for (address, methods) in routes().into_iter().chain(files) {
        let names = methods.iter().map(|method| if *method == Method::GET { "GET,HEAD" } else { method.as_str() });
        let allowed = names.collect::<Vec<_>>().join(",");
        for method in METHODS.into_iter().filter(|method| !methods.iter().any(|known| known.as_str() == *method)) {
            for from in FROM {
                let page = ask(&mut browser, method, &address, from).await;
                let case = format!("{method} {address} {from:?}");
                assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED, "{case}");
                assert_eq!(page.header(header::ALLOW), Some(allowed.as_str()), "{case}");
                assert_eq!(page.set_and_removed(), (vec![], vec![]), "{case}");
            }
        }
        // Supported methods are not rejected.
        for method in &methods {
            let page = ask(&mut anyone, method.as_str(), &address, FROM[2]).await;
            assert_ne!(page.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {address}");
        }
    }
    assert_eq!((browser.cookies.all().to_vec(), export(&browser.site).await), before, "nothing was done");
}

#[tokio::test]
async fn a_get_request_to_a_forms_target_leads_to_its_page_and_changes_nothing() {
    let is_form = |address: &str| {
        address.starts_with("/api/") && !address.starts_with("/api/v1/") && address != "/api/measurements"
    };
    for (address, _) in routes().into_iter().filter(|(address, _)| is_form(address)) {
        let page = anonymous_browser().get(&address).await;
        assert_eq!((page.status, page.set_and_removed().0), (StatusCode::SEE_OTHER, vec![]), "{address}");
    }
}

#[tokio::test]
async fn an_unknown_url_is_not_found_with_any_method() {
    let mut browser = anonymous_browser();
    for address in [
        "/nope",
        "/de/nope",
        "/policy/",
        "/policy/9.9",
        "/de/policy/9.9",
        "/policy/compare/1.0/9.9",
        "/policy/compare/1.0/1.0",
        "/policy/9.9/print.css",
        "/editions/9.9",
        "/editions/x",
        "/schemas/x.json",
        "/receipts/x",
        "/api/nope",
        "/api/consent/answer/",
        "/api/v1/nope",
        "/de/api/v1/consent",
        "/de/cookies.json",
        "/pkg/nope.css",
        "/favicon.svg.br",
        "/embed/9.js",
    ] {
        for method in METHODS.into_iter().chain(["OPTIONS"]) {
            for from in FROM {
                let page = ask(&mut browser, method, address, from).await;
                assert_eq!(page.status, StatusCode::NOT_FOUND, "{method} {address} {from:?}");
                assert_eq!(page.header(header::ALLOW), None, "{method} {address}");
            }
        }
    }
}

#[tokio::test]
async fn an_extra_slash_or_a_capital_letter_redirects_to_the_page() {
    let mut user = signed_in_browser(false).await;
    let site = user.site.clone();
    let documents = ["/cookies.json", "/policy/feed.xml", "/policy/1.0/print.css", "/editions/1.0", "/robots.txt"];
    let everywhere = PAGES.iter().chain(&ACCOUNT_PAGES).map(|page| (*page).to_owned());
    let in_languages = Locale::SHIPPED.into_iter().flat_map(|locale| {
        let pages = PAGES.iter().chain(&ACCOUNT_PAGES);
        pages.map(move |page| format!("/{locale}{}", page.trim_end_matches('/')))
    });
    for address in everywhere.chain(in_languages).chain(documents.map(str::to_owned)) {
        let bare = address.trim_end_matches('/');
        let capital = format!("{}{}", bare[..bare.len().min(2)].to_ascii_uppercase(), &bare[bare.len().min(2)..]);
        let spellings = [
            format!("{bare}//"),
            format!("{bare}///"),
            if bare.is_empty() { "//".to_owned() } else { format!("{bare}/") },
            format!("{}/", bare.to_ascii_uppercase()).replace("//", "/"),
            capital,
        ];
        for spelling in
            spellings.into_iter().filter(|spelling| *spelling != address && !spelling.is_empty() && spelling != "/")
        {
            for query in ["", "?", "?notice=rejected&x=//evil.example"] {
                for method in [Method::GET, Method::HEAD] {
                    let mut browser = site.browser();
                    let request = browser.request(method.clone(), &format!("{spelling}{query}"));
                    let page = browser.send(request, Body::empty()).await;
                    let case = format!("{method} {spelling}{query}");
                    assert_eq!(page.status, StatusCode::PERMANENT_REDIRECT, "{case}");
                    let to = page.header(header::LOCATION).unwrap();
                    assert_eq!(to, format!("{address}{query}"), "{case}");
                    assert_eq!(page.set_and_removed(), (vec![], vec![]), "{case}");
                }
            }
        }
    }
    for address in ["/policy/", "/DE/preferences//", "/Account/"] {
        let page = user.get(address).await;
        let page = user.get(page.header(header::LOCATION).unwrap()).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
    }
    assert_eq!(site.views_in_all().await, 0);
}

#[tokio::test]
async fn no_slash_redirects_to_another_host_or_to_a_missing_page() {
    for address in [
        "//evil.example/",
        "//evil.example//",
        "//evil.example/policy/",
        "//EVIL.example/policy",
        "//policy/",
        "///policy/",
        "/\\evil.example/",
        "/%2F%2Fevil.example/",
        "/%2Fevil.example%2F",
        "/de//evil.example/",
        "/de//policy/",
        "/policy/%2F",
        "/nope/",
        "/Nope",
        "/policy/9.9/",
        "/policy/compare/1.0/9.9/",
        "/policy/compare/1.0/",
        "/it/policy/",
        "/de/cookies.json/",
        "/receipts/x/",
        "/api/consent/",
        "/api/consent/answer/",
        "/pkg/",
        "/favicon.svg/",
    ] {
        let page = anonymous_browser().get(address).await;
        assert_eq!((page.status, page.header(header::LOCATION)), (StatusCode::NOT_FOUND, None), "{address}");
    }
}

#[tokio::test]
async fn a_form_posted_to_a_url_with_an_extra_slash_is_not_redirected() {
    let site = setup();
    for address in ["/verify/", "/api/consent/answer/", "/Verify"] {
        let page = site.browser().post_fields(address, "answer=no&return_to=/").await;
        assert_eq!((page.status, page.header(header::LOCATION)), (StatusCode::NOT_FOUND, None), "{address}");
    }
}
