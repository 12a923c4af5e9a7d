//! Page performance is measured only with a grant, and each measurement counts once.

use axum::{
    body::Body,
    http::{HeaderName, Method, StatusCode, header},
};

use super::{
    browser::{Browser, FORM},
    page::Page,
    site::{DAY, site_with_newest_edition},
};
use crate::{config::CountrySource, domain::analytics::performance::Bucket};

const PHONE: &str =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

const SCRIPT: &str = "script[src='/measure/1.js']";

/// A day on which the edition is current that says that performance is collected.
const LATER: i64 = 8 * DAY;

/// A browser that granted analytics under that edition.
async fn measured_browser() -> Browser {
    let site = site_with_newest_edition(|_| ());
    site.advance_clock(LATER);
    let mut browser = site.browser();
    browser.answer_banner("yes").await;
    browser
}

/// The token that came with a page.
fn token(page: &Page) -> Option<String> {
    let timing = page.header("server-timing")?;
    Some(timing.strip_prefix("token;desc=\"")?.split('"').next()?.replace('+', "%2B"))
}

async fn send(browser: &mut Browser, form: String) -> StatusCode {
    let request = browser.request(Method::POST, "/api/measurements");
    let request = request.header("sec-fetch-site", "same-origin").header(header::CONTENT_TYPE, FORM);
    browser.send(request, Body::from(form)).await.status
}

/// Opens the policy, and sends these values as its script does.
async fn measure(browser: &mut Browser, values: &str) -> StatusCode {
    let token = token(&browser.get("/policy").await).unwrap();
    send(browser, format!("page=/policy&token={token}&{values}")).await
}

/// The stored rows as `day page device country metric bucket count`.
async fn stored(browser: &Browser) -> Vec<String> {
    browser.site.state.store.flush().await.unwrap();
    let file = browser.site.file("harmony.db");
    let read = move || {
        let connection = rusqlite::Connection::open(file).unwrap();
        let mut statement = connection.prepare("SELECT * FROM page_performance ORDER BY metric, bucket").unwrap();
        let row = |row: &rusqlite::Row<'_>| {
            let text = |column| row.get::<_, String>(column);
            let number = |column| row.get::<_, i64>(column);
            Ok(format!(
                "{} {} {} {} {} {} {}",
                text(0)?,
                text(1)?,
                text(2)?,
                text(3)?,
                text(4)?,
                number(5)?,
                number(6)?
            ))
        };
        statement.query_map([], row).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

#[tokio::test]
async fn a_page_has_the_script_and_the_token_only_with_a_grant() {
    for (later, preferences, analytics, is_measured) in
        [(LATER, "yes", "yes", true), (LATER, "yes", "no", false), (0, "yes", "yes", false)]
    {
        let site = site_with_newest_edition(|_| ());
        site.advance_clock(later);
        let mut browser = site.browser();
        for path in ["/policy", "/", "/statistics"] {
            let page = browser.get(path).await;
            assert!(!page.has("script") && token(&page).is_none(), "{path} before a choice");
        }
        browser.decide(preferences, analytics).await;
        for path in ["/policy", "/", "/statistics", "/preferences"] {
            let page = browser.get(path).await;
            assert_eq!((page.has(SCRIPT), token(&page).is_some()), (is_measured, is_measured), "{path} {later}");
            let policy = page.header(header::CONTENT_SECURITY_POLICY).unwrap();
            assert_eq!(policy.contains("script-src 'self'"), is_measured || path == "/preferences", "{path} {policy}");
        }
    }
}

#[tokio::test]
async fn a_page_that_may_run_no_script_has_none() {
    let mut browser = measured_browser().await;
    let wrong = browser.get("/verify").await;
    let forms = [browser.send_form(&wrong, "#verify", &[("receipt", "x")]).await];
    let mut pages = vec![browser.get("/nowhere").await, browser.get("/policy/9.9").await, browser.get("/policy").await];
    // These find out in the route that the link has expired.
    for path in ["/confirm?token=0", "/sign-in/reset?token=0"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 410, "{path}");
        pages.push(page);
    }
    pages.push(browser.get("/policy").await);
    let prefetch = browser.request(Method::GET, "/policy").header("sec-purpose", "prefetch");
    pages.push(browser.send(prefetch, Body::empty()).await);
    pages.push(browser.get_from(&wrong, "/preferences?notice=deleted&gone=a").await);
    for page in pages.iter().chain(&forms) {
        let policy = page.header(header::CONTENT_SECURITY_POLICY).unwrap();
        let may_run = policy.contains("script-src 'self'");
        assert!(may_run || !page.has("script"), "{} {}: {policy}", page.address, page.status);
    }
}

