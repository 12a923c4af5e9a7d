//! Two servers that share one PostgreSQL database.

use super::{
    accounts::users::{ANNA, BERT, PASSWORD, is_signed_in, sign_in, sign_out, sign_up, try_sign_in},
    site::{DAY, site_on},
};
use crate::store::tests::cluster;

#[tokio::test]
async fn a_user_who_signs_in_at_one_server_is_signed_in_at_the_other() {
    let database = cluster::shared().database();
    let (one, two) = (site_on(&database, 1), site_on(&database, 2));
    let mut browser = one.browser();
    sign_up(&mut browser, ANNA, true).await;
    browser.decide("yes", "no").await;
    browser.site = two.clone();
    assert!(is_signed_in(&mut browser).await);
    let mut other = two.browser();
    sign_in(&mut other, ANNA, false).await;
    other.site = one.clone();
    assert!(is_signed_in(&mut other).await);
    let page = other.get("/preferences").await;
    assert!(
        page.has("input[name=preferences][value=yes][checked]"),
        "the choice followed from one server to the other"
    );

    sign_out(&mut browser).await;
    browser.site = one.clone();
    assert!(!is_signed_in(&mut browser).await, "signed out at one, and known at neither");
    let page = sign_up(&mut two.browser(), BERT, false).await;
    assert_eq!(page.text("#notice"), "Your account is created, and you are signed in.");
    let page = one.browser().get("/sign-up").await;
    let answers = [("email", BERT), ("new_password", "another password altogether"), ("remember", "")];
    assert_eq!(one.browser().send_form(&page, "#sign-up", &answers).await.status, 422, "the address is taken at both");
}

#[tokio::test]
async fn a_remember_token_works_once_across_all_servers() {
    let database = cluster::shared().database();
    let (one, two) = (site_on(&database, 1), site_on(&database, 2));
    let mut browser = one.browser();
    sign_up(&mut browser, ANNA, true).await;
    let remember = browser.cookies.value("__Host-Http-remember").to_owned();
    browser.cookies.clear_one("__Host-Http-session");
    assert!(is_signed_in(&mut browser).await);
    for site in [&one, &two] {
        site.advance_clock(60);
    }
    let mut thief = two.browser();
    thief.cookies.plant("__Host-Http-remember", &remember, "/");
    assert!(!is_signed_in(&mut thief).await, "it was used at the other server");
    assert!(!is_signed_in(&mut browser).await, "and the session has ended for everybody");
}

#[tokio::test]
async fn attempts_at_an_account_are_counted_by_all_servers_together() {
    let database = cluster::shared().database();
    let (one, two) = (site_on(&database, 1), site_on(&database, 2));
    sign_up(&mut one.browser(), ANNA, false).await;
    // The sign-up gives its attempt back.
    one.state.store.flush().await.unwrap();
    for site in [&two, &one, &two, &one, &two] {
        assert_eq!(try_sign_in(&mut site.browser(), ANNA, "wrong", false).await.status, 422);
    }
    for site in [&two, &one] {
        let answer = try_sign_in(&mut site.browser(), ANNA, PASSWORD, false).await;
        assert_eq!(answer.status, 429);
        assert_eq!(answer.header("retry-after"), Some("60"));
        site.advance_clock(60);
    }
    // The clock of the first site is a minute behind by now.
    one.advance_clock(60);
    assert_eq!(try_sign_in(&mut two.browser(), ANNA, PASSWORD, false).await.status, 303);
}

#[tokio::test]
async fn what_two_servers_count_is_published_together() {
    let database = cluster::shared().database();
    let (one, two) = (site_on(&database, 1), site_on(&database, 2));
    for site in [&one, &two] {
        for _ in 0..6 {
            site.browser().answer_banner("yes").await;
        }
        site.state.store.flush().await.unwrap();
        site.advance_clock(DAY);
    }
    for site in [&one, &two] {
        let csv = site.browser().get("/statistics.csv").await.bytes;
        let csv = str::from_utf8(&csv).unwrap();
        for line in ["page,/,views,12", "analytics,allowed,decisions,12", "service,self,decisions,12"] {
            assert!(csv.contains(line), "{csv}");
        }
    }
}
