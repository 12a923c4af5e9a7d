//! The closed list of declarations, and its validation.
//!
//! An [`InventoryHistory`] is the publisher's file: every declaration of a cookie and every text of
//! a purpose, each with the edition that introduced it. An [`Inventory`] is the part that applies
//! as of one edition.

mod checks;
mod history;
mod purpose_text;
mod translation;

pub use self::{
    checks::{
        CookieField, InventoryViolation, MAX_CONSENT_SECONDS, MAX_OPTIONAL_SECONDS, cookie_violations, is_token,
        undeclared_cookies, violations,
    },
    history::InventoryHistory,
    purpose_text::{PurposeText, purpose_violations, undescribed_purposes},
};
use super::{
    declaration::{Declaration, FirstPartyCookie},
    purpose::{Optional, Purpose},
};
pub use crate::domain::cookies::inventory::translation::{CookieTranslation, InventoryTranslation, PurposeTranslation};
use crate::domain::{cookies::collected::Collected, policy::version::Version};

/// The cookies that the server may set as of one edition, in the order of the pages, and the texts
/// of purposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    declarations: Vec<Declaration>,
    former: Vec<Declaration>,
    purposes: Vec<PurposeText>,
}

impl Inventory {
    pub fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// The last declarations of dropped cookies, which remove them from browsers that still hold
    /// them.
    pub fn former(&self) -> &[Declaration] {
        &self.former
    }

    /// The edition's own declarations, without first-party cookies that a newer edition introduced
    /// ([`InventoryHistory::as_of`]).
    #[must_use]
    pub fn declared_by(&self, version: Version) -> Self {
        let declarations = self.declarations.iter().filter(|declaration| declaration.since <= version);
        Self { declarations: declarations.cloned().collect(), ..self.clone() }
    }

    /// The declaration of a name. As in browsers, octets are compared, and case counts.
    pub fn find(&self, name: impl AsRef<[u8]>) -> Option<&Declaration> {
        self.declarations.iter().find(|declaration| declaration.name.as_bytes() == name.as_ref())
    }

    /// The declaration that removes a cookie: the current one, or the last.
    pub fn find_or_former(&self, name: impl AsRef<[u8]>) -> Option<&Declaration> {
        let name = name.as_ref();
        self.find(name).or_else(|| self.former.iter().find(|declaration| declaration.name.as_bytes() == name))
    }

    /// The declaration of a first-party cookie.
    ///
    /// # Panics
    /// Never: [`InventoryHistory::new`] rejects a history without it.
    #[expect(clippy::expect_used, reason = "`History::new` refuses a history without it")]
    pub fn first_party(&self, cookie: FirstPartyCookie) -> &Declaration {
        self.find(cookie.into_str()).expect("every own cookie is declared")
    }

    pub fn cookies_for(&self, purpose: Purpose) -> impl Iterator<Item = &Declaration> {
        self.declarations.iter().filter(move |declaration| declaration.purpose == purpose)
    }

    /// Whether analytics collects that.
    pub fn collects(&self, what: Collected) -> bool {
        self.purpose_text(Purpose::Optional(Optional::Analytics)).collects.contains(&what)
    }

    /// The text of a purpose.
    ///
    /// # Panics
    /// Never: [`InventoryHistory::new`] rejects a history without it.
    #[expect(clippy::expect_used, reason = "`History::new` refuses a history without it")]
    pub fn purpose_text(&self, purpose: Purpose) -> &PurposeText {
        self.purposes.iter().find(|text| text.purpose == purpose).expect("every purpose is described")
    }
}