#[tokio::test]
async fn a_measurement_adds_one_to_a_count_and_stores_nothing_else() {
    let mut browser = measured_browser().await;
    assert_eq!(measure(&mut browser, "lcp=1200&cls=0").await, 204);
    let expected = ["2026-11-30 /policy computer ZZ cls 0 1", "2026-11-30 /policy computer ZZ lcp 59 1"];
    assert_eq!(stored(&browser).await, expected);
    browser.site.advance_clock(60);
    assert_eq!(measure(&mut browser, "lcp=1190&cls=0").await, 204);
    let expected = ["2026-11-30 /policy computer ZZ cls 0 2", "2026-11-30 /policy computer ZZ lcp 59 2"];
    assert_eq!(stored(&browser).await, expected);
}

#[tokio::test]
async fn a_doubled_late_or_early_measurement_changes_nothing() {
    let mut browser = measured_browser().await;
    let first = token(&browser.get("/policy").await).unwrap();
    let form = |values: &str| format!("page=/policy&token={first}&{values}");
    assert_eq!(send(&mut browser, form("lcp=1200")).await, 204);
    for again in ["lcp=1200", "lcp=9000", "ttfb=3"] {
        assert_eq!(send(&mut browser, form(again)).await, 204, "{again}");
    }
    assert_eq!(stored(&browser).await.len(), 1);
    let page = |page: &str| format!("page={page}&token={first}&lcp=1200");
    browser.site.advance_clock(-120);
    assert_eq!(send(&mut browser, page("/")).await, 204, "early");
    browser.site.advance_clock(120 + 61 * 60);
    assert_eq!(send(&mut browser, page("/verify")).await, 204, "late");
    assert_eq!(stored(&browser).await.len(), 1);
    browser.site.advance_clock(-2 * 60);
    assert_eq!(send(&mut browser, page("/services")).await, 204, "within an hour");
    assert_eq!(stored(&browser).await.len(), 2);
}

