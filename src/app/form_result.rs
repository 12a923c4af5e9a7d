//! What a form did, which every use case returns to the HTTP layer.

use uuid::Uuid;

use crate::domain::web::flash::Flash;

/// What a form did: what the next page says, and which cookies are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormResult {
    /// What to say.
    pub notice: Flash,
    /// The names of the cookies that went with it, as far as the request carried them, and of the one that was asked for.
    pub gone: Vec<Vec<u8>>,
    /// The record of a decision to which no cookie leads, for the page after it to offer its receipt.
    pub receipt: Option<Uuid>,
}

impl From<Flash> for FormResult {
    fn from(notice: Flash) -> Self {
        Self { notice, gone: Vec::new(), receipt: None }
    }
}
