//! A user's decision follows them: sign-in merges it, other browsers show it on their next page,
//! and signing out separates it again.

use axum::http::header;

use super::{
    super::{browser::Browser, page::Page, site::DAY},
    users::{
        ANNA, DEVICE, REMEMBER, SESSION, account, another, count, is_signed_in, sign_in, sign_out, sign_up,
        signed_in_browser,
    },
};

const CONSENT: &str = "__Host-Http-consent";
const ANALYTICS: &str = "__Host-Http-analytics";
const APPEARANCE: &str = "__Host-Http-appearance";

/// Returns the valid answers about preferences and analytics, as `yes`, `no` or an empty string.
async fn in_force(browser: &mut Browser) -> (String, String) {
    let page = browser.get("/preferences").await;
    checked_answers(&page)
}

fn checked_answers(page: &Page) -> (String, String) {
    let of = |purpose: &str| page.attributes(&format!("#choices input[name={purpose}][checked]"), "value").concat();
    (of("preferences"), of("analytics"))
}

fn pair(answers: (&str, &str)) -> (String, String) {
    (answers.0.to_owned(), answers.1.to_owned())
}

/// Returns the theme of the home page.
async fn theme(browser: &mut Browser) -> String {
    browser.get("/").await.one("html").attr("data-theme").unwrap_or_default().to_owned()
}

async fn save_theme(browser: &mut Browser, theme: &str) {
    let page = browser.get("/preferences").await;
    let page = browser.submit(&page, "#appearance-form", &[("theme", theme), ("text_size", "large")]).await;
    assert_eq!(page.text("#notice"), "Display settings saved.");
}

/// A case: the answers in the account's first browser, those in a new browser, the seconds between
/// both, and the merged result.
type Case =
    (Option<(&'static str, &'static str)>, Option<(&'static str, &'static str)>, i64, (&'static str, &'static str));

#[tokio::test]
async fn at_the_sign_in_the_newer_answer_counts_except_a_yes_against_the_accounts_no() {
    let cases: [Case; 12] = [
        (None, None, 1, ("", "")),
        (Some(("yes", "no")), None, 1, ("yes", "no")),
        (None, Some(("no", "yes")), 1, ("no", "yes")),
        (Some(("yes", "yes")), Some(("no", "no")), 1, ("no", "no")),
        (Some(("no", "no")), Some(("yes", "yes")), 1, ("no", "no")),
        (Some(("yes", "no")), Some(("yes", "yes")), 1, ("yes", "no")),
        (Some(("no", "yes")), Some(("yes", "no")), 1, ("no", "no")),
        (Some(("yes", "yes")), Some(("no", "no")), -1, ("yes", "yes")),
        (Some(("no", "no")), Some(("yes", "yes")), -1, ("no", "no")),
        (Some(("yes", "no")), Some(("no", "yes")), 0, ("no", "no")),
        (Some(("yes", "yes")), Some(("yes", "no")), 0, ("yes", "no")),
        (Some(("yes", "yes")), Some(("yes", "yes")), 0, ("yes", "yes")),
    ];
    for (of_account, of_device, later, stands) in cases {
        let case = format!("{of_account:?} {of_device:?} {later}");
        let mut first = signed_in_browser(false).await;
        let mut other = first.site.browser();
        let site = first.site.clone();
        site.advance_clock(60);
        if let Some((preferences, analytics)) = of_account {
            first.decide(preferences, analytics).await;
        }
        site.advance_clock(later);
        if let Some((preferences, analytics)) = of_device {
            other.decide(preferences, analytics).await;
        }
        site.advance_clock(60);
        let page = sign_in(&mut other, ANNA, false).await;
        assert_eq!(page.status, 200, "{case}");
        assert_eq!(in_force(&mut other).await, pair(stands), "{case}");
        assert_eq!(in_force(&mut first).await, pair(stands), "and in the account: {case}");
        assert_eq!(other.cookies.find(CONSENT).is_some(), of_device.is_some(), "nothing is left behind: {case}");
        sign_out(&mut other).await;
        assert_eq!(in_force(&mut other).await, of_device.map(pair).unwrap_or_default(), "its own last choice: {case}");
    }
}

