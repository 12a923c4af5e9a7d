//! Changes of declared cookies and purposes between two editions, as the comparison shows them.

use std::mem;

use leptos::prelude::*;

use crate::{
    content::{Content, i18n::Messages},
    domain::{
        comparison::{DeclarationChanges, declared},
        i18n::locale::Locale,
        policy::version::Version,
    },
    pages::components::{changes, format},
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
            view! { <li>{texts.served(&moved.name, before, after)}</li> }
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
    let kinds = |declared: &DeclarationChanges| {
        let of = declared
            .purposes
            .iter()
            .flat_map(|(purpose, changes)| changes.iter().map(|change| (*purpose, mem::discriminant(change))));
        of.collect::<Vec<_>>()
    };
    let (original, translated) = (changes_in(content.publisher.language), changes_in(locale));
    if kinds(&original) == kinds(&translated) { translated } else { original }
}
