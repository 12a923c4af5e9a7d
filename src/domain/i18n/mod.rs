//! Languages: their tags, the list of a site, negotiation, and path prefixes.

pub mod accept_language;
pub mod invisible;
pub mod languages;
pub mod locale;
pub mod locale_path;
