//! Turns the addresses in a text into links: `https://…`, `www.…` and e-mail addresses.

use linkify::{LinkFinder, LinkKind};

use crate::domain::policy::document::Inline;

/// Turns each address outside of links and code into a link. `check` returns the target, or `None`
/// for one that stays text.
pub(super) fn with_links(inlines: Vec<Inline>, check: &mut impl FnMut(String) -> Option<String>) -> Vec<Inline> {
    let mut linked = Vec::with_capacity(inlines.len());
    for inline in inlines {
        match inline {
            Inline::Text(text) => split(&text, check, &mut linked),
            Inline::Emphasis(inner) => linked.push(Inline::Emphasis(with_links(inner, check))),
            Inline::Strong(inner) => linked.push(Inline::Strong(with_links(inner, check))),
            other => linked.push(other),
        }
    }
    linked
}

/// Splits a text into links and the text between them.
fn split(text: &str, check: &mut impl FnMut(String) -> Option<String>, into: &mut Vec<Inline>) {
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    let mut plain = String::new();
    for span in finder.spans(text) {
        let says = span.as_str();
        let target = span.kind().and_then(|kind| target(says, kind)).and_then(&mut *check);
        let Some(to) = target else {
            plain.push_str(says);
            continue;
        };
        if !plain.is_empty() {
            into.push(Inline::Text(std::mem::take(&mut plain)));
        }
        into.push(Inline::Link { to, title: String::new(), text: vec![Inline::Text(says.to_owned())] });
    }
    if !plain.is_empty() {
        into.push(Inline::Text(plain));
    }
}

/// The target of an address. A name such as `example.org` alone stays text.
fn target(says: &str, kind: &LinkKind) -> Option<String> {
    match kind {
        LinkKind::Email => Some(format!("mailto:{says}")),
        LinkKind::Url if says.starts_with("www.") => Some(format!("https://{says}")),
        LinkKind::Url if ["https://", "http://"].iter().any(|scheme| says.starts_with(scheme)) => Some(says.to_owned()),
        _ => None,
    }
}
