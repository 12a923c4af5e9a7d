//! Locales: which there are, how one is negotiated, and how it stands in a path.

pub mod accept_language;
pub mod invisible;
pub mod locale;
pub mod locale_path;
