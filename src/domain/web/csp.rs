//! The content security policies (W3C CSP Level 3).

use super::origin::Origin;

/// What every policy begins with: only our own style sheets and images load.
macro_rules! base {
    () => {
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    };
}

/// The policy of a response without scripts.
///
/// An injected script would not run, and could write no markup (W3C Trusted Types). Tools that run
/// inside a page, such as Lighthouse, may fetch `robots.txt`.
pub const WITHOUT_SCRIPTS: &str =
    concat!(base!(), "; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'");

/// The policy of a page that only loads scripts of ours by their paths: it is measured, or has
/// passkeys.
pub const WITH_SCRIPT_FILES: &str = concat!(
    base!(),
    "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
);

/// The policy of a page with inline scripts, which load our WebAssembly.
///
/// `hashes` are the SHA-256 of the scripts in Base64, so no other inline script runs. `reload` is
/// the socket of `cargo leptos watch`. Trusted Types are not required: the island parses the page
/// that answers a form as markup.
pub fn with_scripts<'h>(hashes: impl IntoIterator<Item = &'h str>, reload: Option<&str>) -> String {
    let base = base!();
    let hashes = hashes.into_iter().fold(String::new(), |hashes, hash| hashes + " 'sha256-" + hash + "'");
    let reload = reload.map(|url| format!(" {url}")).unwrap_or_default();
    format!("{base}; script-src 'self'{hashes} 'wasm-unsafe-eval'; connect-src 'self'{reload}")
}

/// The policy of a page without scripts whose form leads on to another origin. Browsers apply
/// `form-action` to the redirect after a form too.
pub fn with_form_target(origin: &Origin) -> String {
    WITHOUT_SCRIPTS.replacen("form-action 'self'", &format!("form-action 'self' {origin}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_that_origin_and_no_other() {
        let policy = "https://shop.example".parse().map(|origin| with_form_target(&origin));
        let expected = WITHOUT_SCRIPTS.replace("; frame-ancestors", " https://shop.example; frame-ancestors");
        assert_eq!(policy, Ok(expected));
    }
}
