//! The table of declared cookies, which becomes a list of cards on a narrow screen.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::cookies::declaration::Declaration,
    pages::{components::format, strings},
};

/// Declared cookies.
#[component]
pub(crate) fn CookieTable(
    /// What they are.
    caption: String,
    /// The declarations, in order.
    declarations: Vec<Declaration>,
) -> impl IntoView {
    let strings = strings();
    let said = &strings.cookies;
    view! {
        <table class="declarations">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    {columns(&strings)}
                </tr>
            </thead>
            <tbody>
                {declarations
                    .iter()
                    .map(|declaration| {
                        view! {
                            <tr data-cookie=declaration.name.clone()>
                                <th scope="row" data-label=said.cookie()>
                                    <code>{declaration.name.clone()}</code>
                                    " "
                                    <small>{said.set_by(&declaration.set_by)}</small>
                                </th>
                                {cells(&strings, declaration)}
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

/// The heads of the columns that every table of cookies has.
pub(crate) fn columns(strings: &Messages) -> impl IntoView + use<> {
    let said = &strings.cookies;
    [said.cookie(), said.purpose(), said.lifetime(), said.used_for()]
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect_view()
}

/// What a declaration tells: purpose, and whether it waits for a yes; lifetime; what it is for; attributes.
pub(crate) fn cells(strings: &Messages, declaration: &Declaration) -> AnyView {
    let said = &strings.cookies;
    let purpose = format::purpose(strings, declaration.purpose);
    let kind = if declaration.purpose.is_essential() { said.always_on() } else { said.optional() };
    view! {
        <td data-label=said.purpose()>{purpose} " " <small>{kind}</small></td>
        <td data-label=said.lifetime()>{format::lifetime(strings, declaration.lifetime)}</td>
        <td data-label=said.used_for()>
            {declaration.description.clone()} " " <small>{attributes(strings, declaration)}</small>
        </td>
    }
    .into_any()
}

/// The attributes, in words.
fn attributes(strings: &Messages, declaration: &Declaration) -> String {
    let (said, attributes) = (&strings.cookies, &declaration.attributes);
    let flags = [attributes.http_only.then(|| said.http_only()), attributes.secure.then(|| said.secure())];
    let scope = [format!("SameSite={}", attributes.same_site.into_str()), said.path(&attributes.path)];
    let phrases = flags.into_iter().flatten().chain(scope);
    let row = phrases.reduce(|before, next| strings.words.comma(before, next)).unwrap_or_default();
    format::capitalised(&said.attributes(row))
}
