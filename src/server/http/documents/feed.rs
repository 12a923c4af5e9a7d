//! The editions as an Atom feed (RFC 4287), so that whoever wants to know of a new one is told.
//!
//! An edition is told of when it is published, with the day from which it is in force; no entry changes when that day comes.

use std::io;

use super::{
    FEED,
    xml::{self, Xml},
};
use crate::model::{page::Page, policy::Edition};

/// The feed of these editions, which stand by rising version.
pub(super) fn write(editions: &[Edition], origin: &str) -> io::Result<Vec<u8>> {
    let attributes = [("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", "en")];
    xml::document("feed", &attributes, |xml| {
        let home = format!("{origin}{}", Page::Policy);
        xml::text(xml, "id", &home)?;
        xml::text(xml, "title", "Editions of the Harmony cookie policy")?;
        xml::text(xml, "updated", &moment(editions.iter().map(told_on).max()))?;
        link(xml, "self", "application/atom+xml", &format!("{origin}{FEED}"))?;
        link(xml, "alternate", "text/html", &home)?;
        xml.create_element("author").write_inner_content(|xml| xml::text(xml, "name", "Harmony"))?;
        let before = std::iter::once(None).chain(editions.iter().map(Some));
        let entries: Vec<_> = editions.iter().zip(before).collect();
        entries.into_iter().rev().try_for_each(|(edition, before)| entry(xml, edition, before, origin))
    })
}

fn entry(xml: &mut Xml, edition: &Edition, before: Option<&Edition>, origin: &str) -> io::Result<()> {
    let Edition { version, effective, published, summary, title, .. } = edition;
    let address = format!("{origin}{}", Page::Edition(*version));
    let compared =
        before.map(|before| (before.version, format!("{origin}{}", Page::Comparison(before.version, *version))));
    xml.create_element("entry").write_inner_content(|xml| {
        // The permanent address stays what it is, so it is the id (RFC 4287, 4.2.6).
        xml::text(xml, "id", &address)?;
        xml::text(xml, "title", &format!("{title}, version {version}"))?;
        if let Some(published) = published {
            xml::text(xml, "published", &moment(Some(*published)))?;
        }
        xml::text(xml, "updated", &moment(Some(told_on(edition))))?;
        link(xml, "alternate", "text/html", &address)?;
        if let Some((_, compared)) = &compared {
            link(xml, "related", "text/html", compared)?;
        }
        xml.create_element("content").with_attribute(("type", "xhtml")).write_inner_content(|xml| {
            let div = xml.create_element("div").with_attribute(("xmlns", "http://www.w3.org/1999/xhtml"));
            div.write_inner_content(|xml| {
                xml::text(xml, "p", &format!("In force from {effective}. What is new:"))?;
                xml.create_element("ul").write_inner_content(|xml| {
                    summary.iter().try_for_each(|sentence| xml::text(xml, "li", sentence))
                })?;
                if let Some((before, compared)) = &compared {
                    xml.create_element("p").write_inner_content(|xml| {
                        let says = format!("Compare it with version {before}, word by word");
                        let link = xml.create_element("a").with_attribute(("href", compared.as_str()));
                        link.write_text_content(quick_xml::events::BytesText::new(&says)).map(|_| ())
                    })?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

fn link(xml: &mut Xml, rel: &str, kind: &str, to: &str) -> io::Result<()> {
    xml.create_element("link").with_attributes([("rel", rel), ("type", kind), ("href", to)]).write_empty()?;
    Ok(())
}

/// The day on which an edition was told of: when it was published or, where that is not said, when it came into force.
fn told_on(edition: &Edition) -> time::Date {
    edition.published.unwrap_or(edition.effective)
}

/// The beginning of a day, as Atom has it (RFC 3339).
fn moment(day: Option<time::Date>) -> String {
    format!("{}T00:00:00Z", day.unwrap_or(time::OffsetDateTime::UNIX_EPOCH.date()))
}