#[tokio::test]
async fn a_measurement_without_a_grant_changes_nothing() {
    let mut browser = measured_browser().await;
    let page = browser.get("/policy").await;
    let form = format!("page=/policy&token={}&lcp=1200", token(&page).unwrap());
    let mut other = browser.site.browser();
    assert_eq!(send(&mut other, form.clone()).await, 204, "no decision");
    browser.withdraw("analytics").await;
    assert_eq!(send(&mut browser, form).await, 204, "withdrawn");
    assert_eq!(stored(&browser).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_forged_or_malformed_measurement_is_rejected() {
    let mut browser = measured_browser().await;
    let token = token(&browser.get("/policy").await).unwrap();
    for form in [
        format!("page=/policy&token={}&lcp=1200", token.replace("29", "28")),
        "page=/policy&token=x&lcp=1200".to_owned(),
        format!("page=/nowhere&token={token}&lcp=1200"),
        format!("page=/policy/9.9&token={token}&lcp=1200"),
        format!("page=/policy&token={token}&lcp=60001"),
        format!("page=/policy&token={token}&lcp=1200&user=7"),
        format!("page=/policy&token={token}"),
        String::new(),
    ] {
        assert_eq!(send(&mut browser, form.clone()).await, 400, "{form}");
    }
    assert_eq!(send(&mut browser, "x".repeat(513)).await, 413);
    let json = browser.request(Method::POST, "/api/measurements").header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(json.header(header::CONTENT_TYPE, "text/plain"), Body::from("x")).await.status, 415);
    let foreign = browser.request(Method::POST, "/api/measurements").header("sec-fetch-site", "cross-site");
    let foreign = foreign.header(header::CONTENT_TYPE, FORM);
    assert_eq!(browser.send(foreign, Body::from(format!("page=/policy&token={token}&lcp=1"))).await.status, 403);
    assert_eq!(stored(&browser).await, Vec::<String>::new());
}

/// The 75th percentile, by nearest rank.
fn exact_p75(mut values: Vec<u32>) -> u32 {
    values.sort_unstable();
    values[(values.len() * 3).div_ceil(4) - 1]
}

#[tokio::test]
async fn what_is_published_of_known_values_is_right_to_a_bucket() {
    let site = site_with_newest_edition(|state| {
        state.settings.country_source = CountrySource::Header(HeaderName::from_static("cf-ipcountry"));
    });
    site.advance_clock(LATER);
    let mut browser = site.browser();
    browser.answer_banner("yes").await;
    let (mut sent, computer) = (Vec::new(), browser.user_agent);
    // The view of the answer itself has no country, which hides the smallest of the others.
    for (country, slower, views) in [("NL", 1, 20), ("TN", 3, 50), ("FR", 2, 40)] {
        for (device, user_agent) in [("computer", computer), ("phone", PHONE)] {
            browser.user_agent = user_agent;
            for view in 0..views {
                browser.site.advance_clock(60);
                let request =
                    |browser: &Browser, method, path| browser.request(method, path).header("cf-ipcountry", country);
                let page = browser.send(request(&browser, Method::GET, "/policy"), Body::empty()).await;
                let lcp = slower * (300 + 37 * view) + if device == "phone" { 500 } else { 0 };
                let form = format!("page=/policy&token={}&lcp={lcp}", token(&page).unwrap());
                let request = request(&browser, Method::POST, "/api/measurements")
                    .header("sec-fetch-site", "same-origin")
                    .header(header::CONTENT_TYPE, FORM);
                assert_eq!(browser.send(request, Body::from(form)).await.status, 204);
                sent.push((country, device, lcp));
            }
        }
    }
    browser.site.state.store.flush().await.unwrap();
    browser.site.advance_clock(7 * DAY);
    let published = browser.site.browser().get("/statistics.json").await;
    let week = &serde_json::from_slice::<serde_json::Value>(&published.bytes).unwrap()["weeks"][0];
    let expected = |matches: &dyn Fn(&str, &str) -> bool| {
        let values = sent.iter().filter(|(country, device, _)| matches(country, device)).map(|(.., lcp)| *lcp);
        serde_json::json!(Bucket::of(exact_p75(values.collect())).upper())
    };
    assert_eq!(week["performance"][0]["p75"], expected(&|_, _| true));
    let mut seen = 0;
    for table in week["tables"].as_array().unwrap() {
        for group in table["groups"].as_array().unwrap() {
            let (name, p75) = (group["group"].as_str().unwrap(), &group["performance"][0]["p75"]);
            if ["country", "device"].contains(&table["dimension"].as_str().unwrap()) {
                assert_eq!(*p75, expected(&|country, device| [country, device].contains(&name)), "{name}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 4);
    let rows = stored(&browser).await;
    assert!(rows.len() < sent.len() * 2 / 3, "{} rows of {} values", rows.len(), sent.len());
}

#[tokio::test]
async fn a_measurement_has_the_country_and_no_address_is_in_any_file() {
    let site = site_with_newest_edition(|state| {
        state.settings.client_ip_header = Some(HeaderName::from_static("x-forwarded-for"));
    });
    site.advance_clock(LATER);
    let mut browser = site.browser();
    browser.answer_banner("yes").await;
    let token = token(&browser.get("/policy").await).unwrap();
    let request = browser.request(Method::POST, "/api/measurements").header("sec-fetch-site", "same-origin");
    let request = request.header(header::CONTENT_TYPE, FORM).header("x-forwarded-for", "193.0.6.139");
    let form = format!("page=/policy&token={token}&lcp=1200");
    assert_eq!(browser.send(request, Body::from(form)).await.status, 204);
    assert_eq!(stored(&browser).await, ["2026-11-30 /policy computer NL lcp 59 1"]);
    for file in ["harmony.db", "harmony.db-wal"] {
        let bytes = std::fs::read(browser.site.file(file)).unwrap_or_default();
        for address in [&b"193.0.6.139"[..], &[193, 0, 6, 139], b"193.0.6"] {
            assert!(!bytes.windows(address.len()).any(|window| window == address), "{file}");
        }
    }
}
