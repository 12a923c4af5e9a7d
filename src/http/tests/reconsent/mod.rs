//! Re-consent: a new edition or an expired answer prompts again for the affected purpose only.
//!
//! This module has the changes that edition 1.2 can make. [`editions`] tests what is prompted and
//! shown, [`answers`] what the buttons do.

mod answers;
mod editions;

use super::{
    browser::Browser,
    site::{DAY, Site, site_with_edition},
};

const CONSENT: &str = "__Host-Http-consent";
const ANALYTICS: &str = "__Host-Http-analytics";
const APPEARANCE: &str = "__Host-Http-appearance";

/// How long an answer is valid, in seconds.
const LIFETIME: i64 = 180 * DAY;

/// The analytics cookie of edition 1.2, with a lifetime of a year and another description.
const OTHERWISE: &str = r#"
[[cookie]]
name = "__Host-Http-analytics"
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

/// Another analytics cookie.
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

/// A new description of preferences.
const DESCRIBED: &str = r#"
[[purpose]]
name = "preferences"
question = "May Harmony remember your settings?"
description = "Keeps what you like."
since = "1.2"
"#;

/// An essential cookie.
const ESSENTIAL: &str = r#"
[[cookie]]
name = "__Host-Http-device"
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

/// Returns a browser that accepted everything and chose a dark theme.
async fn granting(site: &Site) -> Browser {
    let mut browser = site.browser();
    let page = browser.decide("yes", "yes").await;
    browser.submit(&page, "#appearance-form", &[("theme", "dark")]).await;
    assert_eq!(browser.holds(), [ANALYTICS, APPEARANCE, CONSENT, "__Host-Http-visit"]);
    browser
}