#[tokio::test]
async fn an_answer_overrides_no_answer_and_each_purpose_is_merged_separately() {
    let mut first = signed_in_browser(false).await;
    first.decide("no", "yes").await;
    first.site.advance_clock(10);
    let mut other = first.site.browser();
    // Answers preferences only; analytics stay unanswered.
    let page = other.get("/preferences").await;
    let answers = [("theme", "dark"), ("text_size", "large"), ("preferences", "yes")];
    other.submit(&page, "#appearance-form", &answers).await;
    first.site.advance_clock(10);
    let page = sign_in(&mut other, ANNA, false).await;
    assert_eq!(
        page.text("#notice"),
        "You are signed in. This browser allowed preferences, but your account rejects that. Your account’s choice \
         applies while you are signed in. You can change it in your cookie preferences."
    );
    assert_eq!(in_force(&mut other).await, pair(("no", "yes")));
    assert_eq!(in_force(&mut first).await, pair(("no", "yes")));
}

#[tokio::test]
async fn a_yes_given_before_sign_in_never_overrides_the_users_no() {
    let mut first = signed_in_browser(true).await;
    first.decide("no", "no").await;
    first.site.advance_clock(60);
    let mut shared = first.site.browser();
    shared.answer_banner("yes").await;
    shared.get("/policy").await;
    assert!(shared.holds().contains(&ANALYTICS));
    let guests = shared.cookies.value(CONSENT).to_owned();
    sign_in(&mut shared, ANNA, true).await;
    assert!(!shared.holds().contains(&ANALYTICS), "what the no refuses is gone with the first page");
    for browser in [&mut first, &mut shared] {
        // The guest's yes counts neither at the sign-in nor in a later request.
        for address in ["/", "/policy", "/preferences"] {
            let page = browser.get(address).await;
            assert!(!page.has("#banner"), "{address}: it was answered");
            assert!(!browser.holds().contains(&ANALYTICS), "{address}");
        }
        assert_eq!(in_force(browser).await, pair(("no", "no")));
        browser.cookies.end_session();
        assert_eq!(in_force(browser).await, pair(("no", "no")), "nor when the browser was closed");
    }
    assert_eq!(shared.cookies.value(CONSENT), guests, "the guest's own choice waits");
    // The user's own answer does count.
    first.site.advance_clock(60);
    shared.decide("no", "yes").await;
    assert_eq!(in_force(&mut first).await, pair(("no", "yes")));
    // Purposes that the user does not answer keep their answer.
    first.site.advance_clock(60);
    let page = first.get("/preferences").await;
    first.submit(&page, "#appearance-form", &[("theme", "dark"), ("text_size", "large"), ("preferences", "yes")]).await;
    assert_eq!(in_force(&mut shared).await, pair(("yes", "yes")));
}

#[tokio::test]
async fn one_answer_of_a_user_does_not_adopt_a_yes_given_before_sign_in() {
    let mut first = signed_in_browser(false).await;
    first.decide("no", "no").await;
    first.site.advance_clock(60);
    let mut shared = first.site.browser();
    shared.decide("yes", "yes").await;
    sign_in(&mut shared, ANNA, false).await;
    first.site.advance_clock(60);
    let page = shared.get("/preferences").await;
    let answers = [("theme", "dark"), ("text_size", "large"), ("preferences", "yes")];
    shared.submit(&page, "#appearance-form", &answers).await;
    assert_eq!(in_force(&mut shared).await, pair(("yes", "no")));
    sign_out(&mut shared).await;
    assert_eq!(in_force(&mut shared).await, pair(("yes", "no")), "what the member last chose there");
}

