//! Languages: which one a request is answered in, and that whoever reads in one stays in it.
//!
//! [`negotiating`] is how it is found out, [`switching`] the switcher and what it saves, [`staying`] the forms and
//! redirects, [`reading`] the translated policy, and [`recording`] what a decision on a translated page leaves.

mod negotiating;
mod reading;
mod recording;
mod staying;
mod switching;

use super::{browser::Browser, page::Page};
use crate::domain::i18n::{locale::Locale, locale_path};

/// The cookie that remembers the language.
const LANGUAGE: &str = "__Host-language";

/// The languages other than English.
const OTHERS: [Locale; 3] = [Locale::German, Locale::French, Locale::Arabic];

/// The language that a page says it is in, and the direction.
fn spoken(page: &Page) -> (&str, &str) {
    let html = page.one("html");
    (html.attr("lang").unwrap_or_default(), html.attr("dir").unwrap_or_default())
}

/// The same of a language.
fn of(locale: Locale) -> (&'static str, &'static str) {
    (locale.tag(), locale.direction())
}

/// The address of a page in a language.
fn address_in(locale: Locale, address: &str) -> String {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let path = locale_path::join(locale, path);
    query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

/// A browser whose owner has set it up for a language.
fn set_up_for(mut browser: Browser, languages: &'static str) -> Browser {
    browser.languages = languages;
    browser
}
