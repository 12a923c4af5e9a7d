//! Writes a message in the language of its recipient: plain text, and a simple HTML part of the
//! same sentences. Its links begin with the configured origin: one, and three in a message about a
//! new version.

use time::{Date, OffsetDateTime, macros::format_description};

use crate::{
    content::{Content, LocalizedEdition, i18n::Messages},
    domain::{
        Timestamp,
        account::mail::{
            CONFIRM_LIFETIME_SECONDS, MailKind, RESET_LIFETIME_SECONDS, SIGN_OUT_LIFETIME_SECONDS,
            SUBSCRIBE_LIFETIME_SECONDS,
        },
        i18n::{locale::Locale, locale_path},
        policy::version::Version,
        web::{device::Device, page::Page, path},
    },
    store::NewMail,
    system::smtp::OutgoingMessage,
};

/// What a message about a version says of it.
pub(super) struct VersionFacts {
    pub version: Version,
    pub effective: Date,
    /// The version before.
    pub previous: Option<Version>,
    /// The changes, one sentence each, and their language.
    pub summary: (Vec<String>, Locale),
}

impl VersionFacts {
    /// The facts of a version in a language, if the content has it.
    pub fn of(content: &Content, version: Version, locale: Locale) -> Option<Self> {
        let LocalizedEdition { edition, locale, .. } = content.localized_edition(version, locale)?;
        let previous = content.editions.iter().rev().map(|edition| edition.version).find(|other| *other < version);
        let summary = (edition.summary.clone(), locale);
        Some(Self { version, effective: edition.effective, previous, summary })
    }
}

/// Writes a message. `origin` is the origin of the site; `facts` are those of the version that a
/// message to subscribers is about.
pub(super) fn compose(
    strings: &Messages,
    origin: &str,
    mail: &NewMail,
    facts: Option<&VersionFacts>,
) -> OutgoingMessage {
    let texts = &strings.mail;
    let on = || match mail.device.unwrap_or_default() {
        Device::Phone => strings.activity.on_phone(),
        Device::Tablet => strings.activity.on_tablet(),
        Device::Computer => strings.activity.on_computer(),
        Device::ComputerOrTablet => strings.activity.on_computer_or_tablet(),
        Device::Other => strings.activity.on_device(),
    };
    let methods = |what: String| {
        (texts.methods_subject(), texts.methods_text(moment(mail.created_at), what), texts.methods_link())
    };
    let days = |seconds: u64| strings.languages.days(seconds / 86_400);
    let (subject, text, label) = match mail.kind {
        MailKind::ConfirmEmail => (
            texts.confirm_subject(),
            texts.confirm_text(&mail.recipient, days(CONFIRM_LIFETIME_SECONDS)),
            texts.confirm_link(),
        ),
        MailKind::AccountExists => (texts.exists_subject(), texts.exists_text(&mail.recipient), texts.exists_link()),
        MailKind::PasswordReset => (
            texts.reset_subject(),
            texts.reset_text(strings.languages.hours(RESET_LIFETIME_SECONDS / 3_600)),
            texts.reset_link(),
        ),
        MailKind::NewBrowser => {
            let text = texts.browser_text(on(), moment(mail.created_at), days(SIGN_OUT_LIFETIME_SECONDS));
            (texts.browser_subject(), text, texts.browser_link())
        }
        MailKind::PasswordChanged => {
            (texts.changed_subject(), texts.changed_text(moment(mail.created_at)), texts.changed_link())
        }
        MailKind::PasswordRemoved => {
            (texts.removed_subject(), texts.removed_text(moment(mail.created_at)), texts.changed_link())
        }
        MailKind::PasskeyAdded => methods(strings.activity.passkey_added(on())),
        MailKind::PasskeyRemoved => methods(strings.activity.passkey_removed(on())),
        MailKind::IdentityLinked => methods(strings.activity.identity_linked(on())),
        MailKind::IdentityUnlinked => methods(strings.activity.identity_unlinked(on())),
        MailKind::AccountDeleted => {
            (texts.deleted_subject(), texts.deleted_text(moment(mail.created_at)), texts.deleted_link())
        }
        MailKind::ConfirmSubscription => (
            texts.subscribe_subject(),
            texts.subscribe_text(&mail.recipient, days(SUBSCRIBE_LIFETIME_SECONDS)),
            texts.subscribe_link(),
        ),
        MailKind::PolicyChanged => {
            let (version, day) = facts.map(|facts| (facts.version.to_string(), facts.effective.to_string())).unzip();
            let (version, day) = (version.unwrap_or_default(), day.unwrap_or_default());
            let text = texts.policy_text(&version, &day);
            (texts.policy_subject(version, day), text, texts.policy_stop())
        }
    };
    let url_of = |path: &str| format!("{origin}{}", locale_path::join(mail.locale, path));
    let with_token = |path: &str| match (&mail.token, &mail.notice) {
        (Some(token), _) | (None, Some((token, _))) => format!("{}?token={token}", url_of(path)),
        (None, None) => url_of(path),
    };
    let mut links = vec![(label, with_token(&mail.kind.page().to_string()))];
    if let Some(facts) = facts {
        if let Some(previous) = facts.previous {
            let comparison = Page::Comparison(previous, facts.version);
            links.insert(0, (strings.editions.changed(previous, facts.version), url_of(&comparison.to_string())));
        }
        let edition = Page::Edition(facts.version);
        links.insert(0, (strings.editions.read_version(facts.version), url_of(&edition.to_string())));
    }
    let (summary, spoken) = facts.map_or((&[] as &[String], mail.locale), |facts| (&facts.summary.0, facts.summary.1));
    let footer = texts.footer();
    let points = summary.iter().map(|sentence| format!("\n- {sentence}")).collect::<Vec<_>>().concat();
    let plain_links = links.iter().map(|(label, url)| format!("{label}:\n{url}\n\n")).collect::<Vec<_>>().concat();
    let (tag, direction) = (mail.locale, mail.locale.direction());
    let items = summary.iter().map(|sentence| format!("<li>{}</li>\n", escaped(sentence))).collect::<Vec<_>>().concat();
    let list = match summary {
        [] => String::new(),
        _ => format!("<ul lang=\"{spoken}\" dir=\"{}\">\n{items}</ul>\n", spoken.direction()),
    };
    let link =
        |(label, url): &(String, String)| format!("<p><a href=\"{}\">{}</a></p>\n", escaped(url), escaped(label));
    let html_links: String = links.iter().map(link).collect();
    let [shown_subject, shown_text, shown_footer] = [&subject, &text, &footer].map(|text| escaped(text));
    OutgoingMessage {
        id: mail.id.clone(),
        recipient: mail.recipient.clone(),
        html: format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\" dir=\"{direction}\">\n<head><meta charset=\"utf-8\">\
             <title>{shown_subject}</title></head>\n<body>\n<p>{shown_text}</p>\n{list}{html_links}\
             <p>{shown_footer}</p>\n</body>\n</html>\n"
        ),
        text: format!("{text}\n{points}{}{plain_links}{footer}\n", if points.is_empty() { "\n" } else { "\n\n" }),
        subject,
        unsubscribe: mail.notice.is_some().then(|| with_token(path::UNSUBSCRIBE)),
        written_at: mail.created_at,
    }
}

/// Formats a time so that every language reads it alike, such as `2026-11-22 12:00 UTC`.
fn moment(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC")).unwrap_or_default()
}

/// Escapes text for an element or a quoted attribute (HTML, 13.3).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