#[tokio::test]
async fn signing_in_extends_no_grant() {
    let mut first = signed_in_browser(false).await;
    first.decide("yes", "yes").await;
    first.site.advance_clock(100 * DAY);
    let mut other = first.site.browser();
    let page = sign_in(&mut other, ANNA, true).await;
    assert_eq!(page.status, 200);
    let page = other.get("/preferences").await;
    assert!(page.text("#how-chosen").contains("another browser on 22 November 2026"));
    assert!(page.text("#decision").contains("after 21 May 2027"), "{}", page.text("#decision"));
    other.site.advance_clock(80 * DAY);
    sign_in(&mut other, ANNA, true).await;
    assert!(other.get("/").await.has("#banner"), "it asks again when the oldest answer is over");
}

#[tokio::test]
async fn an_expired_answer_is_not_merged_and_replaces_no_other() {
    let mut first = signed_in_browser(false).await;
    first.decide("yes", "yes").await;
    first.site.advance_clock(181 * DAY);
    let mut other = first.site.browser();
    other.decide("yes", "no").await;
    sign_in(&mut other, ANNA, false).await;
    assert_eq!(in_force(&mut other).await, pair(("yes", "no")));
}

#[tokio::test]
async fn a_withdrawal_in_one_browser_takes_the_cookies_of_the_others_on_their_next_page() {
    for (answers, gone) in [
        (("yes", "no"), vec![ANALYTICS]),
        (("no", "yes"), vec![APPEARANCE]),
        (("no", "no"), vec![ANALYTICS, APPEARANCE]),
    ] {
        let mut first = signed_in_browser(true).await;
        first.decide("yes", "yes").await;
        save_theme(&mut first, "dark").await;
        let mut other = another(&first, true).await;
        save_theme(&mut other, "light").await;
        assert!(gone.iter().all(|name| other.holds().contains(name)), "{:?}", other.holds());
        first.site.advance_clock(60);
        first.decide(answers.0, answers.1).await;
        let page = other.get("/policy").await;
        assert_eq!(page.set_and_removed().1, gone, "{answers:?}");
        assert!(gone.iter().all(|name| !other.holds().contains(name)), "{:?}", other.holds());
        assert_eq!(in_force(&mut other).await, pair(answers));
        let views = other.site.views_in_all().await;
        other.get("/policy").await;
        let counts = other.site.views_in_all().await - views;
        assert_eq!(counts, u64::from(answers.1 == "yes"), "visits are counted as the member says");
        if answers.0 == "no" {
            assert_eq!(theme(&mut other).await, "system", "the appearance went with it");
        }
    }
}

#[tokio::test]
async fn a_yes_in_one_browser_counts_in_the_users_other_browsers() {
    let mut first = signed_in_browser(false).await;
    let mut other = another(&first, false).await;
    other.decide("no", "no").await;
    first.site.advance_clock(1);
    assert!(!first.get("/").await.has("#banner"), "it was answered elsewhere");
    first.decide("yes", "yes").await;
    other.get("/").await;
    assert!(other.holds().contains(&ANALYTICS));
    assert_eq!(in_force(&mut other).await, pair(("yes", "yes")));
    let said = other.get("/preferences").await.text("#follows");
    assert!(said.starts_with("You are signed in, so your choices apply in every browser"), "{said}");
}

#[tokio::test]
async fn signing_out_restores_the_browsers_own_decision() {
    let mut first = signed_in_browser(false).await;
    let mut other = another(&first, false).await;
    other.decide("no", "no").await;
    let own = other.cookies.value(CONSENT).to_owned();
    first.site.advance_clock(60);
    first.decide("yes", "yes").await;
    save_theme(&mut first, "dark").await;
    other.get("/").await;
    assert_eq!(theme(&mut other).await, "dark");
    assert!(other.holds().contains(&ANALYTICS));
    let answer = sign_out(&mut other).await;
    let (set, removed) = answer.set_and_removed();
    assert_eq!(
        (set, removed),
        (vec!["__Host-Http-visit"], vec![ANALYTICS, REMEMBER, SESSION]),
        "what it does not grant itself goes"
    );
    assert_eq!(other.cookies.value(CONSENT), own);
    assert_eq!(in_force(&mut other).await, pair(("no", "no")));
    assert_eq!(theme(&mut other).await, "system");
    assert_eq!(in_force(&mut first).await, pair(("yes", "yes")), "the account keeps its own");
}

