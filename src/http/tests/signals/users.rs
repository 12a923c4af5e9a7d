//! Signals and the decisions of signed-in users.

use super::{
    super::{
        accounts::users::{ANNA, another, sign_in, sign_out, signed_in_browser},
        page::checked_radios,
    },
    ANALYTICS, GPC, holds_optional, save_theme,
};

#[tokio::test]
async fn a_users_yes_counts_in_a_browser_with_the_signal_only_if_it_was_given_with_it() {
    for knew in [true, false] {
        let mut first = signed_in_browser(false).await;
        let mut other = another(&first, false).await;
        other.sends.push(GPC);
        if knew {
            first.sends.push(GPC);
        }
        first.site.advance_clock(60);
        first.decide("yes", "yes").await;
        save_theme(&mut first, None).await;
        assert_eq!(other.get("/").await.has("html[data-theme=dark]"), knew);
        let expected = if knew { vec!["preferences-yes", "analytics-yes"] } else { vec![] };
        assert_eq!(checked_radios(&other.get("/preferences").await), expected, "knew of it: {knew}");
        assert_eq!(other.holds().contains(&ANALYTICS), knew);
        assert!(!other.get("/").await.has("#banner"));
        assert_eq!(
            checked_radios(&first.get("/preferences").await),
            ["preferences-yes", "analytics-yes"],
            "the other's signal"
        );
        let export: serde_json::Value = serde_json::from_slice(&first.get("/account/export").await.bytes).unwrap();
        let expected = if knew { serde_json::json!("global-privacy-control") } else { serde_json::Value::Null };
        assert_eq!(export["decision"]["choices"][0]["signal_at_answer"], expected);
    }
}

#[tokio::test]
async fn a_sign_in_with_a_signal_merges_decisions_and_grants_nothing() {
    let mut first = signed_in_browser(false).await;
    first.decide("yes", "yes").await;
    let mut other = first.site.browser();
    other.decide("yes", "no").await;
    save_theme(&mut other, None).await;
    other.sends.push(GPC);
    sign_in(&mut other, ANNA, false).await;
    assert!(!holds_optional(&other));
    let page = other.get("/preferences").await;
    assert_eq!(checked_radios(&page), ["analytics-no"], "the no of the two, and no yes");
    assert!(page.text("#signal").contains("You allowed preferences before your browser sent this signal."));
    assert!(first.get("/").await.has("html[data-theme=system]"), "a look that the signal refuses went nowhere");
    sign_out(&mut other).await;
    assert!(!holds_optional(&other));
    assert!(!other.get("/").await.has("#banner"));
}
