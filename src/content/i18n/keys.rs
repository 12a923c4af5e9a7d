//! Declaration and parsing of the tables of an i18n file.

use std::{borrow::Cow, cell::RefCell};

use toml::de::{DeTable, DeValue};

use super::template::{Names, Template};
use crate::{
    content::{
        diagnostic::Diagnostics,
        i18n::{
            plural,
            plural::{PluralForm, PluralMessage},
        },
        placeholder,
    },
    domain::i18n::locale::Locale,
};

/// Declares tables: each is a struct, each key a field of it, and a method of the same name gives
/// the text.
///
/// | declared as | the method |
/// |---|---|
/// | `title;` | gives the text |
/// | `titled(version);` | takes the value of each placeholder |
/// | `found{count}(where);` | takes the number that selects the plural form, then the values |
/// | `lead(version)[link];` | takes the values, and renders words and tags |
macro_rules! tables {
    ($(
        $(#[doc = $doc:literal])+
        $table:ident: $Table:ident {
            $($key:ident $({ $count:ident })? $(( $($placeholder:ident),+ ))? $([ $($tag:ident),+ ])?;)+
        }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub(crate) struct $Table {
                $($key: tables!(@type $({ $count })?),)+
            }

            impl $Table {
                pub(in crate::content::i18n) fn parse(
                    table: &$crate::content::i18n::keys::Table<'_>,
                    report: &mut Diagnostics,
                ) -> Self {
                    let found = Self {
                        $($key: tables!(@parse table report $key $({ $count })? ($($($placeholder),+)?) [$($($tag),+)?]),)+
                    };
                    table.reject_unknown(report);
                    found
                }

                $(tables!(@method $key $({ $count })? $(( $($placeholder),+ ))? $([ $($tag),+ ])?);)+
            }
        )+
    };

    (@type) => { Template };
    (@type { $count:ident }) => { PluralMessage };

    (@parse $table:ident $report:ident $key:ident ($($placeholder:ident),*) [$($tag:ident),*]) => {
        $table.text(stringify!($key), &[$(stringify!($placeholder)),*], &[$(stringify!($tag)),*], $report)
    };
    (@parse $table:ident $report:ident $key:ident { $count:ident } ($($placeholder:ident),*) []) => {
        $table.counted(stringify!($key), &[stringify!($count) $(, stringify!($placeholder))*], $report)
    };

    (@method $key:ident) => {
        pub fn $key(&self) -> String {
            self.$key.text(&[])
        }
    };
    (@method $key:ident ($($placeholder:ident),+)) => {
        pub fn $key(&self, $($placeholder: impl Display),+) -> String {
            self.$key.text(&[$(&$placeholder),+])
        }
    };
    (@method $key:ident { $count:ident }) => {
        pub fn $key(&self, $count: u64) -> String {
            self.$key.text($count, &[&$count])
        }
    };
    (@method $key:ident { $count:ident } ($($placeholder:ident),+)) => {
        pub fn $key(&self, $count: u64, $($placeholder: impl Display),+) -> String {
            self.$key.text($count, &[&$count, $(&$placeholder),+])
        }
    };
    (@method $key:ident [$($tag:ident),+]) => {
        pub fn $key<T>(&self, words: impl Fn(String) -> T, $($tag: impl Fn(String) -> T),+) -> Vec<T> {
            self.$key.spans(&[], &words, &[$(&$tag),+])
        }
    };
    (@method $key:ident ($($placeholder:ident),+) [$($tag:ident),+]) => {
        pub fn $key<T>(
            &self,
            $($placeholder: impl Display,)+
            words: impl Fn(String) -> T,
            $($tag: impl Fn(String) -> T),+
        ) -> Vec<T> {
            self.$key.spans(&[$(&$placeholder),+], &words, &[$(&$tag),+])
        }
    };
}
pub(super) use tables;

/// Declares the tables of an i18n file: those from submodules, and then those declared in place.
macro_rules! strings {
    (
        $($module:ident::{ $($there:ident: $There:ident),+ })*
        $($(#[doc = $doc:literal])+ $table:ident: $Table:ident { $($keys:tt)+ })+
    ) => {
        /// All i18n messages of one locale.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) struct Messages {
            locale: Locale,
            $($(pub $there: Arc<$module::$There>,)+)*
            $($(#[doc = $doc])+ pub $table: Arc<$Table>,)+
        }

        impl Messages {
            const TABLES: &[&str] = &[$($(stringify!($there),)+)* $(stringify!($table)),+];

            /// Parses every table.
            fn parse(file: &File<'_>, report: &mut Diagnostics) -> Self {
                Self {
                    locale: file.locale,
                    $($($there: Arc::new($module::$There::parse(&file.table(stringify!($there), report), report)),)+)*
                    $($table: Arc::new($Table::parse(&file.table(stringify!($table), report), report)),)+
                }
            }
        }

        tables! {
            $($(#[doc = $doc])+ $table: $Table { $($keys)+ })+
        }
    };
}
pub(super) use strings;

/// An i18n file during parsing.
pub(super) struct File<'f> {
    pub locale: Locale,
    /// The publisher's name, in place of `{name}`.
    pub publisher: &'f str,
    pub root: &'f DeTable<'f>,
    /// Has the tables and keys that the file may lack.
    pub shipped: &'f DeTable<'f>,
}

/// A table of the file. If the table is missing, its keys are not reported one by one.
pub(super) struct Table<'f> {
    name: &'static str,
    locale: Locale,
    publisher: &'f str,
    /// The table and its line.
    found: Option<(&'f DeTable<'f>, usize)>,
    shipped: Option<&'f DeTable<'f>>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'f> File<'f> {
    /// Finds a table.
    pub fn table(&self, name: &'static str, report: &mut Diagnostics) -> Table<'f> {
        let shipped = self.shipped.get(name).and_then(|shipped| shipped.get_ref().as_table());
        let found = self.root.get_key_value(name).map(|(key, value)| {
            let line = report.line_of(key.span().start);
            (value.get_ref().as_table(), line)
        });
        let found = match found {
            Some((Some(table), line)) => Some((table, line)),
            Some((None, line)) => {
                report.add(line, format!("{name} must be a table, written as [{name}]"));
                None
            }
            None => {
                if shipped.is_none() {
                    report.add(1, format!("the table [{name}] is missing"));
                }
                None
            }
        };
        Table { name, locale: self.locale, publisher: self.publisher, found, shipped, asked: RefCell::default() }
    }

    /// Reports every unknown table.
    pub fn reject_unknown(&self, known: &[&str], report: &mut Diagnostics) {
        for key in self.root.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            report.add(report.line_of(key.span().start), format!("there is no table [{}]", key.get_ref()));
        }
    }
}

impl<'f> Table<'f> {
    /// Parses the text of a key; an empty one with diagnostics in the report.
    pub fn text(&self, key: &'static str, placeholders: &[&str], tags: &[&str], report: &mut Diagnostics) -> Template {
        let Some((value, line)) = self.find(key, report) else { return Template::default() };
        let Some(text) = value.as_str() else {
            report.add(line, format!("{key} must be a text in quotes"));
            return Template::default();
        };
        self.parse(key, line, text, Names { placeholders, optional: 0, tags }, report)
    }

    /// Parses the plural forms of a key. The first placeholder is the number, which a form may
    /// omit.
    pub fn counted(&self, key: &'static str, placeholders: &[&str], report: &mut Diagnostics) -> PluralMessage {
        let mut counted = PluralMessage { locale: self.locale, forms: Vec::new() };
        let Some((value, line)) = self.find(key, report) else { return counted };
        let needed = plural::categories(self.locale);
        let Some(table) = value.as_table() else {
            let names: Vec<_> = needed.into_iter().map(plural::name).collect();
            report.add(line, format!("{key} counts, so it must have a text for each of {}", names.join(", ")));
            return counted;
        };
        for (name, value) in table {
            let line = report.line_of(name.span().start);
            let name = name.get_ref();
            let Some(form) = PluralForm::parse(name, self.locale) else {
                let names: Vec<_> = plural::categories(self.locale).into_iter().map(plural::name).collect();
                let known = names.join(", ");
                report.add(line, format!("{key} has no form {name:?} in this language; there are {known} and numbers"));
                continue;
            };
            let Some(text) = value.get_ref().as_str() else {
                report.add(line, format!("{key}.{name} must be a text in quotes"));
                continue;
            };
            let names = Names { placeholders, optional: 1, tags: &[] };
            counted.forms.push((form, self.parse(&format!("{key}.{name}"), line, text, names, report)));
        }
        for category in needed {
            let name = plural::name(category);
            if !table.keys().any(|key| key.get_ref() == name) {
                report.add(line, format!("{key}.{name} is missing in [{}]", self.name));
            }
        }
        counted
    }

    /// Reports every unknown key.
    pub fn reject_unknown(&self, report: &mut Diagnostics) {
        let asked = self.asked.borrow();
        let keys = self.found.into_iter().flat_map(|(table, _)| table.keys());
        for key in keys.filter(|key| !asked.contains(&key.get_ref().as_ref())) {
            let line = report.line_of(key.span().start);
            report.add(line, format!("there is no {} in [{}]", key.get_ref(), self.name));
        }
    }

    /// Finds a key's value and line; reports a missing key.
    fn find(&self, key: &'static str, report: &mut Diagnostics) -> Option<(&'f DeValue<'f>, usize)> {
        self.asked.borrow_mut().push(key);
        let of = |table: &'f DeTable<'f>| table.get_key_value(key);
        if let Some((key, value)) = self.found.and_then(|(table, _)| of(table)) {
            return Some((value.get_ref(), report.line_of(key.span().start)));
        }
        let line = self.found.map_or(1, |(_, line)| line);
        let shipped = self.shipped.and_then(of);
        if shipped.is_none() && self.found.is_some() {
            report.add(line, format!("{key} is missing in [{}]", self.name));
        }
        shipped.map(|(_, value)| (value.get_ref(), line))
    }

    fn parse(&self, key: &str, line: usize, text: &str, names: Names<'_>, report: &mut Diagnostics) -> Template {
        let isolates = self.locale.direction() == "rtl";
        // A key with a placeholder of that name means its own.
        let is_own = names.placeholders.contains(&"name");
        let text = if is_own || !text.contains(placeholder::NAME) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(text.replace(placeholder::NAME, self.publisher))
        };
        Template::parse(&text, names, isolates).unwrap_or_else(|wrong| {
            for what in wrong {
                report.add(line, format!("{key} {what}"));
            }
            Template::default()
        })
    }
}
