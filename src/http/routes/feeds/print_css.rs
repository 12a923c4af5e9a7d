//! The sheet that an edition is printed with: its title and version at the foot of each page, in the language of the page.
//!
//! The boxes in the margin of a page can hold nothing but what stands in a style sheet (CSS Paged Media 3, 4.2), so each edition
//! has one of its own in each language. It stands in the middle, where it is right in every direction of writing.

use crate::{content::i18n::Messages, domain::policy::document::Edition, pages};

/// Stand for the number of the page and for how many there are until they are counters (Unicode, 3.5: private use).
const PAGE: &str = "\u{e000}";
const PAGES: &str = "\u{e001}";

/// The sheet of that edition, with the words of a language.
pub(super) fn sheet(strings: &Messages, edition: &Edition) -> String {
    let foot = pages::foot(strings, edition, PAGE, PAGES);
    // The box is laid out from left to right in any case: the line carries its direction itself (Unicode UAX #9, 2.4).
    let foot = match strings.locale().direction() {
        "rtl" => format!("\u{2067}{foot}\u{2069}"),
        _ => foot,
    };
    let said = string(&foot).replace(PAGE, "\" counter(page) \"").replace(PAGES, "\" counter(pages) \"");
    format!(
        "@page {{\n  margin: 18mm 18mm 22mm;\n\n  @bottom-center {{\n    content: {said};\n    font: 9pt/1.4 system-ui, sans-serif;\n    color: #333;\n  }}\n}}\n"
    )
}

/// A text as CSS has it, between quotation marks (CSS Syntax 3, 4.3.5 and 4.3.7).
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
