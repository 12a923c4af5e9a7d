//! An account is found for every equivalent spelling of its e-mail address.

use super::{
    super::browser::anonymous_browser,
    users::{OTHER_PASSWORD, PASSWORD, account, count, operator, sign_up, try_sign_in},
};

/// The same e-mail address from Firefox, from Chromium, in decomposed Unicode, and in capitals.
const SPELLINGS: [&str; 6] = [
    "jürgen@bücher.example",
    "jürgen@xn--bcher-kva.example",
    "ju\u{308}rgen@bu\u{308}cher.example",
    "JÜRGEN@BÜCHER.EXAMPLE",
    "JU\u{308}RGEN@XN--BCHER-KVA.EXAMPLE",
    " jürgen@ｂüｃｈｅｒ．example ",
];

#[tokio::test]
async fn an_account_is_found_by_every_spelling_of_its_address() {
    for made in SPELLINGS {
        let mut browser = anonymous_browser();
        sign_up(&mut browser, made, false).await;
        let lead = account(&mut browser).await.text("p.lead");
        assert!(lead.contains("jürgen@bücher.example"), "as people write it: {lead}");
        for typed in SPELLINGS {
            browser.site.advance_clock(3_600);
            let mut other = browser.site.browser();
            assert_eq!(try_sign_in(&mut other, typed, PASSWORD, false).await.status, 303, "{made:?} {typed:?}");
            let page = other.site.browser().get("/sign-up").await;
            let answers = [("email", typed), ("new_password", OTHER_PASSWORD)];
            let answer = other.site.browser().send_form(&page, "#sign-up", &answers).await;
            assert_eq!(answer.status, 422, "{made:?} {typed:?}");
            assert!(answer.text("#problems li").starts_with("An account with this email address"), "{typed:?}");
        }
        assert_eq!(count(&browser.site, "accounts").await, 1);
    }
}

#[tokio::test]
async fn an_operator_finds_an_account_by_every_spelling() {
    let mut browser = anonymous_browser();
    sign_up(&mut browser, SPELLINGS[0], false).await;
    let operator = operator(&browser.site);
    for typed in SPELLINGS {
        operator.set_disabled(typed, true).await.unwrap();
        assert!(operator.list().await.unwrap()[0].is_disabled, "{typed:?}");
        operator.set_disabled(typed, false).await.unwrap();
        operator.end_sessions(typed).await.unwrap();
        operator.create_reset_link(typed).await.unwrap();
    }
    let listed = operator.list().await.unwrap();
    assert_eq!((listed.len(), listed[0].email.as_str()), (1, "jürgen@bücher.example"));
}

#[tokio::test]
async fn an_e_mail_address_with_invisible_characters_is_rejected() {
    let mut browser = anonymous_browser();
    let page = browser.get("/sign-up").await;
    for typed in ["anna\u{202e}@example.org", "an\u{200b}na@example.org", "anna@exam\u{ad}ple.org"] {
        let answers = [("email", typed), ("new_password", PASSWORD)];
        let answer = browser.send_form(&page, "#sign-up", &answers).await;
        assert_eq!(answer.status, 422, "{typed:?}");
        assert!(answer.text("#problems li").starts_with("Enter an email address"), "{typed:?}");
    }
    assert_eq!(count(&browser.site, "accounts").await, 0);
}
