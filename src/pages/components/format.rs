//! Formats dates, durations and names in the language of the page.

use std::time::Duration;

use time::macros::format_description;

use crate::{
    content::i18n::Messages,
    domain::{
        Timestamp,
        account::security_event::{SecurityEvent, SecurityEventKind},
        analytics::Device,
        consent::signal::Signal,
        cookies::{
            declaration::Lifetime,
            purpose::{Essential, Optional, Purpose},
            request_header::readable,
            service_entry::{Retention, StorageKind},
        },
        i18n::locale::Locale,
        policy::document::Edition,
    },
    pages::{
        components::{date_format, date_format::DateParts},
        inventory, site,
    },
};

/// Formats a day, in English as `22 November 2026`.
pub(crate) fn day(locale: Locale, day: time::Date) -> String {
    date_format::format(locale, day, DateParts::Whole)
}

/// Formats a day, in English as `22 Nov`.
pub(crate) fn short_day(locale: Locale, day: time::Date) -> String {
    date_format::format(locale, day, DateParts::Short)
}

/// Formats a time, in English as `22 November 2026 at 14:05 UTC`.
pub(crate) fn moment(locale: Locale, at: Timestamp) -> String {
    moment_in(&site().strings(locale), at)
}

fn moment_in(strings: &Messages, at: Timestamp) -> String {
    let clock = time::OffsetDateTime::from_unix_timestamp(at.0).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let time = clock.format(format_description!("[hour]:[minute]")).unwrap_or_default();
    strings.languages.moment(day(strings.locale(), at.day()), time)
}

/// Formats a time of the last day as its distance from `now`, in English as `5 minutes ago`, which
/// is the same in every time zone. `None` before that.
pub(crate) fn ago(strings: &Messages, at: Timestamp, now: Timestamp) -> Option<String> {
    let (units, seconds) = (&strings.languages, u64::try_from(now.0.saturating_sub(at.0)).unwrap_or_default());
    match seconds {
        0..60 => Some(units.just_now()),
        60..3_600 => Some(units.minutes_ago(seconds / 60)),
        3_600..86_400 => Some(units.hours_ago(seconds / 3_600)),
        _ => None,
    }
}

/// Formats a duration in the largest unit of which it is a multiple.
pub(crate) fn duration(locale: Locale, length: Duration) -> String {
    duration_in(&site().strings(locale), length)
}

fn duration_in(strings: &Messages, length: Duration) -> String {
    let (seconds, units) = (length.as_secs(), &strings.languages);
    match seconds {
        seconds if seconds.is_multiple_of(86_400) => units.days(seconds / 86_400),
        seconds if seconds.is_multiple_of(3_600) => units.hours(seconds / 3_600),
        seconds if seconds.is_multiple_of(60) => units.minutes(seconds / 60),
        seconds => units.seconds(seconds),
    }
}

pub(crate) fn lifetime(strings: &Messages, lifetime: Lifetime) -> String {
    match lifetime {
        Lifetime::Session => strings.words.session(),
        Lifetime::Persistent(length) => duration_in(strings, length),
    }
}

/// How long a service keeps an entry.
pub(crate) fn retention(strings: &Messages, kind: StorageKind, kept: Retention) -> String {
    match kept {
        Retention::Session if kind == StorageKind::SessionStorage => strings.cookies.until_tab_closed(),
        Retention::Session => strings.words.session(),
        Retention::Seconds(seconds) => duration_in(strings, Duration::from_secs(seconds)),
        Retention::UntilDeleted => strings.cookies.until_deleted(),
    }
}

/// The name of a kind of storage; `None` for a cookie, which needs none.
pub(crate) fn storage_kind(strings: &Messages, kind: StorageKind) -> Option<String> {
    match kind {
        StorageKind::Cookie => None,
        StorageKind::LocalStorage => Some(strings.cookies.local_storage()),
        StorageKind::SessionStorage => Some(strings.cookies.session_storage()),
        StorageKind::IndexedDb => Some(strings.cookies.indexed_db()),
    }
}

/// What a service declares, within a sentence: its name, its kind if it is no cookie, its service.
pub(crate) fn entry(strings: &Messages, name: &str, kind: StorageKind, service: &str) -> String {
    match storage_kind(strings, kind) {
        None => strings.cookies.entry(name, service),
        Some(kind) => strings.cookies.stored_entry(name, kind, service),
    }
}

