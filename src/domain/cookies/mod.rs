//! Cookies: the inventory of declarations, and the rules for what a request carries and a response may set.

pub mod declaration;
pub mod inventory;
pub mod purpose;
pub mod removal;
pub mod request_header;
