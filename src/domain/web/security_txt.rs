//! `security.txt` (RFC 9116): contacts for vulnerability reports, with an expiry date.

use time::Date;

use crate::domain::i18n::languages::Languages;

/// How many days before the expiry date the operator is warned.
pub const WARNED: i64 = 30;

/// Contacts for vulnerability reports, valid until the expiry date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityTxt {
    contacts: Vec<String>,
    expires: Date,
}

/// Whether the file is still valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactExpiry {
    Valid,
    /// Expires in this many days.
    Ending(i64),
    Expired,
}

/// The text is not a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a contact begins with mailto: or https:// or tel: and has no blank in it; several stand one after the other, with commas between"
)]
pub struct ParseContactError;

impl SecurityTxt {
    /// Parses comma-separated contacts.
    ///
    /// # Errors
    /// [`ParseContactError`] if one is not a contact, or there is none.
    pub fn new(contacts: &str, expires: Date) -> Result<Self, ParseContactError> {
        let contacts: Vec<_> = contacts.split(',').map(|contact| contact.trim().to_owned()).collect();
        if contacts.iter().all(|contact| is_contact(contact)) {
            Ok(Self { contacts, expires })
        } else {
            Err(ParseContactError)
        }
    }

    /// The first day on which the file is not valid.
    pub fn expires(&self) -> Date {
        self.expires
    }

    /// The status on a day.
    pub fn expiry(&self, today: Date) -> ContactExpiry {
        match (self.expires - today).whole_days() {
            ..=0 => ContactExpiry::Expired,
            left @ 1..=WARNED => ContactExpiry::Ending(left),
            _ => ContactExpiry::Valid,
        }
    }

    /// The text of the file. `Canonical` is written for https only, as RFC 9116 asks.
    pub fn text(&self, origin: &str, path: &str, languages: &Languages) -> String {
        let contacts = self.contacts.iter().map(|contact| format!("Contact: {contact}\n"));
        let expires = format!("Expires: {}T00:00:00Z\n", self.expires);
        let languages = format!("Preferred-Languages: {}\n", languages.tags());
        let canonical = origin.starts_with("https://").then(|| format!("Canonical: {origin}{path}\n"));
        contacts.chain([expires, languages]).chain(canonical).collect()
    }
}

/// Whether the text is a URI that a person can be reached at.
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
        let text = |origin| {
            file.as_ref()
                .map(|file| file.text(origin, "/.well-known/security.txt", &Languages::shipped()))
                .unwrap_or_default()
        };
        let without = "Contact: mailto:security@harmony.example\nContact: https://harmony.example/report\n\
                       Expires: 2027-06-01T00:00:00Z\nPreferred-Languages: en, ar, de, fr\n";
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
            (date!(2027 - 06 - 01), ContactExpiry::Expired),
            (date!(2030 - 01 - 01), ContactExpiry::Expired),
        ] {
            assert_eq!(file.as_ref().map(|file| file.expiry(today)), Ok(standing), "{today}");
        }
    }
}
