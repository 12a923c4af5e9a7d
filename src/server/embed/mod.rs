//! The script for the pages of sibling services, which asks there what is asked here.
//!
//! Each version of it has an address and a hash of its own, so that a page can say which one it trusts (W3C Subresource
//! Integrity). A version that was published never changes: what is mended or added makes the next one, beside it.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha384};

/// The newest version.
pub(crate) const NEWEST: &str = "/embed/1.js";

/// Where the newest version is found, whichever it is.
pub(crate) const LATEST: &str = "/embed.js";

/// Its text.
pub(crate) const SCRIPT: &str = include_str!("1.js");

/// What a page says of the newest version to trust it and no other.
pub(crate) fn integrity() -> &'static str {
    static INTEGRITY: LazyLock<String> =
        LazyLock::new(|| format!("sha384-{}", STANDARD.encode(Sha384::digest(SCRIPT.as_bytes()))));
    &INTEGRITY
}
