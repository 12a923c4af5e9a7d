//! A description that shows its first sentences, and unfolds the rest.

use leptos::prelude::*;

use crate::pages::strings;

/// How many characters are shown at most, if the first sentence is not longer.
const MAX_SHOWN: usize = 160;

/// The text, or its first sentences with the rest folded.
pub(crate) fn folded(text: &str) -> AnyView {
    match split(text) {
        (whole, "") => view! { <p>{whole.to_owned()}</p> }.into_any(),
        (first, rest) => view! {
            <p>{first.to_owned()}</p>
            <details>
                <summary>{strings().cookies.more()}</summary>
                <p>{rest.to_owned()}</p>
            </details>
        }
        .into_any(),
    }
}

/// The first sentences of a text, as many as fit but at least one, and the rest.
pub(crate) fn split(text: &str) -> (&str, &str) {
    if text.chars().count() <= MAX_SHOWN {
        return (text, "");
    }
    let ends = text.char_indices().enumerate().filter_map(|(length, (at, c))| {
        let end = at + c.len_utf8();
        let is_end = matches!(c, '.' | '!' | '?' | '؟') && text.get(end..).is_some_and(|rest| rest.starts_with(' '));
        is_end.then_some((length, end))
    });
    let mut shown = None;
    for (length, end) in ends {
        if shown.is_none() || length < MAX_SHOWN {
            shown = Some(end);
        }
    }
    match shown {
        Some(end) => {
            let (first, rest) = text.split_at(end);
            (first, rest.trim_start())
        }
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_shows_the_sentences_that_fit_and_nothing_gets_lost() {
        let rest = "It holds ".repeat(20);
        let text = format!("Remembers your choice. Nothing else! {rest}");
        assert_eq!(split(&text), ("Remembers your choice. Nothing else!", rest.as_str()));
        assert_eq!(split("Counts. Nothing else."), ("Counts. Nothing else.", ""));
        let endless = "word ".repeat(40);
        assert_eq!(split(&endless), (endless.as_str(), ""));
        let long = format!("{endless}end.");
        assert_eq!(split(&format!("{long} More.")), (long.as_str(), "More."));
    }
}