pub(crate) fn device(strings: &Messages, device: Device) -> String {
    match device {
        Device::Phone => strings.words.phone(),
        Device::Tablet => strings.words.tablet(),
        Device::Computer => strings.words.computer(),
        Device::ComputerOrTablet => strings.words.computer_or_tablet(),
        Device::Other => strings.words.other_device(),
    }
}

/// Returns the name of a signal, which is the same in every language.
pub(crate) const fn signal(signal: Signal) -> &'static str {
    match signal {
        Signal::DoNotTrack => "Do Not Track",
        Signal::GlobalPrivacyControl => "Global Privacy Control",
    }
}

/// Returns the footer of a printed edition, with placeholders for the page number and the number of
/// pages.
pub(crate) fn foot(strings: &Messages, edition: &Edition, page: &str, pages: &str) -> String {
    let day = day(strings.locale(), edition.effective);
    strings.policy.foot(&edition.title, edition.version, day, page, pages)
}

/// Returns the name of a purpose within a sentence. One that the site no longer declares is called
/// by its name in files.
pub(crate) fn purpose(strings: &Messages, purpose: Purpose) -> String {
    let purposes = &strings.purposes;
    match purpose {
        Purpose::Essential(Essential::Authentication) => purposes.authentication(),
        Purpose::Essential(Essential::Security) => purposes.security(),
        Purpose::Essential(Essential::Consent) => purposes.consent(),
        Purpose::Optional(name) => {
            inventory().purpose(purpose).map_or_else(|| name.to_string(), |text| text.label.clone())
        }
    }
}

/// Returns the name of a purpose as a heading.
pub(crate) fn purpose_title(strings: &Messages, purpose: Purpose) -> String {
    let purposes = &strings.purposes;
    match purpose {
        Purpose::Essential(Essential::Authentication) => purposes.authentication_title(),
        Purpose::Essential(Essential::Security) => purposes.security_title(),
        Purpose::Essential(Essential::Consent) => purposes.consent_title(),
        Purpose::Optional(_) => capitalised(&self::purpose(strings, purpose)),
    }
}

/// Lists optional purposes within a sentence, in the order of the questions.
pub(crate) fn purposes(strings: &Messages, purposes: impl IntoIterator<Item = Optional>) -> String {
    let mut purposes: Vec<_> = purposes.into_iter().collect();
    let inventory = inventory();
    purposes.sort_by_key(|purpose| inventory.optional_purposes().position(|other| other == *purpose));
    list(strings, purposes.into_iter().map(|optional| purpose(strings, Purpose::Optional(optional))))
}

/// Returns a security event as a sentence, with the name of the browser, if it has one.
pub(crate) fn activity(strings: &Messages, activity: &SecurityEvent, is_this: bool, name: Option<&str>) -> String {
    let texts = &strings.activity;
    let on = match activity.device {
        _ if is_this => texts.on_this(),
        _ if let Some(name) = name => texts.on_named(name),
        Some(Device::Phone) => texts.on_phone(),
        Some(Device::Tablet) => texts.on_tablet(),
        Some(Device::Computer) => texts.on_computer(),
        Some(Device::ComputerOrTablet) => texts.on_computer_or_tablet(),
        Some(Device::Other) | None => texts.on_device(),
    };
    match activity.event {
        SecurityEventKind::SignedUp => texts.signed_up(on),
        SecurityEventKind::SignedIn => texts.signed_in(on),
        SecurityEventKind::SignedInFromNew => texts.signed_in_from_new(on),
        SecurityEventKind::Failed => texts.failed(activity.count.max(1).into(), on),
        SecurityEventKind::SignedOut => texts.signed_out(on),
        SecurityEventKind::Ended => texts.ended(on),
        SecurityEventKind::OthersEnded => texts.others_ended(on),
        SecurityEventKind::Replayed => texts.replayed(on),
        SecurityEventKind::PasswordChanged => texts.password_changed(on),
        SecurityEventKind::ResetLinkCreated => texts.link_made(),
        SecurityEventKind::ResetLinkUsed => texts.link_used(on),
        SecurityEventKind::ResetRequested => texts.reset_requested(on),
        SecurityEventKind::PasskeyAdded => texts.passkey_added(on),
        SecurityEventKind::PasswordRemoved => texts.password_removed(on),
        SecurityEventKind::PasskeyRemoved => texts.passkey_removed(on),
        SecurityEventKind::PasskeyCloned => texts.passkey_cloned(on),
        SecurityEventKind::IdentityLinked => texts.identity_linked(on),
        SecurityEventKind::IdentityUnlinked => texts.identity_unlinked(on),
        SecurityEventKind::ProviderSignedOut => texts.provider_signed_out(),
        SecurityEventKind::EmailConfirmed => texts.email_confirmed(on),
        SecurityEventKind::MailGivenUp => texts.mail_given_up(),
        SecurityEventKind::AllEnded => texts.all_ended(),
        SecurityEventKind::Disabled => texts.disabled(),
        SecurityEventKind::Enabled => texts.enabled(),
    }
}

