//! The inline scripts. Each is the same in every page of a server, so the Content-Security-Policy
//! names its hash, and a page with scripts can be cached.

use std::sync::OnceLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use leptos::{
    config::LeptosOptions,
    hydration::{AutoReload, HydrationScripts},
    prelude::*,
};

use crate::system::digest::sha256;

/// What Leptos would append to each page for its scripts. No page has resources or asynchronous
/// chunks, so the lists are empty.
const RESOURCES: &str = "for (const list of ['__RESOLVED_RESOURCES', '__SERIALIZED_ERRORS', '__PENDING_RESOURCES', \
                         '__RESOURCE_RESOLVERS', '__INCOMPLETE_CHUNKS']) globalThis[list] = [];\n";

/// An inline script.
pub(super) struct InlineScript {
    pub text: String,
    /// The SHA-256 of the text in Base64.
    pub hash: String,
}

impl InlineScript {
    fn new(text: String) -> Self {
        Self { hash: BASE64_STANDARD.encode(sha256(&text)), text }
    }
}

/// The script that loads the WebAssembly and starts the islands.
///
/// It omits the preload hints that usually come with it: a browser without JavaScript would follow
/// them in vain.
pub(super) fn loader(options: &LeptosOptions) -> &'static InlineScript {
    static LOADER: OnceLock<InlineScript> = OnceLock::new();
    let make = || {
        let options = options.clone();
        let html = Owner::new().with(|| view! { <HydrationScripts options islands=true /> }.to_html());
        InlineScript::new(format!("{RESOURCES}{}", script_of(&html)))
    };
    LOADER.get_or_init(make)
}

/// The script that shows each saved file, under `cargo leptos watch`.
pub(super) fn reload(options: &LeptosOptions) -> &'static InlineScript {
    static RELOAD: OnceLock<InlineScript> = OnceLock::new();
    let make = || {
        let options = options.clone();
        let html = Owner::new().with(|| view! { <AutoReload options /> }.to_html());
        InlineScript::new(script_of(&html).to_owned())
    };
    RELOAD.get_or_init(make)
}

/// The text of the script in rendered markup.
fn script_of(html: &str) -> &str {
    let script = html.split_once("<script").and_then(|(_, script)| script.split_once('>'));
    script.and_then(|(_, script)| script.split_once("</script>")).map_or("", |(text, _)| text)
}
