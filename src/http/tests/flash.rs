//! Flash messages: no URL can make a page say something false.

use axum::{body::Body, http::Method};
use strum::VariantArray;

use super::{
    accounts::users::{ANNA, sign_up},
    browser::{Browser, anonymous_browser},
    page::{Page, encode},
    urls::PAGES,
};
use crate::domain::web::flash::Flash;

/// Returns what a screen reader announces first: the title and the focused elements.
fn said_first(page: &Page) -> (String, Vec<&str>) {
    let focused = page.attributes("[autofocus]", "id");
    for id in &focused {
        let focused = page.one(&format!("#{id}"));
        assert_eq!(focused.attr("tabindex"), Some("-1"), "{}: {id} cannot take the focus", page.address);
        assert!(matches!(focused.attr("role"), Some("status" | "alert")), "{}: {id}", page.address);
    }
    (page.text("head > title"), focused)
}

#[tokio::test]
async fn the_flash_message_comes_first_and_takes_the_focus() {
    for (answer, said) in
        [("yes", "You allowed optional cookies."), ("no", "You rejected optional cookies. They are off.")]
    {
        for address in PAGES.into_iter().filter(|address| *address != "/preferences") {
            let mut browser = anonymous_browser();
            let page = browser.get(address).await;
            let (title, focused) = said_first(&page);
            assert!(focused.is_empty(), "{address}: nothing was done yet");
            let page = browser.submit(&page, "#banner form", &[("answer", answer)]).await;
            assert_eq!(said_first(&page), (format!("{said} · {title}"), vec!["notice"]), "{address}");
        }
    }
    let mut browser = anonymous_browser();
    let saved = browser.decide("yes", "no").await;
    assert_eq!(
        said_first(&saved),
        ("Your choices are saved. · Cookie preferences · Harmony".to_owned(), vec!["notice"])
    );
    let user = sign_up(&mut browser, ANNA, false).await;
    let (title, focused) = said_first(&user);
    assert!(title.starts_with("Your account is created, and you are signed in. · "), "{title}");
    assert_eq!(focused, ["notice"]);
    let german = with_notice(&mut browser, "/de", "signed-in").await;
    assert!(said_first(&german).0.starts_with("Sie sind angemeldet. · "));
}

#[tokio::test]
async fn the_warning_about_blocked_cookies_comes_first_unless_the_page_answers_a_form() {
    let mut browser = anonymous_browser();
    browser.keeps_cookies = false;
    let home = browser.get("/").await;
    let page = browser.submit(&home, "#banner form", &[("answer", "no")]).await;
    let (title, focused) = said_first(&page);
    assert!(title.starts_with("Your browser blocks cookies here. · "), "{title}");
    assert_eq!(focused, ["blocked"]);

    let verify = browser.get_from(&home, "/verify").await;
    let page = browser.send_form(&verify, "#verify", &[("receipt", "no receipt")]).await;
    let (title, focused) = said_first(&page);
    assert!(title.starts_with("Not genuine: "), "{title}");
    assert_eq!(focused, ["verdict"]);

    let form = browser.get_from(&home, "/sign-in").await;
    let page = browser.send_form(&form, "#sign-in", &[("email", ""), ("password", ""), ("remember", "")]).await;
    let (title, focused) = said_first(&page);
    assert!(title.starts_with("Error: "), "{title}");
    assert_eq!(focused, ["problems"]);

    let lost = browser.get_from(&home, "/nowhere").await;
    assert!(said_first(&lost).1.is_empty());
}

/// Opens a page as the redirect after a form does, with this message.
async fn with_notice(browser: &mut Browser, address: &str, notice: &str) -> Page {
    let home = browser.get("/").await;
    browser.get_from(&home, &format!("{address}?notice={notice}")).await
}

#[tokio::test]
async fn no_link_shows_the_message_of_a_form() {
    let mut guest = anonymous_browser();
    guest.answer_banner("yes").await;
    let mut user = guest.site.browser();
    sign_up(&mut user, ANNA, false).await;
    let pages =
        ["/", "/preferences", "/policy/subscribe", "/sign-in", "/sign-in/forgotten", "/account", "/account/security"];
    let mut shown = 0;
    for browser in [&mut guest, &mut user] {
        for (notice, address) in Flash::VARIANTS.iter().flat_map(|notice| pages.map(|page| (notice.into_str(), page))) {
            shown += usize::from(with_notice(browser, address, notice).await.has("#notice"));
            for from in ["none", "cross-site", "same-site"] {
                let url = format!("{address}?notice={notice}&gone=a");
                let request = browser.request(Method::GET, &url).header("sec-fetch-site", from);
                let page = browser.send(request, Body::empty()).await;
                assert!(!page.has("#notice, #blocked"), "{url} from {from}");
            }
        }
    }
    assert!(shown > 20, "{shown} after a form");
    let linked = guest.site.browser().get("/preferences?notice=saved").await;
    assert!(!linked.has("#blocked"), "a link does not claim that cookies are blocked either");
}

