//! Whom to tell of a hole in this site, as RFC 9116 has it, and for how long that can be believed.

use time::Date;

use crate::domain::i18n::locale::Locale;

/// How many days before its end it is time to write a new one.
pub const WARNED: i64 = 30;

/// The contacts for reports, and the day from which they are not to be used any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityTxt {
    contacts: Vec<String>,
    expires: Date,
}

/// Whether it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactExpiry {
    /// It can.
    Valid,
    /// It can for so many days, which are few.
    Ending(i64),
    /// It cannot any more.
    Over,
}

/// A text that is no contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a contact begins with mailto: or https:// or tel: and has no blank in it; several stand one after the other, with commas between"
)]
pub struct ParseContactError;

impl SecurityTxt {
    /// These contacts, with commas between, until that day.
    ///
    /// # Errors
    /// [`ParseContactError`] if one of them is none, or there is none.
    pub fn new(contacts: &str, expires: Date) -> Result<Self, ParseContactError> {
        let contacts: Vec<_> = contacts.split(',').map(|contact| contact.trim().to_owned()).collect();
        if contacts.iter().all(|contact| is_contact(contact)) {
            Ok(Self { contacts, expires })
        } else {
            Err(ParseContactError)
        }
    }

    /// The first day on which it cannot be believed.
    pub fn expires(&self) -> Date {
        self.expires
    }

    /// How it stands on a day.
    pub fn standing(&self, today: Date) -> ContactExpiry {
        match (self.expires - today).whole_days() {
            ..=0 => ContactExpiry::Over,
            left @ 1..=WARNED => ContactExpiry::Ending(left),
            _ => ContactExpiry::Valid,
        }
    }

    /// The file, at an address of a site with that origin. Its own address stands in it where it is read by https alone, as the
    /// RFC asks.
    pub fn text(&self, origin: &str, path: &str) -> String {
        let contacts = self.contacts.iter().map(|contact| format!("Contact: {contact}\n"));
        let expires = format!("Expires: {}T00:00:00Z\n", self.expires);
        let languages = format!("Preferred-Languages: {}\n", Locale::ALL.map(Locale::tag).join(", "));
        let canonical = origin.starts_with("https://").then(|| format!("Canonical: {origin}{path}\n"));
        contacts.chain([expires, languages]).chain(canonical).collect()
    }
}

/// Whether that is the address of somebody who can be told.
fn is_contact(text: &str) -> bool {
    let to = ["mailto:", "https://", "tel:"].into_iter().find_map(|kind| text.strip_prefix(kind));
    to.is_some_and(|to| !to.is_empty()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn it_names_whom_to_tell_and_until_when() {
        let file =
            SecurityTxt::new("mailto:security@harmony.example, https://harmony.example/report", date!(2027 - 06 - 01));
        let text =
            |origin| file.as_ref().map(|file| file.text(origin, "/.well-known/security.txt")).unwrap_or_default();
        let without = "Contact: mailto:security@harmony.example\nContact: https://harmony.example/report\n\
                       Expires: 2027-06-01T00:00:00Z\nPreferred-Languages: en, de, fr, ar\n";
        assert_eq!(text("http://localhost:3000"), without);
        let canonical = "Canonical: https://harmony.example/.well-known/security.txt\n";
        assert_eq!(text("https://harmony.example"), format!("{without}{canonical}"));
    }

    #[test]
    fn what_nobody_can_be_told_by_is_no_contact() {
        for bad in [
            "",
            "security@harmony.example",
            "mailto:",
            "http://harmony.example",
            "mailto:a@b.example,",
            "mailto:a@b.example\nContact: mailto:c@d.example",
            "mailto:a @b.example",
            "https://hármony.example",
        ] {
            assert_eq!(SecurityTxt::new(bad, date!(2027 - 06 - 01)), Err(ParseContactError), "{bad:?}");
        }
    }

    #[test]
    fn it_warns_for_thirty_days_and_is_over_on_its_day() {
        let file = SecurityTxt::new("tel:+1-201-555-0123", date!(2027 - 06 - 01));
        for (today, standing) in [
            (date!(2026 - 11 - 22), ContactExpiry::Valid),
            (date!(2027 - 05 - 01), ContactExpiry::Valid),
            (date!(2027 - 05 - 02), ContactExpiry::Ending(30)),
            (date!(2027 - 05 - 31), ContactExpiry::Ending(1)),
            (date!(2027 - 06 - 01), ContactExpiry::Over),
            (date!(2030 - 01 - 01), ContactExpiry::Over),
        ] {
            assert_eq!(file.as_ref().map(|file| file.standing(today)), Ok(standing), "{today}");
        }
    }
}
