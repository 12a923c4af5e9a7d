//! The sitemap for search engines (sitemaps.org).

use std::io;

use super::{xml, xml::Xml};
use crate::domain::{
    policy::{document::Edition, version::Version},
    web::page::Page,
};

/// The public pages beside those of the policy.
const PAGES: [Page; 9] = [
    Page::Home,
    Page::Preferences,
    Page::Services,
    Page::Verify,
    Page::Transparency,
    Page::Measurement,
    Page::Statistics,
    Page::SignIn,
    Page::SignUp,
];

/// The sitemap: every public page, every edition, and each comparison with the next edition.
pub(super) fn write(
    editions: &[Edition],
    in_force: Version,
    origin: &str,
    has_page: impl Fn(Page) -> bool,
) -> io::Result<Vec<u8>> {
    let attributes = [("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")];
    let since = editions.iter().find(|edition| edition.version == in_force).map(|edition| edition.effective);
    xml::document("urlset", &attributes, |xml| {
        let mut add = |page: Page, changed: Option<time::Date>| url(xml, &format!("{origin}{page}"), changed);
        add(Page::Policy, since)?;
        PAGES.into_iter().filter(|page| has_page(*page)).try_for_each(|page| add(page, None))?;
        [Page::Editions, Page::Compare].into_iter().try_for_each(|page| add(page, None))?;
        editions.iter().try_for_each(|edition| add(Page::Edition(edition.version), None))?;
        let next = editions.iter().zip(editions.iter().skip(1));
        next.into_iter().try_for_each(|(one, next)| add(Page::Comparison(one.version, next.version), None))
    })
}

fn url(xml: &mut Xml, url: &str, changed: Option<time::Date>) -> io::Result<()> {
    xml.create_element("url").write_inner_content(|xml| {
        xml::text(xml, "loc", url)?;
        changed.map_or(Ok(()), |day| xml::text(xml, "lastmod", &day.to_string()))
    })?;
    Ok(())
}
