//! Messages in each language.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

use strum::VariantArray as _;
use time::macros::date;

use super::{MailDraft, compose, compose::VersionFacts};
use crate::{
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::{credentials::Email, mail::MailKind},
        i18n::locale::Locale,
        policy::version::Version,
        web::device::Device,
    },
    store::NewMail,
    system::rng::Rng,
};

fn mail(kind: MailKind, locale: Locale) -> NewMail {
    let draft = MailDraft::new(kind, locale, Device::Phone, (Timestamp(1_795_348_800), &Rng::system()));
    draft.to(Some("a"), &Email::parse("o'neill&co@example.org").unwrap())
}

const ORIGIN: &str = "https://cookies.example";

#[test]
fn each_message_has_one_link_to_the_configured_origin_in_each_language() {
    for locale in ["en", "de", "fr", "ar", "es", "it", "nl", "pl"].map(|tag| tag.parse::<Locale>().unwrap()) {
        let strings = Messages::shipped(locale);
        for &kind in MailKind::VARIANTS {
            let written = compose::compose(&strings, ORIGIN, &mail(kind, locale), None);
            let start = format!("{ORIGIN}/{locale}");
            assert_eq!(written.text.matches("://").count(), 1, "{}", written.text);
            assert_eq!(written.html.matches("://").count(), 1, "{}", written.html);
            assert!(written.text.contains(&start) && written.html.contains(&format!("href=\"{start}")));
            let direction = if locale.tag() == "ar" { "rtl" } else { "ltr" };
            assert!(
                written.html.contains(&format!("<html lang=\"{locale}\" dir=\"{direction}\">")),
                "{}",
                written.html
            );
            assert!(!written.subject.is_empty() && !written.subject.contains(['\r', '\n']));
            let has_token = matches!(
                kind,
                MailKind::ConfirmEmail | MailKind::PasswordReset | MailKind::NewBrowser | MailKind::ConfirmSubscription
            );
            assert_eq!(written.text.contains("?token="), has_token, "{kind:?}");
        }
    }
}

#[test]
fn a_message_about_the_ways_to_sign_in_says_what_changed_and_where_in_each_language() {
    for locale in ["en", "de", "fr", "ar", "es", "it", "nl", "pl"].map(|tag| tag.parse::<Locale>().unwrap()) {
        let strings = Messages::shipped(locale);
        let (texts, on) = (&strings.activity, strings.activity.on_phone());
        for (kind, what) in [
            (MailKind::PasskeyAdded, texts.passkey_added(&on)),
            (MailKind::PasskeyRemoved, texts.passkey_removed(&on)),
            (MailKind::IdentityLinked, texts.identity_linked(&on)),
            (MailKind::IdentityUnlinked, texts.identity_unlinked(&on)),
        ] {
            let written = compose::compose(&strings, ORIGIN, &mail(kind, locale), None);
            assert!(written.text.contains(&what), "{}", written.text);
            assert!(written.text.contains(&format!("{ORIGIN}/{locale}/account/security")), "{}", written.text);
        }
    }
}

#[test]
fn what_a_visitor_typed_is_escaped_in_the_html() {
    let written = compose::compose(
        &Messages::shipped(Locale::ENGLISH),
        ORIGIN,
        &mail(MailKind::ConfirmEmail, Locale::ENGLISH),
        None,
    );
    assert!(written.text.contains("o'neill&co@example.org"));
    assert!(written.html.contains("o'neill&amp;co@example.org") && !written.html.contains("neill&co"));
}

#[test]
fn a_message_about_a_version_says_what_changes_from_when_and_how_to_stop_in_each_language() {
    let (version, previous) = (Version { major: 2, minor: 0 }, Version { major: 1, minor: 4 });
    for locale in ["en", "de", "fr", "ar", "es", "it", "nl", "pl"].map(|tag| tag.parse::<Locale>().unwrap()) {
        let facts = VersionFacts {
            version,
            effective: date!(2027 - 01 - 01),
            previous: Some(previous),
            summary: (vec!["Maps & <more>.".to_owned(), "Ads.".to_owned()], Locale::ENGLISH),
        };
        let mut mail = mail(MailKind::PolicyChanged, locale);
        mail.notice = Some(("a1b2".to_owned(), version));
        let written = compose::compose(&Messages::shipped(locale), ORIGIN, &mail, Some(&facts));
        assert!(written.subject.contains("2.0") && written.subject.contains("2027-01-01"), "{}", written.subject);
        let stop = format!("{ORIGIN}/{locale}/policy/unsubscribe?token=a1b2");
        for link in [format!("{ORIGIN}/{locale}/policy/2.0"), format!("{ORIGIN}/{locale}/policy/compare/1.4/2.0"), stop]
        {
            assert!(written.text.contains(&format!(":\n{link}\n")), "{}", written.text);
            assert!(written.html.contains(&format!("href=\"{link}\"")), "{}", written.html);
        }
        assert_eq!((written.text.matches("://").count(), written.html.matches("://").count()), (3, 3));
        assert!(written.text.contains("\n- Maps & <more>.\n- Ads.\n"), "{}", written.text);
        assert!(written.html.contains("<ul lang=\"en\" dir=\"ltr\">\n<li>Maps &amp; &lt;more&gt;.</li>"));
        let one_click = format!("{ORIGIN}/{locale}/api/unsubscribe?token=a1b2");
        assert_eq!(written.unsubscribe, Some(one_click));
    }
}
