//! Checks a logo: an SVG image without scripts, styles from elsewhere or references to anything
//! outside of itself.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

/// The longest logo.
pub(super) const MAX_BYTES: usize = 8 * 1024;

/// The elements that a logo may have. None runs a script or loads a file.
const ELEMENTS: [&str; 19] = [
    "svg",
    "g",
    "defs",
    "title",
    "desc",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "symbol",
    "use",
];

/// Checks a logo.
///
/// # Errors
/// Why the text is not one, as a sentence without a full stop.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the logo is longer than {} KiB", MAX_BYTES / 1024));
    }
    let mut reader = Reader::from_str(text);
    let (mut depth, mut has_root) = (0_usize, false);
    loop {
        match reader.read_event().map_err(|error| format!("the logo is not XML: {error}"))? {
            Event::Start(element) => {
                check_element(&element, depth == 0, has_root)?;
                has_root = true;
                depth += 1;
            }
            Event::Empty(element) => {
                check_element(&element, depth == 0, has_root)?;
                has_root = true;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(_) | Event::Comment(_) | Event::Decl(_) => {}
            Event::Eof if has_root && depth == 0 => return Ok(()),
            Event::Eof => return Err("the logo has no svg element, or does not close it".to_owned()),
            // Entities could repeat each other without end, and instructions load style sheets.
            _ => return Err("a logo has elements, text and comments, and no more".to_owned()),
        }
    }
}

fn check_element(element: &BytesStart<'_>, is_root: bool, has_root: bool) -> Result<(), String> {
    let name = element.name().into_inner().to_owned();
    if is_root && (has_root || name != "svg") {
        return Err(format!("the logo is one svg element, not {name:?}"));
    }
    if !ELEMENTS.contains(&name.as_str()) {
        return Err(format!("a logo has no element {name:?}; there are {}", ELEMENTS.join(", ")));
    }
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| format!("the logo is not XML: {error}"))?;
        let key = attribute.key.into_inner().to_ascii_lowercase();
        let value = attribute.value.to_ascii_lowercase();
        let is_reference = key == "href" || key.ends_with(":href");
        let refers_outside = is_reference && !value.starts_with('#')
            || value.match_indices("url(").any(|(at, _)| !value.get(at..).unwrap_or_default().starts_with("url(#"));
        // A character reference could spell anything.
        if key.starts_with("on") || key == "style" || refers_outside || value.contains("&#") {
            return Err(format!("{name} has {key}: a logo runs nothing, and refers to nothing outside of itself"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><!-- a --><defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs><path fill="url(#a)" d="M0 0h9"/><use href="#a"/></svg>"##;

    #[test]
    fn a_drawing_passes_and_what_could_act_does_not() {
        assert_eq!(check(GOOD), Ok(()));
        assert_eq!(check(&format!("<?xml version=\"1.0\"?>\n{GOOD}\n")), Ok(()));
        for inner in [
            "<script>alert(1)</script>",
            "<foreignObject/>",
            "<image href=\"x.png\"/>",
            "<style>@import url(x)</style>",
            "<a href=\"#a\"/>",
            "<path onload=\"alert(1)\"/>",
            "<path ONCLICK=\"alert(1)\"/>",
            "<path style=\"fill:red\"/>",
            "<path fill=\"url(https://example.org/x)\"/>",
            "<path fill=\"url(#a) url(http://x)\"/>",
            "<path fill=\"u&#114;l(http://x)\"/>",
            "<use href=\"x.svg#a\"/>",
            "<use xlink:href=\"javascript:alert(1)\"/>",
            "<animate/>",
            "&x;",
            "<![CDATA[x]]>",
        ] {
            assert!(check(&format!("<svg>{inner}</svg>")).is_err(), "{inner}");
        }
        for text in
            ["", "x", "<svg>", "<html/>", "<svg/><svg/>", "<!DOCTYPE svg><svg/>", "<?xml-stylesheet href=\"x\"?><svg/>"]
        {
            assert!(check(text).is_err(), "{text}");
        }
        assert!(check(&format!("<svg>{}</svg>", " ".repeat(MAX_BYTES))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_checked_without_a_panic(text in "(<|>|/|svg|path|\"|=|on|&|;|!|\\?|[^<>]){0,40}") {
            let _ = check(&text);
        }
    }
}
