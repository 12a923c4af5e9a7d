//! The table of declared cookies, which becomes a list of cards on a narrow screen.

use leptos::prelude::*;

use crate::{
    content::i18n::Messages,
    domain::cookies::declaration::Declaration,
    pages::{components::format, strings},
};

#[component]
pub(crate) fn CookieTable(caption: String, declarations: Vec<Declaration>) -> impl IntoView {
    let strings = strings();
    let texts = &strings.cookies;
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
                                <th scope="row" data-label=texts.cookie()>
                                    <code>{declaration.name.clone()}</code>
                                    " "
                                    <small>{texts.set_by(&declaration.set_by)}</small>
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

/// The column headings that all cookie tables share.
pub(crate) fn columns(strings: &Messages) -> impl IntoView + use<> {
    let texts = &strings.cookies;
    [texts.cookie(), texts.purpose(), texts.lifetime(), texts.used_for()]
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect_view()
}

/// The cells of a declaration: purpose and whether it needs a grant, lifetime, description,
/// attributes.
pub(crate) fn cells(strings: &Messages, declaration: &Declaration) -> AnyView {
    let texts = &strings.cookies;
    let purpose = format::purpose(strings, declaration.purpose);
    let kind = if declaration.purpose.is_essential() { texts.always_on() } else { texts.optional() };
    view! {
        <td data-label=texts.purpose()>{purpose} " " <small>{kind}</small></td>
        <td data-label=texts.lifetime()>{format::lifetime(strings, declaration.lifetime)}</td>
        <td data-label=texts.used_for()>
            {declaration.description.clone()} " " <small>{attributes(strings, declaration)}</small>
        </td>
    }
    .into_any()
}

/// Returns the attributes as text.
fn attributes(strings: &Messages, declaration: &Declaration) -> String {
    let (texts, attributes) = (&strings.cookies, &declaration.attributes);
    let flags = [attributes.http_only.then(|| texts.http_only()), attributes.secure.then(|| texts.secure())];
    let scope = [format!("SameSite={}", attributes.same_site.into_str()), texts.path(&attributes.path)];
    let phrases = flags.into_iter().flatten().chain(scope);
    let row = phrases.reduce(|before, next| strings.words.comma(before, next)).unwrap_or_default();
    format::capitalised(&texts.attributes(row))
}