#[tokio::test]
async fn a_browser_without_its_own_decision_has_none_after_signing_out() {
    let mut first = signed_in_browser(false).await;
    let mut other = another(&first, false).await;
    first.decide("yes", "yes").await;
    assert!(!other.get("/").await.has("#banner"));
    sign_out(&mut other).await;
    assert!(other.get("/").await.has("#banner"), "it is asked as if it had never been signed in");
    assert_eq!(other.holds(), [DEVICE, "__Host-Http-visit"]);
}

#[tokio::test]
async fn the_appearance_follows_the_user_to_other_browsers() {
    let mut first = signed_in_browser(false).await;
    first.decide("yes", "no").await;
    save_theme(&mut first, "dark").await;
    let mut other = another(&first, false).await;
    assert_eq!(theme(&mut other).await, "dark");
    save_theme(&mut other, "light").await;
    assert_eq!(theme(&mut first).await, "light", "the newer one, although its own cookie says another");
    sign_out(&mut first).await;
    assert_eq!(theme(&mut first).await, "dark", "and its own after signing out");
}

#[tokio::test]
async fn a_browsers_appearance_is_saved_in_an_account_without_one() {
    let mut browser = super::super::browser::anonymous_browser();
    browser.decide("yes", "no").await;
    save_theme(&mut browser, "dark").await;
    sign_up(&mut browser, ANNA, false).await;
    let mut other = another(&browser, false).await;
    assert_eq!(theme(&mut other).await, "dark");
    assert!(account(&mut other).await.has("html[data-theme=dark]"));
}

#[tokio::test]
async fn deleting_a_session_cookie_signs_out() {
    for name in [SESSION, REMEMBER] {
        let mut browser = signed_in_browser(true).await;
        let page = browser.get("/preferences").await;
        let answer = browser.send_form(&page, &format!("tr[data-cookie='{name}'] form"), &[]).await;
        assert_eq!(answer.set_and_removed(), (vec!["__Host-Http-visit"], vec![REMEMBER, SESSION]));
        let page = browser.follow(&page, &answer).await;
        let said = page.text("#notice");
        assert!(said.starts_with("The cookie was deleted. Deleted: "), "{said}");
        assert!(said.contains(SESSION) && said.contains(REMEMBER), "{said}");
        assert!(!is_signed_in(&mut browser).await);
        assert_eq!(count(&browser.site, "sessions").await, 0, "at the server too");
    }
}

#[tokio::test]
async fn deleting_the_device_token_makes_the_browser_unknown_and_signs_nobody_out() {
    let mut browser = signed_in_browser(false).await;
    let page = browser.get("/preferences").await;
    browser.submit(&page, &format!("tr[data-cookie='{DEVICE}'] form"), &[]).await;
    assert!(is_signed_in(&mut browser).await);
    sign_out(&mut browser).await;
    sign_in(&mut browser, ANNA, false).await;
    assert_eq!(super::users::activity(&mut browser).await[0], "signed-in-from-new");
}

#[tokio::test]
async fn deleting_all_cookies_ends_the_session_and_keeps_the_accounts_decision() {
    let mut browser = signed_in_browser(true).await;
    browser.decide("yes", "yes").await;
    let copy = browser.cookies.clone();
    let page = browser.get("/preferences/delete").await;
    let answer = browser.send_form(&page, "#delete-all", &[]).await;
    let location = answer.header(header::LOCATION).unwrap();
    let gone = location.strip_prefix("/preferences?notice=all-deleted&gone=").unwrap().split(',').count();
    assert_eq!(gone, 6, "{location}");
    assert!(browser.holds().is_empty());
    assert_eq!(count(&browser.site, "sessions").await, 0);
    let mut thief = browser.site.browser();
    thief.cookies = copy;
    assert!(!is_signed_in(&mut thief).await);
    sign_in(&mut browser, ANNA, false).await;
    assert_eq!(in_force(&mut browser).await, pair(("yes", "yes")));
}
