//! Cookies: the inventory, and the rules for request and response cookies.

pub mod collected;
pub mod consent_mode;
pub mod declaration;
pub mod inventory;
pub mod personal_data;
pub mod purpose;
pub mod removal;
pub mod request_header;
pub mod service_entry;
pub mod well_known;