/// Returns the name of a cookie for display.
pub(crate) fn cookie(strings: &Messages, name: &[u8]) -> String {
    if name.is_empty() { strings.words.unnamed_cookie() } else { readable(name).into_owned() }
}

/// Lists names, in English as `a`, `a and b`, `a, b and c`.
pub(crate) fn list(strings: &Messages, names: impl IntoIterator<Item = impl Into<String>>) -> String {
    let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
    let Some(last) = names.pop() else { return String::new() };
    let before = names.into_iter().reduce(|before, next| strings.words.comma(before, next));
    before.map_or_else(|| last.clone(), |before| strings.words.and(before, &last))
}

/// Capitalises the first letter, where the script has capitals.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let strings = Messages::shipped(Locale::ENGLISH);
        assert_eq!(moment_in(&strings, Timestamp(1_795_356_300)), "22 November 2026 at 14:05 UTC");
        for (seconds, expected) in [
            (86_400, "1 day"),
            (180 * 86_400, "180 days"),
            (5_400, "90 minutes"),
            (7_200, "2 hours"),
            (61, "61 seconds"),
        ] {
            assert_eq!(duration_in(&strings, Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_time_of_the_last_day_is_said_by_its_distance() {
        let strings = Messages::shipped(Locale::ENGLISH);
        for (seconds, expected) in [
            (-5, Some("just now")),
            (59, Some("just now")),
            (60, Some("1 minute ago")),
            (3_599, Some("59 minutes ago")),
            (7_200, Some("2 hours ago")),
            (86_399, Some("23 hours ago")),
            (86_400, None),
        ] {
            let found = ago(&strings, Timestamp(1_000_000), Timestamp(1_000_000 + seconds));
            assert_eq!(found.as_deref(), expected, "{seconds}");
        }
    }

    #[test]
    fn days_are_said_in_the_form_of_each_language() {
        for (locale, long, short) in [
            (Locale::ENGLISH, "2 November 2026", "2 Nov"),
            (Locale::GERMAN, "2. November 2026", "2. Nov."),
            (Locale::FRENCH, "2 novembre 2026", "2 nov."),
            (Locale::ARABIC, "2 نوفمبر 2026", "2 نوفمبر"),
        ] {
            let date = date!(2026 - 11 - 02);
            assert_eq!((day(locale, date), short_day(locale, date)), (long.to_owned(), short.to_owned()));
        }
    }

    #[test]
    fn lengths_of_time_have_the_plural_of_each_language() {
        for (locale, days, expected) in [
            (Locale::GERMAN, 1, "1 Tag"),
            (Locale::GERMAN, 180, "180 Tage"),
            (Locale::FRENCH, 0, "0 jour"),
            (Locale::FRENCH, 30, "30 jours"),
            (Locale::ARABIC, 1, "يوم واحد"),
            (Locale::ARABIC, 2, "يومان"),
            (Locale::ARABIC, 3, "3 أيام"),
            (Locale::ARABIC, 30, "30 يومًا"),
            (Locale::ARABIC, 180, "180 يومًا"),
            (Locale::ARABIC, 400, "400 يوم"),
        ] {
            let found = duration_in(&Messages::shipped(locale), Duration::from_secs(days * 86_400));
            // In right-to-left text, Unicode isolates surround each value.
            assert_eq!(found.replace(['\u{2067}', '\u{2068}', '\u{2069}'], ""), expected);
        }
    }

    #[test]
    fn names_stand_in_a_row_as_each_language_has_it() {
        for (locale, expected) in
            [(Locale::ENGLISH, "a, b and c"), (Locale::GERMAN, "a, b und c"), (Locale::FRENCH, "a, b et c")]
        {
            assert_eq!(list(&Messages::shipped(locale), ["a", "b", "c"]), expected);
        }
        assert_eq!(list(&Messages::shipped(Locale::ENGLISH), ["a", "b"]), "a and b");
    }
}
