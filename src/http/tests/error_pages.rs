//! Invalid requests get a 4xx with a clear sentence and no inner detail, and change nothing.

use axum::{
    body::Body,
    http::{Method, StatusCode, header, request},
};

use super::{
    browser::{FORM, HOST, ORIGIN, TAKES_HTML, anonymous_browser},
    page::{Page, text},
    urls::FORMS,
};

/// Words that would reveal inner details.
const INNER: [&str; 16] = [
    "serde",
    "missing field",
    "panick",
    "unwrap",
    "leptos",
    "axum",
    "tower",
    "server function",
    "deserializ",
    "Error(",
    "sqlite",
    "SQL",
    ".rs",
    "/src/",
    "/home/",
    env!("CARGO_MANIFEST_DIR"),
];

/// Checks that the response is an error page for people, or plain text for programs.
fn is_refused(page: &Page, status: u16, to_a_person: bool, case: &str) {
    assert_eq!(page.status.as_u16(), status, "{case}");
    assert_eq!(page.set_and_removed(), (vec![], vec![]), "{case}");
    assert_eq!(page.header("clear-site-data"), None, "{case}");
    let said = if to_a_person {
        assert_eq!(page.header(header::CONTENT_TYPE), Some("text/html; charset=utf-8"), "{case}");
        assert!(!page.text("h1").is_empty(), "{case}");
        assert!(page.all("main a[href]").iter().any(|link| link.attr("href").is_some_and(|to| to.starts_with('/'))));
        assert!(page.text("head > title").ends_with(" · Harmony"), "{case}");
        assert!(!page.has("script"), "{case}");
        assert!(page.text("main").contains(&format!("Error {status}")), "{case}");
        page.text("p.lead")
    } else {
        assert_eq!(page.header(header::CONTENT_TYPE), Some("text/plain; charset=utf-8"), "{case}");
        std::str::from_utf8(&page.bytes).unwrap().trim_end().to_owned()
    };
    assert!(said.ends_with('.') && said.len() > 20, "{case}: {said:?}");
    let whole = if to_a_person { text(page.one("html")) } else { said };
    for word in INNER {
        assert!(!whole.contains(word), "{case} says {word}: {whole}");
    }
}

