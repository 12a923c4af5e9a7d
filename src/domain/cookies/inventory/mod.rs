//! The closed list of declarations, and its validation.
//!
//! An [`InventoryHistory`] is the publisher's file: every declaration of a cookie and every text of
//! a purpose, each with the edition that introduced it. An [`Inventory`] is the part that applies
//! as of one edition.

mod checks;
pub mod finding;
mod history;
pub(crate) mod purpose_text;
mod services;
mod translation;

pub use self::{
    checks::{
        CookieField, InventoryViolation, MAX_CONSENT_SECONDS, MAX_OPTIONAL_SECONDS, cookie_violations, is_token,
        undeclared_cookies, violations,
    },
    history::InventoryHistory,
    purpose_text::{PurposeText, purpose_violations, purposeless_cookies, purposeless_entries, undescribed_purposes},
    services::{ServiceEntries, service_violations},
};
use super::{
    declaration::{Declaration, EssentialCookie, FirstPartyCookie},
    purpose::{Optional, Purpose, Purposes},
};
pub use crate::domain::cookies::inventory::translation::{
    CookieTranslation, EntryTranslation, InventoryTranslation, PurposeTranslation,
};
use crate::domain::{
    cookies::{collected::Collected, consent_mode::StorageType},
    policy::version::Version,
};

/// The cookies that the server may set as of one edition, in the order of the pages, what partner
/// services declare beside them, and the texts of purposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    declarations: Vec<Declaration>,
    former: Vec<Declaration>,
    services: ServiceEntries,
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

    /// What partner services declare. The server can set none of it.
    pub const fn services(&self) -> &ServiceEntries {
        &self.services
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

    /// The declaration of an essential cookie.
    ///
    /// # Panics
    /// Never: [`InventoryHistory::new`] rejects a history without it.
    #[expect(clippy::expect_used, reason = "`History::new` refuses a history without it")]
    pub fn essential(&self, cookie: EssentialCookie) -> &Declaration {
        self.first_party(cookie.into()).expect("every essential cookie is declared")
    }

    /// The declaration of a first-party cookie, under its name, or under its former name in an
    /// edition that declares no newer one. An optional cookie has none if the publisher does not
    /// declare its purpose.
    pub fn first_party(&self, cookie: FirstPartyCookie) -> Option<&Declaration> {
        self.find(cookie.into_str()).or_else(|| self.find(cookie.former_name()?))
    }

    /// The names of first-party cookies, as declared.
    pub fn names<'i>(&'i self, cookies: &[FirstPartyCookie]) -> impl Iterator<Item = &'i str> {
        cookies.iter().filter_map(|own| Some(self.first_party(*own)?.name.as_str()))
    }

    /// The last declaration of a first-party cookie's former name, once it has ended.
    pub fn formerly(&self, cookie: FirstPartyCookie) -> Option<&Declaration> {
        let name = cookie.former_name()?;
        self.former.iter().find(|declaration| declaration.name == name)
    }

    pub fn cookies_for(&self, purpose: Purpose) -> impl Iterator<Item = &Declaration> {
        self.declarations.iter().filter(move |declaration| declaration.purpose == purpose)
    }

    /// Whether analytics collects that.
    pub fn collects(&self, what: Collected) -> bool {
        self.purpose(Purpose::Optional(Optional::ANALYTICS)).is_some_and(|text| text.collects.contains(&what))
    }

    /// The texts of the purposes, in the order of the pages.
    pub fn purposes(&self) -> &[PurposeText] {
        &self.purposes
    }

    /// The optional purposes, in the order of the questions.
    pub fn optional_purposes(&self) -> impl Iterator<Item = Optional> {
        self.purposes.iter().filter_map(|text| text.purpose.optional())
    }

    /// The text of a purpose, if the edition declares it.
    pub fn purpose(&self, purpose: Purpose) -> Option<&PurposeText> {
        self.purposes.iter().find(|text| text.purpose == purpose)
    }

    /// The storage types of Consent Mode that these grants include.
    pub fn storage_types(&self, granted: &Purposes) -> impl Iterator<Item = StorageType> {
        let is_granted =
            |text: &&PurposeText| text.purpose.optional().is_some_and(|purpose| granted.contains(&purpose));
        self.purposes.iter().filter(is_granted).flat_map(|text| text.consent_mode.iter().copied())
    }
}
