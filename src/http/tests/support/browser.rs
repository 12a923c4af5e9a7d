//! A browser without JavaScript: it sends headers as Chromium does, keeps cookies, submits the
//! forms on a page, and follows redirects.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Method, Request, StatusCode, header, request},
};

use super::{
    cookie_store::CookieStore,
    page::Page,
    site::{CONSENT_LABEL, Site, setup},
};
use crate::domain::{consent::decision::Decision, ledger::record::RecordRef};

const CONSENT: &str = "__Host-Http-consent";

/// Host and origin of the site.
pub(in crate::http::tests) const HOST: &str = "localhost:3000";

pub(in crate::http::tests) const ORIGIN: &str = "http://localhost:3000";

/// The `Accept` header of a browser that opens a page.
pub(in crate::http::tests) const TAKES_HTML: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

/// The content type of a form.
pub(in crate::http::tests) const FORM: &str = "application/x-www-form-urlencoded";

const COMPUTER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

pub(in crate::http::tests) struct Browser {
    pub site: Site,
    pub cookies: CookieStore,
    pub user_agent: &'static str,
    /// The value of `Accept-Language`.
    pub languages: String,
    /// Whether the browser stores cookies.
    pub keeps_cookies: bool,
    /// The client IP that the site sees, if any.
    pub address: Option<IpAddr>,
    /// Additional headers of every request.
    pub sends: Vec<(&'static str, &'static str)>,
}

/// Returns a new browser without cookies, at a site of its own.
pub(in crate::http::tests) fn anonymous_browser() -> Browser {
    setup().browser()
}

/// Returns the decision in the browser's consent cookie.
pub(in crate::http::tests) fn decision_in_cookie(browser: &Browser) -> Decision {
    let value = browser.cookies.value(CONSENT);
    RecordRef::decode(&browser.site.state.cookie_signer.verify(CONSENT_LABEL, value).unwrap()).unwrap().0
}

impl Browser {
    pub fn new(site: Site) -> Self {
        Self {
            site,
            cookies: CookieStore::default(),
            user_agent: COMPUTER,
            languages: "en".to_owned(),
            keeps_cookies: true,
            address: None,
            sends: Vec::new(),
        }
    }

    /// Opens a URL as if the user had typed it.
    pub async fn get(&mut self, address: &str) -> Page {
        let request = self.request(Method::GET, address).header("sec-fetch-site", "none");
        self.send(request, Body::empty()).await
    }

    /// Opens a URL as if the user had followed a link on the page.
    pub async fn get_from(&mut self, page: &Page, address: &str) -> Page {
        let request = self
            .request(Method::GET, address)
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, format!("{ORIGIN}{}", page.address));
        self.send(request, Body::empty()).await
    }

    /// Fills in and submits a form of the page, and follows the redirect.
    pub async fn submit(&mut self, page: &Page, form: &str, answers: &[(&str, &str)]) -> Page {
        let answer = self.send_form(page, form, answers).await;
        self.follow(page, &answer).await
    }

    /// Fills in and submits a form of the page, and returns the response.
    pub async fn send_form(&mut self, page: &Page, form: &str, answers: &[(&str, &str)]) -> Page {
        let form = page.form(form);
        let body = form.fill(answers);
        let request = self.post(&form.action).header(header::REFERER, format!("{ORIGIN}{}", page.address));
        self.send(request, body.into()).await
    }

    /// Follows the redirect that answers a form.
    pub async fn follow(&mut self, page: &Page, answer: &Page) -> Page {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.address);
        let address = answer.header(header::LOCATION).unwrap().to_owned();
        self.get_from(page, &address).await
    }

    /// Posts fields that no form of the site needs to have.
    pub async fn post_fields(&mut self, address: &str, fields: impl Into<Body>) -> Page {
        let request = self.post(address);
        self.send(request, fields.into()).await
    }

    /// Posts fields together with the prompt ID of the preferences page.
    pub async fn post_with_prompt(&mut self, address: &str, fields: &str) -> Page {
        let page = self.get("/preferences").await;
        let prompt = page.attributes("#choices input[name=prompt]", "value")[0];
        self.post_fields(address, format!("{fields}&prompt={prompt}")).await
    }

    /// Builds the request of a form, without its body.
    pub fn post(&self, address: &str) -> request::Builder {
        self.request(Method::POST, address)
            .header("sec-fetch-site", "same-origin")
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, FORM)
    }

    /// Builds a request as a browser that opens a page.
    pub fn request(&self, method: Method, address: &str) -> request::Builder {
        Request::builder()
            .method(method)
            .uri(address)
            .header(header::HOST, HOST)
            .header(header::USER_AGENT, self.user_agent)
            .header(header::ACCEPT, TAKES_HTML)
            .header(header::ACCEPT_LANGUAGE, &self.languages)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("upgrade-insecure-requests", "1")
    }

    /// Sends a request with the stored cookies, and stores the cookies of the response.
    pub async fn send(&mut self, request: request::Builder, body: Body) -> Page {
        let mut request = request.body(body).unwrap();
        let address = request.uri().to_string();
        if let Some(cookies) = self.cookies.header(request.uri().path(), self.site.now()) {
            request.headers_mut().append(header::COOKIE, HeaderValue::from_str(&cookies).unwrap());
        }
        for (name, value) in &self.sends {
            request.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 40_000)));
        }
        let (answer, bytes) = self.site.answer(request).await;
        let (parts, ()) = answer.into_parts();
        let page = Page::new(address, parts.status, parts.headers, bytes);
        if self.keeps_cookies {
            // `"cookies"` would affect other hosts and `"cache"` stalls a browser, so the site
            // sends neither.
            assert!(page.header("clear-site-data").is_none_or(|what| what == "\"storage\""), "{}", page.address);
            for cookie in page.headers.get_all(header::SET_COOKIE) {
                self.cookies.take(&String::from_utf8_lossy(cookie.as_bytes()), self.site.now());
            }
        }
        page
    }

    /// Presses a button of the banner on the home page.
    pub async fn answer_banner(&mut self, answer: &str) -> Page {
        let home = self.get("/").await;
        self.submit(&home, "#banner form", &[("answer", answer)]).await
    }

    /// Answers both questions on the preferences page.
    pub async fn decide(&mut self, preferences: &str, analytics: &str) -> Page {
        let page = self.get("/preferences").await;
        self.submit(&page, "#choices", &[("preferences", preferences), ("analytics", analytics)]).await
    }

    /// Withdraws a purpose, as the button of its cookie does, and returns the next page.
    pub async fn withdraw(&mut self, purpose: &str) -> Page {
        let page = self.get("/preferences").await;
        let prompt = page.attributes("#choices input[name=prompt]", "value")[0];
        let answer = self.post_fields("/api/consent/withdraw", format!("purpose={purpose}&prompt={prompt}")).await;
        self.follow(&page, &answer).await
    }

    /// Deletes all cookies, and returns the next page.
    pub async fn delete_all(&mut self) -> Page {
        let page = self.get("/preferences/delete").await;
        self.submit(&page, "#delete-all", &[]).await
    }

    /// Returns the names of the stored cookies.
    pub fn holds(&self) -> Vec<&str> {
        self.cookies.names().into_iter().collect()
    }
}