#[tokio::test]
async fn a_forged_url_claims_no_decision() {
    for notice in ["accepted", "rejected", "saved", "withdrawn", "appearance-saved"] {
        for address in PAGES {
            let page = with_notice(&mut anonymous_browser(), address, notice).await;
            assert!(!page.has("#notice"), "{address} {notice}");
        }
    }
    let mut browser = anonymous_browser();
    browser.answer_banner("no").await;
    assert!(!with_notice(&mut browser, "/", "accepted").await.has("#notice"), "it was rejected");
    assert!(!with_notice(&mut browser, "/preferences", "appearance-saved").await.has("#notice"));
    browser.decide("yes", "yes").await;
    assert!(!with_notice(&mut browser, "/", "rejected").await.has("#notice"), "it was accepted");
    assert!(!with_notice(&mut browser, "/preferences", "appearance-not-saved").await.has("#notice"));
}

#[tokio::test]
async fn a_forged_url_claims_no_deletion() {
    let mut browser = anonymous_browser();
    browser.decide("yes", "yes").await;
    let held = browser.holds().len();
    for address in [
        "/?notice=all-deleted",
        "/preferences?notice=all-deleted",
        "/preferences?notice=deleted&gone=__Host-Http-consent",
        "/preferences?notice=withdrawn&gone=__Host-Http-analytics",
        "/preferences?notice=saved&gone=__Host-Http-analytics,__Host-Http-consent",
    ] {
        let home = browser.get("/").await;
        let page = browser.get_from(&home, address).await;
        let said = page.all("#notice").into_iter().map(super::page::text).collect::<String>();
        for claim in ["Deleted:", "was deleted", "were deleted", "Turned off"] {
            assert!(!said.contains(claim), "{address}: {said}");
        }
        assert_eq!(browser.holds().len(), held, "{address}");
    }
}

#[tokio::test]
async fn text_in_a_url_does_not_reach_the_page() {
    for words in ["<script>alert(1)</script>", "call-0800-evil", "\" onload=\"x", "Your browser is infected"] {
        for fields in [vec![("notice", words)], vec![("notice", "deleted"), ("gone", words)], vec![("gone", words)]] {
            let page = anonymous_browser().get(&format!("/preferences?{}", encode(&fields))).await;
            assert_eq!(page.status, 200);
            let shown = page.text("body");
            assert!(!shown.contains(words), "{fields:?}");
            assert!(!page.has("[onload]"));
        }
    }
}

#[tokio::test]
async fn an_invalid_query_shows_the_page_without_a_flash_message() {
    for query in
        ["notice", "notice=", "notice=%FF", "notice=saved&notice=saved", "&&&", "a[b][c][d]=e", "gone=,,,", "%"]
    {
        for address in PAGES {
            let page = anonymous_browser().get(&format!("{address}?{query}")).await;
            assert_eq!(page.status, 200, "{address}?{query}");
            assert!(!page.has("#notice"), "{address}?{query}");
        }
    }
}

#[tokio::test]
async fn a_visitor_who_came_from_a_page_without_cookies_is_not_warned_about_blocked_cookies() {
    let mut browser = anonymous_browser();
    let lost = browser.get("/nowhere").await;
    assert_eq!(lost.set_and_removed(), (vec![], vec![]));
    assert!(!browser.get_from(&lost, "/").await.has("#blocked"));
}

#[tokio::test]
async fn cookies_removed_by_the_banner_are_named_on_every_page_and_to_this_visitor_only() {
    let mut browser = anonymous_browser();
    let policy = browser.get("/policy").await;
    browser.cookies.plant("__Host-Http-appearance", "dark.large", "/");
    let page = browser.submit(&policy, "#banner form", &[("answer", "no")]).await;
    assert!(page.text("#notice").contains("Deleted: __Host-Http-appearance."), "{}", page.text("#notice"));
    let other = with_notice(&mut browser.site.browser(), "/policy", "rejected").await;
    assert!(!other.has("#notice"));
}

#[tokio::test]
async fn a_cookie_with_a_name_too_long_for_a_url_is_deleted_too() {
    let mut browser = anonymous_browser();
    let name = "%".repeat(1_000);
    browser.cookies.plant(&name, "1", "/");
    let page = browser.get("/preferences").await;
    let answer = browser.post_fields("/api/cookies/delete", format!("name={}", "%25".repeat(1_000))).await;
    let page = browser.follow(&page, &answer).await;
    assert_eq!(page.status, 200);
    assert!(!browser.holds().contains(&name.as_str()));
}

#[tokio::test]
async fn an_old_url_says_nothing_false_beside_a_signal() {
    let mut browser = anonymous_browser();
    browser.answer_banner("yes").await;
    assert!(with_notice(&mut browser, "/", "accepted").await.has("#notice"));
    browser.sends.push(("sec-gpc", "1"));
    for notice in ["accepted", "rejected", "saved", "withdrawn", "appearance-saved", "all-deleted"] {
        for page in ["/", "/preferences"] {
            assert!(!with_notice(&mut browser, page, notice).await.has("#notice"), "{page} {notice}");
        }
    }
}
