//! The content security policies (W3C CSP Level 3).

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

/// The policy of a page that is measured, and has no other script.
pub const WITH_MEASUREMENT: &str = concat!(
    base!(),
    "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
);

/// The policy of a page whose inline scripts have this nonce and load our WebAssembly.
///
/// `reload` is the socket of `cargo leptos watch`. Trusted Types are not required: the island
/// parses the page that answers a form as markup.
pub fn with_scripts(nonce: &str, reload: Option<&str>) -> String {
    let base = base!();
    let reload = reload.map(|url| format!(" {url}")).unwrap_or_default();
    format!("{base}; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; connect-src 'self'{reload}")
}
