//! Messages in each language.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there and then")]

use strum::VariantArray as _;

use super::{MailDraft, compose};
use crate::{
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::{credentials::Email, mail::MailKind},
        i18n::locale::Locale,
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
            let written = compose::compose(&strings, ORIGIN, &mail(kind, locale));
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
            let has_token = matches!(kind, MailKind::ConfirmEmail | MailKind::PasswordReset | MailKind::NewBrowser);
            assert_eq!(written.text.contains("?token="), has_token, "{kind:?}");
        }
    }
}

#[test]
fn what_a_visitor_typed_is_escaped_in_the_html() {
    let written =
        compose::compose(&Messages::shipped(Locale::ENGLISH), ORIGIN, &mail(MailKind::ConfirmEmail, Locale::ENGLISH));
    assert!(written.text.contains("o'neill&co@example.org"));
    assert!(written.html.contains("o'neill&amp;co@example.org") && !written.html.contains("neill&co"));
}
