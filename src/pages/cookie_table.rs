//! The table of declared cookies, which becomes a list of cards on a narrow screen.

use leptos::prelude::*;

use super::words;
use crate::model::declaration::Declaration;

/// Declared cookies.
#[component]
pub(super) fn CookieTable(
    /// What they are.
    caption: &'static str,
    /// The declarations, in order.
    declarations: Vec<Declaration>,
) -> impl IntoView {
    view! {
        <table class="cookies">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Cookie"</th>
                    <th scope="col">"Purpose"</th>
                    <th scope="col">"Lifetime"</th>
                    <th scope="col">"What it is for"</th>
                </tr>
            </thead>
            <tbody>
                {declarations
                    .iter()
                    .map(|declaration| {
                        view! {
                            <tr data-cookie=declaration.name.clone()>
                                <th scope="row" data-label="Cookie">
                                    <code>{declaration.name.clone()}</code>
                                    <small>{format!("set by {}", declaration.set_by)}</small>
                                </th>
                                {cells(declaration)}
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </table>
    }
    .into_any()
}

/// What a declaration tells: purpose, and whether it waits for a yes; lifetime; what it is for; attributes.
pub(super) fn cells(declaration: &Declaration) -> AnyView {
    let purpose = declaration.purpose;
    let kind = if purpose.is_essential() { "always on" } else { "optional" };
    view! {
        <td data-label="Purpose">{purpose.name()} <small>{kind}</small></td>
        <td data-label="Lifetime">{words::lifetime(declaration.lifetime)}</td>
        <td data-label="What it is for">
            {declaration.description.clone()} <small>{attributes(declaration)}</small>
        </td>
    }
    .into_any()
}

/// The attributes, in words.
fn attributes(declaration: &Declaration) -> String {
    let attributes = &declaration.attributes;
    let mut said = Vec::new();
    if attributes.http_only {
        said.push("out of reach of scripts (HttpOnly)".to_owned());
    }
    if attributes.secure {
        said.push("sent encrypted only (Secure)".to_owned());
    }
    said.push(format!("SameSite={}", attributes.same_site.name()));
    said.push(format!("path {}", attributes.path));
    let mut sentence = said.join(", ");
    if let Some(first) = sentence.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    sentence + "."
}
