//! Exports what the cookies of a browser hold and what they lead to, as JSON, for visitors without
//! an account.

use serde::Serialize;

use crate::{
    app::{
        accounts::export::{ExportedAppearance, ExportedDecision},
        request_context::RequestContext,
    },
    domain::{
        cookies::{inventory::Inventory, request_header::readable},
        ledger::record::{Record, RecordRef},
        web::appearance::Appearance,
    },
    ledger::Ledger,
    store::{StoreError, Tx},
};

/// The most records in an export.
const MAX_RECORDS: usize = 1_000;

/// The export of a browser.
#[derive(Serialize)]
pub(crate) struct BrowserExport {
    /// The cookies that the browser sent, without their values, which sign in or are signed.
    cookies: Vec<ExportedCookie>,
    /// The decision of this browser that is valid.
    decision: Option<ExportedDecision>,
    appearance: Option<ExportedAppearance>,
    /// The records of the decisions of this browser, newest first: see `docs/records.md`.
    records: Vec<Record>,
    /// Whether the ledger has older records of this browser.
    has_more_records: bool,
    /// What leads from the visitor to the records.
    link: &'static str,
}

#[derive(Serialize)]
struct ExportedCookie {
    name: String,
    /// The purpose that the effective edition declares.
    purpose: Option<String>,
}

impl BrowserExport {
    /// What the request alone tells.
    pub(crate) fn of_request(context: &RequestContext, inventory: &Inventory) -> Self {
        let cookie = |name: &[u8]| ExportedCookie {
            name: readable(name).into_owned(),
            purpose: inventory.find_or_former(name).map(|declaration| declaration.purpose.as_str().to_owned()),
        };
        let own = context.consent.decided.as_ref().filter(|_| context.consent.is_own);
        let appearance = Some(context.appearance).filter(|look| *look != Appearance::default());
        Self {
            cookies: context.cookies.received.names().into_iter().map(cookie).collect(),
            decision: own.map(|decided| ExportedDecision::from(decided.decision())),
            appearance: appearance.map(ExportedAppearance::from),
            records: Vec::new(),
            has_more_records: false,
            link: "Only the cookie with your choice leads to the records of this browser, by a random number. A record \
                   that you made while signed in is linked to your account too.",
        }
    }

    /// Adds the records to which the cookie with the choice leads.
    ///
    /// # Errors
    /// [`StoreError`] if the ledger cannot be read.
    pub(crate) fn read_records(mut self, tx: &Tx<'_>, ledger: &Ledger, filed: RecordRef) -> Result<Self, StoreError> {
        let history = ledger.of_browser(tx, filed, MAX_RECORDS)?;
        (self.records, self.has_more_records) = (history.records, history.has_more);
        Ok(self)
    }

    /// The file.
    pub(crate) fn write(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}