/// Builds a request with these headers only.
fn bare(method: Method, address: &str, headers: &[(&str, &str)]) -> request::Builder {
    let request = request::Builder::new().method(method).uri(address).header(header::HOST, HOST);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Sends the request as a browser and as a program, and checks both errors and that nothing
/// changed.
async fn both_are_refused(status: u16, method: &Method, address: &str, headers: &[(&str, &str)], body: &[u8]) {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    let before = browser.cookies.all().to_vec();
    let counted = browser.site.views_in_all().await;
    for to_a_person in [true, false] {
        let accepts = [(header::ACCEPT.as_str(), if to_a_person { TAKES_HTML } else { "application/json" })];
        let request = bare(method.clone(), address, &[headers, &accepts].concat());
        let page = browser.send(request, Body::from(body.to_vec())).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        is_refused(&page, status, to_a_person, &format!("{method} {address} {headers:?} {shown}"));
        assert_eq!(browser.cookies.all(), before, "{address} {headers:?}");
        assert_eq!(browser.site.views_in_all().await, counted);
    }
}

const OWN: [(&str, &str); 3] = [("sec-fetch-site", "same-origin"), ("origin", ORIGIN), ("content-type", FORM)];

#[tokio::test]
async fn an_impossible_file_name_is_not_found() {
    for address in [format!("/{}", "a".repeat(300)), format!("/pkg/{}", "a".repeat(253)), "/%00".to_owned()] {
        for method in [Method::GET, Method::HEAD] {
            let mut browser = anonymous_browser();
            let request = browser.request(method.clone(), &address);
            assert_eq!(browser.send(request, Body::empty()).await.status, 404, "{method} {address}");
        }
    }
}

#[tokio::test]
async fn forms_of_other_sites_change_nothing() {
    for (address, fields) in FORMS {
        for headers in [
            vec![],
            vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            vec![("sec-fetch-site", "same-site"), ("origin", "http://other.localhost:3000")],
            vec![("sec-fetch-site", "none")],
            vec![("origin", "https://evil.example")],
            vec![("origin", "null")],
            vec![("origin", "http://localhost:3001")],
            vec![("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            vec![("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
            vec![("referer", "http://localhost:3000/")],
        ] {
            let headers = [&headers[..], &[("content-type", FORM)]].concat();
            both_are_refused(403, &Method::POST, address, &headers, fields.as_bytes()).await;
        }
    }
}

#[tokio::test]
async fn a_form_without_an_origin_gets_another_message_than_one_of_another_site() {
    for (address, fields) in FORMS {
        let request = bare(Method::POST, address, &[("content-type", FORM), ("accept", TAKES_HTML)]);
        let page = anonymous_browser().send(request, Body::from(fields)).await;
        is_refused(&page, 403, true, address);
        assert_eq!(page.text("h1"), "We cannot tell where this form came from", "{address}");
        let said = page.text("p.lead");
        assert!(said.contains("Nothing was changed.") && said.contains("in your browser’s settings"), "{said}");
        assert!(!said.contains("Open the page here and send the form again"), "{said}");
        let foreign =
            bare(Method::POST, address, &[("content-type", FORM), ("accept", TAKES_HTML), ("origin", "null")]);
        let page = anonymous_browser().send(foreign, Body::from(fields)).await;
        assert_eq!(page.text("h1"), "Form sent from another site", "{address}");
    }
    for (locale, title) in [
        ("de", "Wir wissen nicht, woher dieses Formular kommt"),
        ("fr", "Nous ne savons pas d’où vient ce formulaire"),
        ("ar", "لا نعرف من أين جاء هذا النموذج"),
    ] {
        let address = format!("/{locale}/api/consent/answer");
        let request = bare(Method::POST, &address, &[("content-type", FORM), ("accept", TAKES_HTML)]);
        assert_eq!(anonymous_browser().send(request, Body::from("answer=no")).await.text("h1"), title);
    }
}

#[tokio::test]
async fn an_unknown_form_changes_nothing() {
    for (address, body) in [
        ("/api/consent/answer", ""),
        ("/api/consent/answer", "answer=yes"),
        ("/api/consent/answer", "return_to=/"),
        ("/api/consent/answer", "answer=maybe&return_to=/"),
        ("/api/consent/answer", "answer=YES&return_to=/"),
        ("/api/consent/answer", "answer=yes&answer=no&return_to=/"),
        ("/api/consent/answer", "answer=yes&return_to=/&return_to=/policy"),
        ("/api/consent/answer", "answer=yes&return_to=https://evil.example/"),
        ("/api/consent/answer", "answer=yes&return_to=//evil.example"),
        ("/api/consent/answer", "answer=yes&return_to=/%5Cevil.example"),
        ("/api/consent/answer", "answer=yes&return_to=/%0d%0aSet-Cookie:%20a=b"),
        ("/api/consent/answer", "answer=yes&return_to="),
        ("/api/consent/answer", "answer=yes&return_to=/&prompt=a&prompt=b"),
        ("/api/consent/answer", "answer[]=yes&return_to=/"),
        ("/api/consent/answer", "answer[a][b][c][d][e][f][g][h][i]=yes&return_to=/"),
        ("/api/consent/answer", "{\"answer\":\"yes\",\"return_to\":\"/\"}"),
        ("/api/consent/decide", "all=maybe"),
        ("/api/consent/decide", "preferences=yes&analytics=on"),
        ("/api/consent/decide", "preferences=yes&analytics=yes&analytics=yes"),
        ("/api/consent/decide", "preferences=%FF&analytics=yes"),
        ("/api/consent/withdraw", ""),
        ("/api/consent/withdraw", "purpose=marketing"),
        ("/api/consent/withdraw", "purpose=security"),
        ("/api/consent/withdraw", "purpose=consent"),
        ("/api/consent/withdraw", "purpose=Analytics"),
        ("/api/consent/withdraw_all", ""),
        ("/api/consent/withdraw_all", "return_to="),
        ("/api/consent/withdraw_all", "return_to=//evil.example"),
        ("/api/cookies/delete", ""),
        ("/api/cookies/delete", "name=a%3Bb"),
        ("/api/cookies/delete", "name=a%3D"),
        ("/api/cookies/delete", "name=a%0d%0aSet-Cookie:b"),
        ("/api/cookies/delete", "name=a&name=b"),
        ("/api/appearance/save", ""),
        ("/api/appearance/save", "theme=dark"),
        ("/api/appearance/save", "theme=blue&text_size=large"),
        ("/api/appearance/save", "theme=dark&text_size=huge"),
        ("/api/appearance/save", "theme=dark&theme=light&text_size=large"),
        ("/api/appearance/save", "theme=dark&text_size=large&preferences=maybe"),
        ("/sign-up", ""),
        ("/sign-up", "email=a@example.org"),
        ("/sign-up", "new_password=otterfjordlantern"),
        ("/sign-up", "email=a@example.org&new_password=otterfjordlantern&remember=maybe"),
        ("/account/password", "password=a"),
        ("/account/delete", "password=a&password=b"),
        ("/sign-in", "email=a@example.org&password=a&remember=maybe"),
        ("/sign-in", "email=a@example.org&password=a&password=b"),
        ("/sign-in", "email=a@example.org&password[]=a"),
        ("/api/session/end", ""),
        ("/sign-in/reset", "token=a"),
        ("/verify", ""),
        ("/verify", "receipt=a&receipt=b"),
    ] {
        both_are_refused(400, &Method::POST, address, &OWN, body.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_rejected() {
    for (address, fields) in FORMS {
        for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "application/x-www-form"]
        {
            // This form may have a file.
            if address == "/verify" && kind.starts_with("multipart") {
                continue;
            }
            let headers = [OWN[0], OWN[1], ("content-type", kind)];
            both_are_refused(415, &Method::POST, address, &headers, fields.as_bytes()).await;
        }
        both_are_refused(415, &Method::POST, address, &OWN[..2], fields.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_forms_content_type_may_have_a_charset() {
    let mut browser = anonymous_browser();
    let headers = [OWN[0], OWN[1], ("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")];
    let request = bare(Method::POST, "/api/consent/decide", &headers);
    let page = browser.send(request, "preferences=no&analytics=no".into()).await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_rejected() {
    for (address, fields) in FORMS {
        let mut body = fields.as_bytes().to_vec();
        body.extend_from_slice(b"&padding=");
        body.resize(1 << 20, b'x');
        both_are_refused(413, &Method::POST, address, &OWN, &body).await;
    }
}

#[tokio::test]
async fn cookies_with_invalid_utf_8_are_listed_and_can_be_deleted() {
    for (bytes, name) in [(&b"a=\xff"[..], &b"a"[..]), (b"\xc3\x28=1", b"\xc3\x28"), (b"b=1; n\xfcm=\x80", b"n\xfcm")] {
        let mut browser = anonymous_browser();
        for address in ["/", "/policy", "/cookies.json", "/health", "/pkg/harmony.css", "/preferences"] {
            let request = browser.request(Method::GET, address).header(header::COOKIE, bytes);
            assert_eq!(browser.send(request, Body::empty()).await.status, StatusCode::OK, "{address}");
        }
        let request = browser.request(Method::GET, "/preferences").header(header::COOKIE, bytes);
        let page = browser.send(request, Body::empty()).await;
        let shown = crate::domain::cookies::request_header::readable(name);
        let form = page.form(&format!("tr[data-cookie='{shown}'] form"));
        let request = browser.post(&form.action).header(header::COOKIE, bytes);
        let answer = browser.send(request, form.fill(&[]).into()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{shown}");
        let removal = [name, b"=; Path=/; Max-Age=0"].concat();
        assert!(answer.headers.get_all(header::SET_COOKIE).iter().any(|line| line.as_bytes() == removal), "{shown}");
    }
}

#[tokio::test]
async fn more_cookies_than_the_site_can_read_are_rejected() {
    let cookies: Vec<_> = (0..180).map(|number| format!("c{number}={}", "x".repeat(8_000))).collect();
    for address in ["/cookies.json", "/pkg/harmony.css", "/robots.txt"] {
        let mut browser = anonymous_browser();
        let request = browser.request(Method::GET, address).header(header::COOKIE, cookies[..10].join("; "));
        assert_eq!(browser.send(request, Body::empty()).await.status, StatusCode::OK, "{address} needs none");
    }
    // The error page for too many cookies offers a way out.
    let mut browser = anonymous_browser();
    let many = cookies[..10].join("; ");
    let request = browser.request(Method::GET, "/preferences").header(header::COOKIE, &many);
    let page = browser.send(request, Body::empty()).await;
    let form = page.form("#delete-all");
    let request = browser.post(&form.action).header(header::COOKIE, &many);
    let answer = browser.send(request, form.fill(&[]).into()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let removed = answer.set_and_removed().1;
    assert!((0..10).all(|number| removed.contains(&format!("c{number}").as_str())), "{removed:?}");
    for address in ["/", "/preferences"] {
        let mut browser = anonymous_browser();
        let request = browser.request(Method::GET, address).header(header::COOKIE, cookies.join("; "));
        is_refused(&browser.send(request, Body::empty()).await, 431, true, address);
        let request = cookies
            .iter()
            .fold(browser.request(Method::GET, address), |request, cookie| request.header(header::COOKIE, cookie));
        is_refused(&browser.send(request, Body::empty()).await, 431, true, "split in many headers");
    }
}

#[tokio::test]
async fn the_cookies_of_a_busy_host_are_read() {
    let mut browser = anonymous_browser();
    for number in 0..180 {
        browser.cookies.plant(&format!("c{number}"), &"x".repeat(100), "/");
    }
    let page = browser.get("/preferences").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.all("tr.foreign").len(), 180);
    assert!(page.has("#choices"));
}

#[tokio::test]
async fn unknown_urls_are_not_found() {
    for address in [
        "/nowhere",
        "/policy/9.9",
        "/policy/1",
        "/policy/01.0",
        "/policy/latest",
        "//policy",
        "/pkg/",
        "/pkg/nowhere.js",
        "/pkg/../harmony.db",
        "/pkg/%2e%2e/harmony.db",
        "/..%2fharmony.db",
        "/%00",
        "/%ff",
        "/api",
        "/api/",
        "/api/consent",
        "/api/consent/nothing",
    ] {
        both_are_refused(404, &Method::GET, address, &[], b"").await;
    }
}

#[tokio::test]
async fn a_url_that_is_too_long_is_rejected() {
    let long = format!("/?{}", "x".repeat(4_000));
    both_are_refused(414, &Method::GET, &long, &[], b"").await;
    both_are_refused(414, &Method::POST, &format!("/api/consent/decide?{}", "x".repeat(4_000)), &OWN, b"").await;
}

#[tokio::test]
async fn an_unsupported_method_is_rejected_and_the_supported_ones_are_named() {
    for (method, address, allowed) in [
        (Method::PUT, "/api/consent/decide", "POST,GET,HEAD"),
        (Method::DELETE, "/api/consent/decide", "POST,GET,HEAD"),
        (Method::PATCH, "/sign-in", "GET,HEAD,POST"),
        (Method::PATCH, "/api/session/end", "POST,GET,HEAD"),
        (Method::PUT, "/", "GET,HEAD"),
        (Method::PUT, "/verify", "GET,HEAD,POST"),
        (Method::POST, "/preferences/history", "GET,HEAD"),
        (Method::POST, "/policy", "GET,HEAD"),
        (Method::DELETE, "/preferences", "GET,HEAD"),
        (Method::OPTIONS, "/preferences", "GET,HEAD"),
        (Method::POST, "/cookies.json", "GET,HEAD"),
        (Method::PATCH, "/health", "GET,HEAD"),
        (Method::POST, "/favicon.svg", "GET,HEAD"),
    ] {
        both_are_refused(405, &method, address, &OWN, b"").await;
        let mut browser = anonymous_browser();
        let page = browser.send(bare(method.clone(), address, &OWN), Body::empty()).await;
        let allows = page.header(header::ALLOW).unwrap_or_default().replace(' ', "");
        assert_eq!(allows, allowed, "{method} {address}");
    }
}

#[tokio::test]
async fn an_unknown_method_is_rejected() {
    let method = Method::from_bytes(b"BREW").unwrap();
    both_are_refused(405, &method, "/preferences", &OWN, b"").await;
    both_are_refused(405, &method, "/preferences", &[], b"").await;
}

#[tokio::test]
async fn an_error_page_has_the_layout_of_the_site() {
    let mut browser = anonymous_browser();
    let page = browser.get("/nowhere").await;
    assert_eq!(page.text("footer a[href='/preferences']"), "Cookie preferences");
    assert!(page.has("header nav") && page.has("a.skip-link"));
    assert!(page.has("#banner"), "the question stands here too");
    browser.answer_banner("no").await;
    assert!(!browser.get("/nowhere").await.has("#banner"));
}

#[tokio::test]
async fn the_banner_of_an_error_page_leads_to_a_page_that_exists() {
    for address in ["/nowhere", "/policy/9.9"] {
        let mut browser = anonymous_browser();
        let page = browser.get(address).await;
        let page = browser.submit(&page, "#banner form", &[("answer", "yes")]).await;
        assert_eq!(page.status, 200, "{address} leads to {}", page.address);
        assert!(page.has("#notice"), "{address}");
    }
}
