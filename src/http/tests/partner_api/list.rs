//! `/services`, the page that lists partner services.

use super::{
    super::{browser::anonymous_browser, page::text, site::DAY},
    setup,
};

#[tokio::test]
async fn a_site_without_partner_services_says_so() {
    let page = anonymous_browser().get("/services").await;
    assert!(page.text("main .empty-state").starts_with("So far, it applies to this site only."));
    assert!(!page.has("ul.services"));
    assert!(page.has("main a[href='/policy']") && !page.has("footer a[href='/services']"));
    assert!(anonymous_browser().get("/policy").await.has("#applies-to a[href='/services']"));
}

#[tokio::test]
async fn each_service_is_listed_with_its_relation_and_edition() {
    let site = setup();
    let mut browser = site.browser();
    let page = browser.get("/services").await;
    let said = |page: &super::Page| page.all("ul.services > li").into_iter().map(text).collect::<Vec<_>>();
    assert_eq!(
        said(&page),
        [
            "Shop Has incorporated the policy by reference since version 1.0. Version 1.1 is in force. \
             Uses your cookie choices on https://shop.example and https://pay.shop.example.",
            "Here Links to the policy. Version 1.1 is in force. Uses your cookie choices on http://127.0.0.1:4000.",
            "Later Will incorporate the policy by reference from version 1.2, which takes effect on 23 November 2026. \
             Uses your cookie choices on https://later.example.",
        ]
    );
    assert_eq!(
        page.attributes("ul.services h2 a", "href"),
        ["https://shop.example/", "http://127.0.0.1:4000/", "https://later.example/"]
    );
    site.advance_clock(DAY);
    let page = browser.get("/services").await;
    assert!(said(&page)[2].starts_with("Later Incorporates the policy by reference. Version 1.2 is in force."));
}
