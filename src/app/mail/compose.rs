//! Writes a message in the language of its recipient: plain text, and a simple HTML part of the
//! same sentences. It has one link, which begins with the configured origin.

use time::{OffsetDateTime, macros::format_description};

use crate::{
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::mail::{CONFIRM_LIFETIME_SECONDS, MailKind, RESET_LIFETIME_SECONDS, SIGN_OUT_LIFETIME_SECONDS},
        i18n::locale_path,
        web::device::Device,
    },
    store::NewMail,
    system::smtp::OutgoingMessage,
};

/// Writes a message. `origin` is the origin of the site.
pub(super) fn compose(strings: &Messages, origin: &str, mail: &NewMail) -> OutgoingMessage {
    let texts = &strings.mail;
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
            let on = match mail.device.unwrap_or_default() {
                Device::Phone => strings.activity.on_phone(),
                Device::Tablet => strings.activity.on_tablet(),
                Device::Computer => strings.activity.on_computer(),
                Device::ComputerOrTablet => strings.activity.on_computer_or_tablet(),
                Device::Other => strings.activity.on_device(),
            };
            let text = texts.browser_text(on, moment(mail.created_at), days(SIGN_OUT_LIFETIME_SECONDS));
            (texts.browser_subject(), text, texts.browser_link())
        }
        MailKind::PasswordChanged => {
            (texts.changed_subject(), texts.changed_text(moment(mail.created_at)), texts.changed_link())
        }
        MailKind::PasskeyAdded => {
            (texts.passkey_subject(), texts.passkey_text(moment(mail.created_at)), texts.passkey_link())
        }
        MailKind::AccountDeleted => {
            (texts.deleted_subject(), texts.deleted_text(moment(mail.created_at)), texts.deleted_link())
        }
    };
    let mut url = format!("{origin}{}", locale_path::join(mail.locale, &mail.kind.page().to_string()));
    if let Some(token) = &mail.token {
        url = format!("{url}?token={token}");
    }
    let footer = texts.footer();
    let (tag, direction) = (mail.locale, mail.locale.direction());
    let [shown_subject, shown_text, shown_label, shown_url, shown_footer] =
        [&subject, &text, &label, &url, &footer].map(|text| escaped(text));
    OutgoingMessage {
        id: mail.id.clone(),
        recipient: mail.recipient.clone(),
        html: format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\" dir=\"{direction}\">\n<head><meta charset=\"utf-8\">\
             <title>{shown_subject}</title></head>\n<body>\n<p>{shown_text}</p>\n\
             <p><a href=\"{shown_url}\">{shown_label}</a></p>\n<p>{shown_footer}</p>\n</body>\n</html>\n"
        ),
        text: format!("{text}\n\n{label}:\n{url}\n\n{footer}\n"),
        subject,
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
