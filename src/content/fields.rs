//! The fields of a TOML table, taken one by one, so that each error is reported with its line.

use std::{cell::RefCell, str::FromStr};

use time::{Date, Month};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::content::diagnostic::{Diagnostics, Located};

/// A TOML table that tracks which fields were taken.
pub(super) struct Fields<'t> {
    table: &'t DeTable<'t>,
    /// The byte offset of the TOML in its file.
    from: usize,
    /// The line of the table.
    line: usize,
    asked: RefCell<Vec<&'static str>>,
}

/// Parses TOML that begins at byte `from` of its file; `None` with diagnostics in the report.
pub(super) fn parse<'t>(text: &'t str, from: usize, report: &mut Diagnostics) -> Option<Spanned<DeTable<'t>>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = report.line_of(from + error.span().map_or(0, |span| span.start));
        report.add(line, format!("this is not TOML: {}", error.message().replace('\n', ", ")));
    }
    errors.is_empty().then_some(table)
}

impl<'t> Fields<'t> {
    /// Wraps a table of TOML that begins at byte `from` of its file.
    pub fn new(table: &'t DeTable<'t>, from: usize, line: usize) -> Self {
        Self { table, from, line, asked: RefCell::default() }
    }

    /// The line of a field, or of the table without it.
    pub fn line(&self, key: &str, report: &Diagnostics) -> usize {
        self.find(key).map_or(self.line, |value| report.line_of(self.from + value.span().start))
    }

    /// A required text.
    pub fn text(&self, key: &'static str, report: &mut Diagnostics) -> Option<Located<String>> {
        self.take(key, "a text in quotes", report, |value| value.as_str().map(str::to_owned))
    }

    /// An optional text.
    pub fn optional_text(&self, key: &'static str, report: &mut Diagnostics) -> Option<Located<String>> {
        self.asked.borrow_mut().push(key);
        self.find(key).and_then(|_| self.text(key, report))
    }

    pub fn flag(&self, key: &'static str, report: &mut Diagnostics) -> Option<Located<bool>> {
        self.take(key, "true or false", report, DeValue::as_bool)
    }

    /// An optional flag.
    pub fn optional_flag(&self, key: &'static str, report: &mut Diagnostics) -> Option<bool> {
        self.asked.borrow_mut().push(key);
        self.find(key).and_then(|_| self.flag(key, report)).map(|flag| flag.value)
    }

    /// An optional number or flag, with or without quotes: YAML has texts only.
    pub fn optional_parsed<T: FromStr>(
        &self,
        key: &'static str,
        expected: &str,
        report: &mut Diagnostics,
    ) -> Option<Located<T>> {
        self.asked.borrow_mut().push(key);
        self.find(key)?;
        self.take(key, expected, report, |value| match value {
            DeValue::String(text) => text.parse().ok(),
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Boolean(flag) => flag.to_string().parse().ok(),
            _ => None,
        })
    }

    /// Whether the table has a field.
    pub fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// A required date, with or without quotes.
    pub fn day(&self, key: &'static str, report: &mut Diagnostics) -> Option<Located<Date>> {
        self.take(key, "a day such as 2026-01-31", report, |value| match value {
            DeValue::String(text) => text.parse().ok().and_then(day_of),
            DeValue::Datetime(moment) => day_of(*moment),
            _ => None,
        })
    }

    /// An optional date.
    pub fn optional_day(&self, key: &'static str, report: &mut Diagnostics) -> Option<Located<Date>> {
        self.asked.borrow_mut().push(key);
        self.find(key).and_then(|_| self.day(key, report))
    }

    /// A list of texts; neither the list nor a text may be empty.
    pub fn sentences(&self, key: &'static str, report: &mut Diagnostics) -> Option<Vec<String>> {
        let what = "a list of sentences in quotes, at least one, and none of them empty";
        let list = self.take(key, what, report, |value| {
            let texts = value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            let texts: Vec<String> = texts.collect::<Option<_>>()?;
            (!texts.is_empty() && texts.iter().all(|text| !text.trim().is_empty())).then_some(texts)
        });
        list.map(|list| list.value)
    }

    /// A list of texts with their lines.
    pub fn texts(&self, key: &'static str, report: &mut Diagnostics) -> Option<Vec<Located<String>>> {
        let list = self.take(key, "a list of texts in quotes", report, |value| {
            let items = value.as_array()?.iter();
            let text = |item: &Spanned<DeValue<'t>>| Some((item.get_ref().as_str()?.to_owned(), item.span().start));
            items.map(text).collect::<Option<Vec<_>>>()
        })?;
        let located = |(value, at)| Located { value, line: report.line_of(self.from + at) };
        Some(list.value.into_iter().map(located).collect())
    }

    /// An optional list of texts with their lines.
    pub fn optional_texts(&self, key: &'static str, report: &mut Diagnostics) -> Option<Vec<Located<String>>> {
        self.asked.borrow_mut().push(key);
        self.find(key).and_then(|_| self.texts(key, report))
    }

    /// Reports every field that was not taken.
    pub fn reject_unknown(&self, report: &mut Diagnostics) {
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|key| !asked.contains(&key.get_ref().as_ref())) {
            let line = report.line_of(self.from + key.span().start);
            let mut known = asked.clone();
            known.dedup();
            report.add(line, format!("there is no field {:?}; there are {}", key.get_ref(), known.join(", ")));
        }
    }

    fn find(&self, key: &str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.table.iter().find(|(other, _)| other.get_ref() == key).map(|(_, value)| value)
    }

    fn take<T>(
        &self,
        key: &'static str,
        expected: &str,
        report: &mut Diagnostics,
        read: impl FnOnce(&DeValue<'t>) -> Option<T>,
    ) -> Option<Located<T>> {
        self.asked.borrow_mut().push(key);
        let line = self.line(key, report);
        let Some(value) = self.find(key) else {
            report.add(line, format!("{key} is missing"));
            return None;
        };
        let value = read(value.get_ref());
        if value.is_none() {
            report.add(line, format!("{key} must be {expected}"));
        }
        value.map(|value| Located { value, line })
    }
}

/// Converts a TOML date; `None` with a time, or outside the calendar.
fn day_of(moment: toml::value::Datetime) -> Option<Date> {
    if moment.time.is_some() || moment.offset.is_some() {
        return None;
    }
    let date = moment.date?;
    Date::from_calendar_date(date.year.into(), Month::try_from(date.month).ok()?, date.day).ok()
}
