//! Identifiers within sentences, such as the names of cookies.
//!
//! A message takes plain values. [`marked`] puts noncharacters of Unicode around an identifier,
//! which no text contains, and [`text`] renders what they enclose as code. In prose, [`prose`]
//! finds the identifiers that have a prefix of cookie names.

use leptos::prelude::*;

use crate::pages::components::rich_text;

const START: char = '\u{fdd0}';
const END: char = '\u{fdd1}';

/// Marks an identifier, for a message that [`text`] renders.
pub(crate) fn marked(identifier: &str) -> String {
    format!("{START}{}{END}", identifier.replace([START, END], "\u{fffd}"))
}

/// Renders a message, with each marked identifier as code, isolated from the direction around it.
pub(crate) fn text(message: &str) -> AnyView {
    let parts = message.split(START).enumerate().map(|(index, part)| {
        // Before the first mark, nothing is an identifier.
        let (identifier, words) = part.split_once(END).filter(|_| index > 0).unwrap_or(("", part));
        let identifier = (!identifier.is_empty()).then(|| rich_text::code(identifier.to_owned()));
        let words = (!words.is_empty()).then(|| words.to_owned());
        view! { {identifier} {words} }
    });
    parts.collect_view().into_any()
}

/// Renders prose, with each word as code that begins with a prefix of cookie names
/// (RFC 6265bis, section 4.1.3).
pub(crate) fn prose(words: &str) -> AnyView {
    let is_around = |character: char| !(character.is_alphanumeric() || matches!(character, '_' | '-'));
    let marked = words.split_inclusive(char::is_whitespace).map(|word| {
        let name = word.trim_matches(is_around);
        let is_cookie = ["__Host-", "__Secure-", "__Http-"].iter().any(|prefix| name.starts_with(prefix));
        if is_cookie { word.replacen(name, &marked(name), 1) } else { word.to_owned() }
    });
    text(&marked.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_identifiers_are_code_and_other_words_are_not() {
        let message = format!("{} is now named {}.", marked("a<b"), marked("c\u{fdd1}d"));
        let html = Owner::new().with(|| text(&message).to_html()).replace("<!>", "");
        assert_eq!(html, "<code>a&lt;b</code> is now named <code>c\u{fffd}d</code>.");
    }

    #[test]
    fn names_with_a_prefix_of_cookies_are_code_in_prose() {
        let html = Owner::new().with(|| prose("New: “__Host-a_b”, and all with __Host-Http-. Not Host-a.").to_html());
        let expected = "New: “<code>__Host-a_b</code>”, and all with <code>__Host-Http-</code>. Not Host-a.";
        assert_eq!(html.replace("<!>", ""), expected);
    }
}
