//! Well-formed XML for any text of the publisher.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};

/// The writer of a document.
pub(super) type Xml = Writer<Vec<u8>>;

/// A document with this root element and its attributes.
pub(super) fn document(
    root: &str,
    attributes: &[(&str, &str)],
    content: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    xml.create_element(root).with_attributes(attributes.iter().copied()).write_inner_content(content)?;
    Ok(xml.into_inner())
}

/// Writes an element that contains a text.
pub(super) fn text(xml: &mut Xml, name: &str, content: &str) -> io::Result<()> {
    let content: String = content.chars().filter(|c| is_legal(*c)).collect();
    xml.create_element(name).write_text_content(BytesText::new(&content))?;
    Ok(())
}

/// Whether a document may contain the character, escaped or not (XML 1.0, 2.2).
const fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}
