//! What is wrong in the publisher's files, and where.

use std::{
    fmt,
    path::{Path, PathBuf},
};

/// One thing that is wrong in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file, under the folder as it was given.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
}

impl fmt::Display for Mistake {
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
pub(super) struct Report<'f> {
    file: &'f Path,
    line_starts: Vec<usize>,
    found: Vec<Mistake>,
}

impl<'f> Report<'f> {
    /// An empty report on a file with this text.
    pub fn new(file: &'f Path, text: &str) -> Self {
        let after_each_end = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { file, line_starts: [0].into_iter().chain(after_each_end).collect(), found: Vec::new() }
    }

    /// The line of a byte of the file, counted from 1.
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Notes a mistake.
    pub fn add(&mut self, line: usize, what: impl Into<String>) {
        self.found.push(Mistake { file: self.file.to_owned(), line, what: what.into() });
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        self.found
    }
}
