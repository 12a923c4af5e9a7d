//! The table of cookies, with a group for each purpose. On a narrow screen the cells of a row stand
//! below each other.

use std::collections::{HashMap, HashSet};

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::cookies::{declaration::Declaration, purpose::Purpose},
    pages::{
        components::{folded_text, format},
        inventory,
    },
};

/// The last column: its heading, and the cell of each cookie.
pub(crate) struct LastColumn<F> {
    pub heading: String,
    pub class: &'static str,
    pub cell: F,
}

/// A table of cookies. Attributes that most of them share are named once, below it.
pub(crate) fn cookie_table(
    strings: &Messages,
    caption: String,
    declarations: &[Declaration],
    note: impl Fn(&Declaration) -> Option<String>,
    last: &LastColumn<impl Fn(&Declaration) -> AnyView>,
) -> AnyView {
    let texts = &strings.cookies;
    let shared = most_common(strings, declarations);
    let row = |declaration: &Declaration| {
        let own = facts(strings, declaration);
        let differs = shared.as_ref() != Some(&own);
        view! {
            <tr data-cookie=declaration.name.clone()>
                <th scope="row">
                    <code>{declaration.name.clone()}</code>
                    {note(declaration).map(|note| view! { " " <small>{note}</small> })}
                </th>
                <td>
                    {folded_text::folded(&declaration.description)} {differs.then(|| view! { <small>{own}</small> })}
                </td>
                <td data-label=texts.lifetime()>{format::lifetime(strings, declaration.lifetime)}</td>
                <td class=last.class data-label=last.heading.clone()>
                    {(last.cell)(declaration)}
                </td>
            </tr>
        }
    };
    let purposes = in_order(declarations.iter().map(|declaration| declaration.purpose));
    let groups = purposes.into_iter().map(|purpose| {
        let rows: Vec<_> = declarations.iter().filter(|declaration| declaration.purpose == purpose).map(row).collect();
        (!rows.is_empty()).then(|| view! { <tbody>{group(strings, purpose, 4)} {rows}</tbody> })
    });
    let headings =
        [(texts.cookie(), ""), (texts.used_for(), ""), (texts.lifetime(), ""), (last.heading.clone(), last.class)].map(
            |(heading, class)| view! { <th scope="col" class=(!class.is_empty()).then_some(class)>{heading}</th> },
        );
    view! {
        <table class="declarations">
            <caption class="visually-hidden">{caption}</caption>
            // The columns are known before the headings, so none moves while they load.
            <colgroup>
                <col />
                <col />
                <col />
                <col />
            </colgroup>
            <thead>
                <tr>{headings.collect_view()}</tr>
            </thead>
            {groups.collect_view()}
        </table>
        {shared.map(|shared| view! { <p class="meta">{texts.all(shared)}</p> })}
    }
    .into_any()
}

/// The purposes of the current edition in the order of the pages, and then others that are used: an
/// older edition may declare purposes that the current one does not.
pub(super) fn in_order(used: impl Iterator<Item = Purpose>) -> Vec<Purpose> {
    let mut purposes: Vec<_> = inventory().purposes().iter().map(|text| text.purpose).chain(used).collect();
    let mut seen = HashSet::new();
    purposes.retain(|purpose| seen.insert(*purpose));
    purposes
}

/// The heading of a group: the purpose, and whether it is optional.
pub(super) fn group(strings: &Messages, purpose: Purpose, columns: u8) -> impl IntoView + use<> {
    let texts = &strings.cookies;
    let kind = if purpose.is_essential() { texts.always_on() } else { texts.optional() };
    view! {
        <tr class="group">
            <th colspan=columns.to_string() scope="rowgroup">
                {format::purpose_title(strings, purpose)} " " <small>"– " {kind}</small>
            </th>
        </tr>
    }
}

/// The attributes and the party of a cookie, as text.
fn facts(strings: &Messages, declaration: &Declaration) -> String {
    let (texts, attributes) = (&strings.cookies, &declaration.attributes);
    let flags = [attributes.http_only.then_some("HttpOnly"), attributes.secure.then_some("Secure")];
    let scope = [format!("SameSite={}", attributes.same_site.into_str()), format!("Path={}", attributes.path)];
    let phrases = flags.into_iter().flatten().map(str::to_owned).chain(scope);
    let row = phrases.reduce(|before, next| strings.words.comma(before, next)).unwrap_or_default();
    texts.facts(&declaration.set_by, row)
}

/// The facts that most of the cookies share.
fn most_common(strings: &Messages, declarations: &[Declaration]) -> Option<String> {
    let all: Vec<_> = declarations.iter().map(|declaration| facts(strings, declaration)).collect();
    let mut times = HashMap::new();
    for one in &all {
        *times.entry(one).or_insert(0_usize) += 1;
    }
    // Of equally common ones, the first.
    all.iter().rev().max_by_key(|one| times.get(one)).cloned()
}
