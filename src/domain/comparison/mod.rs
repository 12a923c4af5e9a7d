//! What changed from one edition of the policy to another: the text word by word, and what is declared.
//!
//! [`Plain`] is the text of an edition without its marks, in the pieces in which it is compared. A [`Comparison`] holds both
//! texts at once: [`Comparison::older`] and [`Comparison::newer`] read each out of it again, so nothing can be lost between.

mod declared;
mod text_blocks;

pub use self::declared::{DeclarationChanges, Moved, declared};
pub use crate::domain::comparison::text_blocks::{PlainText, PlainTextSection, TextBlock, TextBlockKind};
use crate::domain::policy::version::Version;

/// Which of the two texts something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeTag {
    /// In both.
    Kept,
    /// In the older alone.
    Removed,
    /// In the newer alone.
    Added,
}

impl ChangeTag {
    /// Whether the older text has it.
    pub const fn was(self) -> bool {
        !matches!(self, Self::Added)
    }

    /// Whether the newer text has it.
    pub const fn is(self) -> bool {
        !matches!(self, Self::Removed)
    }
}

/// A few words of the same fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffSpan {
    /// Where they stand.
    pub fate: ChangeTag,
    /// The words, with the spaces between them.
    pub text: String,
}

/// A passage in both texts, or in one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedTextBlock {
    /// What it is, in both texts.
    pub kind: TextBlockKind,
    /// Where the passage itself stands. The runs of one that is in both have fates of their own.
    pub fate: ChangeTag,
    /// Its words, older before newer where they changed.
    pub runs: Vec<DiffSpan>,
}

impl ComparedTextBlock {
    /// Whether it is the same in both texts.
    pub fn is_same(&self) -> bool {
        self.fate == ChangeTag::Kept && are_same(&self.runs)
    }
}

/// Where a section stands, as its number in each text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffPosition {
    /// In both, and in the same order among the others.
    Kept {
        /// Its number in the older text.
        before: usize,
        /// Its number in the newer text.
        now: usize,
    },
    /// In both, but elsewhere.
    Moved {
        /// Its number in the older text.
        before: usize,
        /// Its number in the newer text.
        now: usize,
    },
    /// In the older text alone.
    Removed {
        /// Its number there.
        before: usize,
    },
    /// In the newer text alone.
    Added {
        /// Its number there.
        now: usize,
    },
}

impl DiffPosition {
    /// Its number in the older text, if it stands there.
    pub const fn before(self) -> Option<usize> {
        match self {
            Self::Kept { before, .. } | Self::Moved { before, .. } | Self::Removed { before } => Some(before),
            Self::Added { .. } => None,
        }
    }

    /// Its number in the newer text, if it stands there.
    pub const fn now(self) -> Option<usize> {
        match self {
            Self::Kept { now, .. } | Self::Moved { now, .. } | Self::Added { now } => Some(now),
            Self::Removed { .. } => None,
        }
    }
}

/// A section in both texts, or in one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedSection {
    /// Its anchor, by which the two were found to be one.
    pub id: String,
    /// Where it stands.
    pub place: DiffPosition,
    /// Its heading.
    pub heading: Vec<DiffSpan>,
    /// Its text.
    pub passages: Vec<ComparedTextBlock>,
}

impl ComparedSection {
    /// Whether it is the same in both texts, wherever it stands.
    pub fn has_same_text(&self) -> bool {
        self.has_same_words() && self.passages.iter().all(ComparedTextBlock::is_same)
    }

    /// Whether its words are the same in both texts, wherever it stands and whatever the page shows in it.
    pub fn has_same_words(&self) -> bool {
        let stays = matches!(self.place, DiffPosition::Kept { .. } | DiffPosition::Moved { .. });
        let mut words = self.passages.iter().filter(|passage| !matches!(passage.kind, TextBlockKind::Insert(_)));
        stays && are_same(&self.heading) && words.all(ComparedTextBlock::is_same)
    }

    /// Whether nothing of it changed but what the page shows in it.
    pub fn shows_other_things_alone(&self) -> bool {
        matches!(self.place, DiffPosition::Kept { .. }) && self.has_same_words() && !self.has_same_text()
    }

    /// Whether nothing of it changed.
    pub fn is_same(&self) -> bool {
        matches!(self.place, DiffPosition::Kept { .. }) && self.has_same_text()
    }
}

/// The texts of two editions, with what changed from the one to the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The older edition.
    pub from: Version,
    /// The newer edition.
    pub to: Version,
    /// The title.
    pub title: Vec<DiffSpan>,
    /// What stands before the first section.
    pub introduction: Vec<ComparedTextBlock>,
    /// The sections as the newer text has them; one that it does not have stands behind the one that it once followed.
    pub sections: Vec<ComparedSection>,
}

impl Comparison {
    /// Whether both texts are the same, word for word.
    pub fn is_same(&self) -> bool {
        are_same(&self.title)
            && self.introduction.iter().all(ComparedTextBlock::is_same)
            && self.sections.iter().all(ComparedSection::is_same)
    }

    /// The older text, read out of the comparison.
    pub fn older(&self) -> PlainText {
        self.read(ChangeTag::was, DiffPosition::before)
    }

    /// The newer text, read out of the comparison.
    pub fn newer(&self) -> PlainText {
        self.read(ChangeTag::is, DiffPosition::now)
    }

    fn read(&self, has: fn(ChangeTag) -> bool, number: fn(DiffPosition) -> Option<usize>) -> PlainText {
        let text = |runs: &[DiffSpan]| -> String {
            runs.iter().filter(|run| has(run.fate)).map(|run| run.text.as_str()).collect()
        };
        let passages = |all: &[ComparedTextBlock]| -> Vec<TextBlock> {
            let there = all.iter().filter(|passage| has(passage.fate));
            there.map(|passage| TextBlock { kind: passage.kind, text: text(&passage.runs) }).collect()
        };
        let mut sections: Vec<_> =
            self.sections.iter().filter_map(|section| Some((number(section.place)?, section))).collect();
        sections.sort_by_key(|(number, _)| *number);
        let sections = sections.into_iter().map(|(_, section)| PlainTextSection {
            id: section.id.clone(),
            heading: text(&section.heading),
            passages: passages(&section.passages),
        });
        PlainText { title: text(&self.title), introduction: passages(&self.introduction), sections: sections.collect() }
    }
}

/// Whether all of these words stand in both texts.
fn are_same(runs: &[DiffSpan]) -> bool {
    runs.iter().all(|run| run.fate == ChangeTag::Kept)
}
