//! The editions as an Atom feed (RFC 4287), which announces each new one to subscribers.
//!
//! The date of an entry is the edition's publication date, or else its effective date. An announced
//! edition without a publication date has the effective date of the current edition, so that no
//! date is in the future.

use std::io;

use super::{xml, xml::Xml};
use crate::domain::{
    policy::{document::Edition, version::Version},
    publisher::Publisher,
    web::{page::Page, path::FEED},
};

/// The feed of these editions, which are sorted by version.
pub(super) fn write(
    publisher: &Publisher,
    editions: &[Edition],
    in_force: Version,
    origin: &str,
) -> io::Result<Vec<u8>> {
    let attributes = [("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", publisher.language.tag())];
    let since = editions.iter().find(|edition| edition.version == in_force).map(|edition| edition.effective);
    let dated = |edition: &Edition| {
        let announced = since.filter(|_| edition.version > in_force);
        edition.published.or(announced).unwrap_or(edition.effective)
    };
    xml::document("feed", &attributes, |xml| {
        let home = format!("{origin}{}", Page::Policy);
        xml::text(xml, "id", &home)?;
        xml::text(xml, "title", &format!("Cookie policy of {}: all versions", publisher.name))?;
        xml::text(xml, "updated", &moment(editions.iter().map(dated).max()))?;
        link(xml, "self", "application/atom+xml", &format!("{origin}{FEED}"))?;
        link(xml, "alternate", "text/html", &home)?;
        xml.create_element("author").write_inner_content(|xml| xml::text(xml, "name", &publisher.legal_name))?;
        let before = std::iter::once(None).chain(editions.iter().map(Some));
        let entries: Vec<_> = editions.iter().zip(before).collect();
        entries
            .into_iter()
            .rev()
            .try_for_each(|(edition, before)| entry(xml, edition, before, (dated(edition), origin)))
    })
}

fn entry(
    xml: &mut Xml,
    edition: &Edition,
    before: Option<&Edition>,
    (updated, origin): (time::Date, &str),
) -> io::Result<()> {
    let Edition { version, effective, published, summary, title, .. } = edition;
    let url = format!("{origin}{}", Page::Edition(*version));
    let compared =
        before.map(|before| (before.version, format!("{origin}{}", Page::Comparison(before.version, *version))));
    xml.create_element("entry").write_inner_content(|xml| {
        // The URL is permanent, so it is the id (RFC 4287, 4.2.6).
        xml::text(xml, "id", &url)?;
        xml::text(xml, "title", &format!("{title}, version {version}"))?;
        if let Some(published) = published {
            xml::text(xml, "published", &moment(Some(*published)))?;
        }
        xml::text(xml, "updated", &moment(Some(updated)))?;
        link(xml, "alternate", "text/html", &url)?;
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
                        let text = format!("Compare it with version {before}, word by word");
                        let link = xml.create_element("a").with_attribute(("href", compared.as_str()));
                        link.write_text_content(quick_xml::events::BytesText::new(&text)).map(|_| ())
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

fn link(xml: &mut Xml, rel: &str, content_type: &str, url: &str) -> io::Result<()> {
    xml.create_element("link").with_attributes([("rel", rel), ("type", content_type), ("href", url)]).write_empty()?;
    Ok(())
}

/// The start of a day in UTC (RFC 3339).
fn moment(day: Option<time::Date>) -> String {
    format!("{}T00:00:00Z", day.unwrap_or(time::OffsetDateTime::UNIX_EPOCH.date()))
}
