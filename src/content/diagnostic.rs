//! Diagnostics: errors in the publisher's files, with file and line.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// An error in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The path, relative to the working directory.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// A sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// A value with its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Located<T> {
    pub value: T,
    /// The line, from 1.
    pub line: usize,
}

/// Collects the diagnostics of one file.
pub(super) struct Diagnostics<'f> {
    file: &'f Path,
    line_starts: Vec<usize>,
    found: Vec<Diagnostic>,
    /// The line of the first suppressed diagnostic, and how many are suppressed.
    more: Option<(usize, usize)>,
}

/// How many diagnostics of one file are reported one by one.
const MAX_REPORTED: usize = 100;

impl<'f> Diagnostics<'f> {
    /// Creates an empty report for a file.
    pub fn new(file: &'f Path, text: &str) -> Self {
        let after_each_end = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { file, line_starts: [0].into_iter().chain(after_each_end).collect(), found: Vec::new(), more: None }
    }

    /// The line of a byte offset, from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    pub fn add(&mut self, line: usize, what: impl Into<String>) {
        if self.found.len() < MAX_REPORTED {
            self.found.push(Diagnostic { file: self.file.to_owned(), line, what: what.into() });
        } else {
            let (line, more) = self.more.unwrap_or((line, 0));
            self.more = Some((line, more + 1));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub fn into_vec(mut self) -> Vec<Diagnostic> {
        let more = self.more.map(|(line, more)| {
            let what = format!("the file has {more} more mistakes from here on: mend those above first");
            Diagnostic { file: self.file.to_owned(), line, what }
        });
        self.found.extend(more);
        self.found
    }
}
