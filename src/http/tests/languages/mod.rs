//! Languages: how a request's language is found, and that links and forms keep it.
//!
//! - [`negotiating`]: which language a response has
//! - [`switching`]: the language switch and what it saves
//! - [`staying`]: links, forms and redirects
//! - [`reading`]: translated editions
//! - [`recording`]: decisions on translated pages
//! - [`added`]: a language that the content adds

mod added;
mod negotiating;
mod reading;
mod recording;
mod staying;
mod switching;

use super::{browser::Browser, page::Page};
use crate::domain::i18n::{locale::Locale, locale_path};

const LANGUAGE: &str = "__Host-Http-language";

const OTHERS: [Locale; 3] = [Locale::GERMAN, Locale::FRENCH, Locale::ARABIC];

/// Returns the language and direction of a page.
fn spoken(page: &Page) -> (String, &str) {
    let html = page.one("html");
    (html.attr("lang").unwrap_or_default().to_owned(), html.attr("dir").unwrap_or_default())
}

/// Returns the `lang` and `dir` values of a locale.
fn of(locale: Locale) -> (String, &'static str) {
    (locale.to_string(), locale.direction())
}

/// Returns the URL of a page in a language.
fn address_in(locale: Locale, address: &str) -> String {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let path = locale_path::join(locale, path);
    query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"))
}

/// Sets the browser's preferred languages.
fn set_up_for(mut browser: Browser, languages: &str) -> Browser {
    browser.languages = languages.to_owned();
    browser
}
