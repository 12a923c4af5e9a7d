//! A new edition, or the end of an answer, asks again about what it concerns, and about nothing else.
//!
//! Here is what edition 1.2 can bring; [`editions`] is what is then asked and shown, [`answers`] what a button does.

mod answers;
mod editions;

use super::{
    browser::Browser,
    site::{DAY, Site, site_with_edition},
};

const CONSENT: &str = "__Host-consent";
const ANALYTICS: &str = "__Host-analytics";
const APPEARANCE: &str = "__Host-appearance";

/// How long an answer holds.
const LIFETIME: i64 = 180 * DAY;

/// The analytics cookie as edition 1.2 declares it: for a year, and for something else.
const OTHERWISE: &str = r#"
[[cookie]]
name = "__Host-analytics"
purpose = "analytics"
lifetime = "365 days"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Counts you."
since = "1.2"
"#;

/// Another one beside it.
const ADDED: &str = r#"
[[cookie]]
name = "__Host-second"
purpose = "analytics"
lifetime = "session"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Counts you again."
since = "1.2"
"#;

/// A description of preferences that edition 1.2 brings.
const DESCRIBED: &str = r#"
[[purpose]]
name = "preferences"
question = "May Harmony remember your settings?"
description = "Keeps what you like."
since = "1.2"
"#;

/// What edition 1.2 declares of an essential cookie alone.
const ESSENTIAL: &str = r#"
[[cookie]]
name = "__Host-device"
purpose = "security"
lifetime = "90 days"
http_only = true
secure = true
same_site = "Lax"
path = "/"
set_by = "Harmony"
description = "Marks."
since = "1.2"
"#;

fn with_edition(inventory: &str) -> Site {
    site_with_edition(inventory, |_| ())
}

/// A browser that said yes to everything and chose a dark theme.
async fn granting(site: &Site) -> Browser {
    let mut browser = site.browser();
    let page = browser.decide("yes", "yes").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    assert_eq!(browser.holds(), [ANALYTICS, APPEARANCE, CONSENT, "__Host-visit"]);
    browser
}
