//! The scripts that pages load by a path of their own.
//!
//! - `embed`: asks on the pages of partner services what the banner asks here. Version 3 also
//!   clears what is declared and not granted, and reports what is not declared.
//! - `measure`: measures the performance of a page, for visitors who granted analytics.
//! - `passkey`: has the browser ask for a passkey, or create one.
//!
//! Each version has a path and a hash of its own, so that a page can say which one it trusts (W3C
//! Subresource Integrity). A published version never changes: a fix or an addition makes the next
//! version, beside it. [`crate::http`] serves all of them; the page of services shows the newest
//! `embed` with its hash.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha384};

/// All scripts, the oldest version of each first.
pub(crate) const ALL: [Script; 5] = [
    Script { path: "/embed/1.js", text: include_str!("embed/1.js") },
    Script { path: "/embed/2.js", text: include_str!("embed/2.js") },
    NEWEST_EMBED,
    MEASURE,
    PASSKEY,
];

/// The newest script for pages of partner services.
pub(crate) const NEWEST_EMBED: Script = Script { path: "/embed/3.js", text: include_str!("embed/3.js") };

/// The script of measured pages.
pub(crate) const MEASURE: Script = Script { path: "/measure/1.js", text: include_str!("measure/1.js") };

/// The script of the pages that sign in with a passkey or add one.
pub(crate) const PASSKEY: Script = Script { path: "/passkey/1.js", text: include_str!("passkey/1.js") };

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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_script_for_passkeys_has_less_than_3000_bytes() {
        assert!((500..3_000).contains(&PASSKEY.text.len()), "{}", PASSKEY.text.len());
    }

    #[test]
    fn measuring_costs_a_page_at_most_1500_bytes() {
        let mut compressed = brotli::CompressorWriter::new(Vec::new(), 4_096, 11, 22);
        assert!(compressed.write_all(MEASURE.text.as_bytes()).is_ok());
        let bytes = compressed.into_inner().len();
        assert!((500..=1_500).contains(&bytes), "{bytes}");
    }
}
