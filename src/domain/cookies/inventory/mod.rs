//! The closed list of declarations, and the checks that keep it true.
//!
//! A [`History`] is what stands in the publisher's file: every declaration and every description of a purpose, each with
//! the edition of the policy that brought it. An [`Inventory`] is what of it holds as of one edition.

mod checks;
mod history;
mod purpose_text;
mod translation;

pub use self::{
    checks::{
        CookieField, InventoryViolation, LONGEST_CONSENT, LONGEST_OPTIONAL, mistakes, mistakes_in_entries, undeclared,
    },
    history::InventoryHistory,
    purpose_text::{PurposeText, mistakes_in_purposes, undescribed},
};
use super::{
    declaration::{Declaration, FirstPartyCookie},
    purpose::Purpose,
};
pub use crate::domain::cookies::inventory::translation::{CookieTranslation, InventoryTranslation, PurposeTranslation};
use crate::domain::policy::version::Version;

/// Every cookie that may leave the server as of one edition, in the order in which pages list them, and what each purpose
/// means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    declarations: Vec<Declaration>,
    former: Vec<Declaration>,
    purposes: Vec<PurposeText>,
}

impl Inventory {
    /// Every declaration.
    pub fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// The last declarations of the cookies that are not declared any more: browsers may still hold them, and they are
    /// removed with these.
    pub fn former(&self) -> &[Declaration] {
        &self.former
    }

    /// What an edition itself declares: without what a newer one declared first, which holds in the older one's time all the same
    /// because the server sets it whichever edition is in force ([`History::as_of`]).
    #[must_use]
    pub fn declared_by(&self, version: Version) -> Self {
        let declarations = self.declarations.iter().filter(|declaration| declaration.since <= version);
        Self { declarations: declarations.cloned().collect(), ..self.clone() }
    }

    /// The declaration of that name, if there is one. Names are compared as browsers do: octet by octet, case counts.
    pub fn find(&self, name: impl AsRef<[u8]>) -> Option<&Declaration> {
        self.declarations.iter().find(|declaration| declaration.name.as_bytes() == name.as_ref())
    }

    /// What removes a cookie of that name: its declaration, or the last that it had.
    pub fn find_ever(&self, name: impl AsRef<[u8]>) -> Option<&Declaration> {
        let name = name.as_ref();
        self.find(name).or_else(|| self.former.iter().find(|declaration| declaration.name.as_bytes() == name))
    }

    /// The declaration of one of the server's own cookies. Building the history proved that it is there.
    ///
    /// # Panics
    /// Never: [`History::new`] refuses a history without it.
    #[expect(clippy::expect_used, reason = "`History::new` refuses a history without it")]
    pub fn own(&self, cookie: FirstPartyCookie) -> &Declaration {
        self.find(cookie.into_str()).expect("every own cookie is declared")
    }

    /// The declarations of one purpose.
    pub fn of(&self, purpose: Purpose) -> impl Iterator<Item = &Declaration> {
        self.declarations.iter().filter(move |declaration| declaration.purpose == purpose)
    }

    /// What is said of a purpose. Building the history proved that it is there.
    ///
    /// # Panics
    /// Never: [`History::new`] refuses a history without it.
    #[expect(clippy::expect_used, reason = "`History::new` refuses a history without it")]
    pub fn about(&self, purpose: Purpose) -> &PurposeText {
        self.purposes.iter().find(|text| text.purpose == purpose).expect("every purpose is described")
    }
}
