//! What a form did, which every use case returns to the HTTP layer.

use uuid::Uuid;

use crate::domain::web::flash::Flash;

/// What a form did: the flash message of the next page, and the deleted cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormResult {
    /// The flash message.
    pub notice: Flash,
    /// The names of the deleted cookies that the request contained, and of the cookie that the
    /// visitor asked to delete.
    pub gone: Vec<Vec<u8>>,
    /// A record whose id no cookie holds. The next page offers its receipt.
    pub receipt: Option<Uuid>,
}

impl From<Flash> for FormResult {
    fn from(notice: Flash) -> Self {
        Self { notice, gone: Vec::new(), receipt: None }
    }
}
