//! The print style sheet of an edition, which puts its title and version, its address and the hash
//! of its text at the foot of each page.
//!
//! Only a style sheet can fill the margin boxes of a page (CSS Paged Media 3, 4.2). So each edition
//! has a style sheet in each language. The text is centred, which suits both writing directions.

use crate::{content::i18n::Messages, domain::policy::document::Edition, pages};

/// Placeholders for the page number and the number of pages, in Unicode's private use area. CSS
/// counters replace them.
const PAGE: &str = "\u{e000}";
const PAGES: &str = "\u{e001}";

/// The style sheet of an edition in the language of `strings`. `address` is its permanent URL.
pub(super) fn sheet(strings: &Messages, edition: &Edition, address: &str) -> String {
    let foot = pages::foot(strings, edition, PAGE, PAGES);
    // Browsers lay the box out from left to right, so the text carries its direction (UAX #9, 2.4).
    let foot = match strings.locale().direction() {
        "rtl" => format!("\u{2067}{foot}\u{2069}"),
        _ => foot,
    };
    let content = string(&foot).replace(PAGE, "\" counter(page) \"").replace(PAGES, "\" counter(pages) \"");
    let proof = string(&format!("{address} · SHA-256 {}", edition.sha256));
    format!(
        "@page {{\n  margin: 18mm 18mm 24mm;\n\n  @bottom-center {{\n    content: {content} \"\\a \" {proof};\n    font: 8pt/1.5 system-ui, sans-serif;\n    color: #333;\n    white-space: pre-line;\n  }}\n}}\n"
    )
}

/// A text as a quoted CSS string (CSS Syntax 3, 4.3.5 and 4.3.7).
fn string(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' | '<' | '>' => format!("\\{:x} ", u32::from(c)),
        c if c.is_control() => format!("\\{:x} ", u32::from(c).max(1)),
        c => c.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_gets_out_of_its_quotation_marks() {
        assert_eq!(string("Cookie policy · 1.0"), "\"Cookie policy · 1.0\"");
        assert_eq!(string("a\"}\\\n</style>"), "\"a\\22 }\\5c \\a \\3c /style\\3e \"");
    }
}
