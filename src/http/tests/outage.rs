//! An unavailable database: cached pages are served, nothing is half done, and service resumes at
//! once.

use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};

use super::{
    accounts::users::{ANNA, BERT, is_signed_in, sign_up, try_sign_in},
    browser::Browser,
    page::Page,
    site::{Site, site_on},
};
use crate::store::tests::cluster::Cluster;

/// Every request is answered within this time, for any kind of outage.
const SOON: Duration = Duration::from_secs(2);

/// Repeats a request until it has that status. The result of a database probe is cached for a
/// second.
async fn ready_once(site: &Site, status: StatusCode) -> Page {
    let asked = Instant::now();
    loop {
        let page = ready(site).await;
        if page.status == status {
            return page;
        }
        assert!(asked.elapsed() < SOON, "{:?}", page.status);
    }
}

async fn ready(site: &Site) -> Page {
    let asked = Instant::now();
    let page = site.browser().get("/ready").await;
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    page
}

/// Checks that the response to a form says that nothing can be written.
fn is_unavailable(answer: &Page) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.address);
    assert_eq!(answer.header(header::RETRY_AFTER), Some("2"));
    assert_eq!(answer.headers.get_all(header::SET_COOKIE).iter().count(), 0, "{:?}", answer.headers);
    assert_eq!(answer.text("h1"), "Temporarily unavailable");
}

/// Sends the sign-up form. Returns the response and how long it took.
async fn try_to_sign_up(site: &Site, email: &str) -> (Page, Duration) {
    let mut browser = site.browser();
    let page = browser.get("/sign-up").await;
    let asked = Instant::now();
    let answers = [("email", email), ("new_password", "tomorrow we sail at dawn"), ("remember", "")];
    (browser.send_form(&page, "#sign-up", &answers).await, asked.elapsed())
}

async fn outage(cut: impl FnOnce(&Cluster), mend: impl FnOnce(&Cluster)) {
    let cluster = Cluster::start(&[]);
    let site = site_on(&cluster.database(), 1);
    let mut user = site.browser();
    sign_up(&mut user, ANNA, true).await;
    let account = user.get("/account").await;
    assert_eq!(ready(&site).await.bytes, "ready\n");
    let held: Vec<_> = user.holds().into_iter().map(str::to_owned).collect();

    cut(&cluster);
    let not_ready = ready_once(&site, StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(not_ready.bytes, "not ready: nothing can be written to the database just now\n");
    assert_eq!(site.browser().get("/health").await.bytes, "ok\n");
    for address in ["/", "/policy", "/preferences", "/sign-in"] {
        assert_eq!(site.browser().get(address).await.status, StatusCode::OK, "{address}");
    }
    let mut guest = site.browser();
    let page = guest.get("/").await;
    is_unavailable(&guest.send_form(&page, "#banner form", &[("answer", "no")]).await);
    let (answer, took) = try_to_sign_up(&site, BERT).await;
    is_unavailable(&answer);
    assert!(took < SOON, "{took:?}");
    is_unavailable(&try_sign_in(&mut site.browser(), ANNA, "tomorrow we sail at dawn", false).await);

    assert!(is_signed_in(&mut user).await, "nobody says that they are signed out");
    for address in ["/account", "/account/export"] {
        let asked = Instant::now();
        let page = user.get(address).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert_eq!(page.header(header::RETRY_AFTER), Some("2"), "{address}");
        assert!(asked.elapsed() < SOON, "{address}: {:?}", asked.elapsed());
    }
    let asked = Instant::now();
    let changes = [("#sign-out", &[][..])];
    for (form, answers) in changes {
        is_unavailable(&user.send_form(&account, form, answers).await);
    }
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
    assert_eq!(user.holds(), held, "and their cookies stay");

    // Concurrent requests share one probe of the database.
    let asked = Instant::now();
    let many: Vec<_> =
        (0..50).map(|_| site.clone()).map(|site| tokio::spawn(async move { ready(&site).await.status })).collect();
    for status in many {
        assert_eq!(status.await.unwrap(), StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());

    mend(&cluster);
    let mended = Instant::now();
    while ready(&site).await.status != StatusCode::OK {
        assert!(mended.elapsed() < Duration::from_secs(5));
    }
    let (answer, _) = try_to_sign_up(&site, "carl@example.org").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(mended.elapsed() < Duration::from_secs(5), "{:?}", mended.elapsed());
    assert!(is_signed_in(&mut user).await, "what was there is there");
    let _: Browser = user;
}

#[tokio::test]
async fn a_crashed_database_server_is_reported_and_reconnected() {
    outage(Cluster::stop, Cluster::start_again).await;
}

#[tokio::test]
async fn a_hanging_database_server_is_reported_and_reconnected() {
    outage(Cluster::hold, Cluster::go_on).await;
}
