//! What is wrong in the publisher's files, and where.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// One thing that is wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The file, under the folder as it was given.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// A value and the line that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Located<T> {
    /// The value.
    pub value: T,
    /// The line, counted from 1.
    pub line: usize,
}

/// The mistakes of one file while it is read.
pub(super) struct Diagnostics<'f> {
    file: &'f Path,
    line_starts: Vec<usize>,
    found: Vec<Diagnostic>,
    /// The line of the first mistake that is one too many, and how many there are from there on.
    more: Option<(usize, usize)>,
}

/// So many mistakes of one file are told one by one: whoever has more begins with these.
const MOST: usize = 100;

impl<'f> Diagnostics<'f> {
    /// An empty report on a file with this text.
    pub fn new(file: &'f Path, text: &str) -> Self {
        let after_each_end = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { file, line_starts: [0].into_iter().chain(after_each_end).collect(), found: Vec::new(), more: None }
    }

    /// The line of a byte of the file, counted from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Notes a mistake.
    pub fn add(&mut self, line: usize, what: impl Into<String>) {
        if self.found.len() < MOST {
            self.found.push(Diagnostic { file: self.file.to_owned(), line, what: what.into() });
        } else {
            let (line, more) = self.more.unwrap_or((line, 0));
            self.more = Some((line, more + 1));
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found.
    pub fn into_mistakes(mut self) -> Vec<Diagnostic> {
        let more = self.more.map(|(line, more)| {
            let what = format!("the file has {more} more mistakes from here on: mend those above first");
            Diagnostic { file: self.file.to_owned(), line, what }
        });
        self.found.extend(more);
        self.found
    }
}
