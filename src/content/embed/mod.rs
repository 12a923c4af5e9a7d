//! The script with which pages of partner services ask what the banner asks here.
//!
//! Each version has a path and a hash of its own, so that a page can say which one it trusts (W3C
//! Subresource Integrity). A published version never changes: a fix or an addition makes the next
//! version, beside it. [`crate::http`] serves all versions; the page of services shows the newest
//! with its hash.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha384};

/// All published versions, the oldest first.
pub(crate) const VERSIONS: [Script; 2] = [
    Script { path: "/embed/1.js", text: include_str!("1.js") },
    Script { path: "/embed/2.js", text: include_str!("2.js") },
];

/// The newest version.
pub(crate) const NEWEST: Script = VERSIONS[VERSIONS.len() - 1];

/// One version of the script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    /// Where it is served.
    pub path: &'static str,
    /// The JavaScript, as it is served.
    pub text: &'static str,
}

impl Script {
    /// The value of `integrity` with which a page trusts this version and no other.
    pub(crate) fn integrity(&self) -> String {
        format!("sha384-{}", STANDARD.encode(Sha384::digest(self.text)))
    }
}
