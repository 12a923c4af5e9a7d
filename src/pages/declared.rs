//! Changes of declared cookies and purposes between two editions, as the comparison shows them.

use leptos::prelude::*;

use crate::{
    content::{Content, i18n::Messages},
    domain::{
        comparison::{DeclarationChanges, declared},
        consent::change::PurposeChange,
        cookies::purpose::Purpose,
        i18n::locale::Locale,
        policy::version::Version,
    },
    pages::{
        components::{changes, format, identifiers, identifiers::marked},
        site,
    },
};

/// Whether two editions list cookies, and what changed.
pub(super) enum ListedCookies {
    /// Both list cookies.
    Both(DeclarationChanges),
    /// The newer edition lists this many cookies, and the older one none.
    First(u64),
    Neither,
}

impl ListedCookies {
    pub fn of(content: &Content, from: Version, to: Version, locale: Locale) -> Self {
        let many = |version| content.inventory(version).declared_by(version).declarations().len() as u64;
        match (many(from), many(to)) {
            (0, 0) => Self::Neither,
            (0, cookies) => Self::First(cookies),
            _ => Self::Both(localized_changes(content, from, to, locale)),
        }
    }

    /// Whether changes of what both list are shown.
    pub fn is_changed(&self) -> bool {
        matches!(self, Self::Both(declared) if !declared.is_same())
    }

    /// Returns a summary sentence.
    pub fn sentence(&self, strings: &Messages, (from, to): (Version, Version)) -> String {
        let texts = &strings.editions;
        match self {
            Self::Both(declared) if declared.is_same() => texts.same_cookies(),
            Self::Both(_) => texts.changed_cookies(),
            Self::First(cookies) => texts.no_list(*cookies, from, to),
            Self::Neither => texts.no_lists(from, to),
        }
    }

    /// The section of the comparison page.
    pub fn view(&self, strings: &Messages, versions: (Version, Version)) -> AnyView {
        let texts = &strings.editions;
        let ListedCookies::Both(declared) = self else {
            return view! {
                <section id="declared" aria-labelledby="declared-title">
                    <h2 id="declared-title">{texts.declared()}</h2>
                    <p>{self.sentence(strings, versions)}</p>
                </section>
            }
            .into_any();
        };
        let purposes = declared.purposes.iter().map(|(purpose, changes)| {
            view! {
                <h3>{texts.purpose(format::purpose(strings, *purpose))}</h3>
                {changes::list(strings, changes)}
            }
        });
        let purposes = purposes.collect_view();
        let moved = declared.moved.iter().map(|moved| {
            let (before, after) = (format::purpose(strings, moved.before), format::purpose(strings, moved.after));
            let name = match &moved.of_service {
                None => marked(&moved.name),
                Some((id, kind)) => {
                    format::entry(strings, &marked(&moved.name), *kind, site().content().service_name(id))
                }
            };
            view! { <li>{identifiers::text(&texts.served(name, before, after))}</li> }
        });
        let moved = (!declared.moved.is_empty()).then(|| view! { <ul>{moved.collect_view()}</ul> });
        view! {
            <section id="declared" aria-labelledby="declared-title">
                <h2 id="declared-title">{texts.declared()}</h2>
                {declared.is_same().then(|| view! { <p>{texts.declared_same()}</p> })}
                {purposes}
                {moved}
            </section>
        }
        .into_any()
    }
}

/// Returns the changes in a language, or the original's changes if the translation hides one.
fn localized_changes(content: &Content, from: Version, to: Version, locale: Locale) -> DeclarationChanges {
    let of = |version, locale| content.localized_inventory(version, locale).declared_by(version);
    let changes_in = |locale| declared(&of(from, locale), &of(to, locale));
    let is_alike = |(one, of_one): &(Purpose, Vec<PurposeChange>),
                    (other, of_other): &(Purpose, Vec<PurposeChange>)| {
        one == other && of_one.len() == of_other.len() && of_one.iter().zip(of_other).all(|(a, b)| a.is_like(b))
    };
    let (original, translated) = (changes_in(content.publisher.language), changes_in(locale));
    let is_complete = original.purposes.len() == translated.purposes.len()
        && original.purposes.iter().zip(&translated.purposes).all(|(one, other)| is_alike(one, other));
    if is_complete { translated } else { original }
}
