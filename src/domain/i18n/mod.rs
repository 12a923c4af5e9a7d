//! Locales: the list, negotiation, and path prefixes.

pub mod accept_language;
pub mod invisible;
pub mod locale;
pub mod locale_path;
