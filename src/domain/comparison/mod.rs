//! Comparison of two editions: the text word by word, and the declarations.
//!
//! [`PlainText`] is the text of an edition, split into blocks. A [`Comparison`] contains both
//! texts: [`Comparison::older`] and [`Comparison::newer`] extract them, so nothing can get lost.

mod declared;
mod text_blocks;

pub use self::declared::{DeclarationChanges, MovedCookie, declared};
pub use crate::domain::comparison::text_blocks::{PlainText, PlainTextSection, TextBlock, TextBlockKind};
use crate::domain::policy::version::Version;

/// Which of the two texts contains something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeTag {
    Equal,
    Delete,
    Insert,
}

impl ChangeTag {
    /// Whether the older text contains it.
    pub const fn in_older(self) -> bool {
        !matches!(self, Self::Insert)
    }

    /// Whether the newer text contains it.
    pub const fn in_newer(self) -> bool {
        !matches!(self, Self::Delete)
    }
}

/// Words with the same tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffSpan {
    pub tag: ChangeTag,
    /// The words, with the spaces between them.
    pub text: String,
}

/// A block in both texts, or in one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedTextBlock {
    /// The kind of the block, the same in both texts.
    pub kind: TextBlockKind,
    /// The tag of the block. The spans of a block in both texts have their own tags.
    pub tag: ChangeTag,
    /// The words, older before newer where they changed.
    pub spans: Vec<DiffSpan>,
}

impl ComparedTextBlock {
    /// Whether both texts have the same block.
    pub fn is_same(&self) -> bool {
        self.tag == ChangeTag::Equal && are_same(&self.spans)
    }
}

/// The position of a section, as its number in each text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffPosition {
    /// In both, in the same order.
    Kept {
        /// The number in the older text.
        before: usize,
        /// The number in the newer text.
        now: usize,
    },
    /// In both, but elsewhere.
    Moved {
        /// The number in the older text.
        before: usize,
        /// The number in the newer text.
        now: usize,
    },
    /// In the older text alone.
    Removed { before: usize },
    /// In the newer text alone.
    Added { now: usize },
}

impl DiffPosition {
    /// The number in the older text.
    pub const fn before(self) -> Option<usize> {
        match self {
            Self::Kept { before, .. } | Self::Moved { before, .. } | Self::Removed { before } => Some(before),
            Self::Added { .. } => None,
        }
    }

    /// The number in the newer text.
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
    /// The anchor, by which the sections of both texts are matched.
    pub id: String,
    pub position: DiffPosition,
    pub heading: Vec<DiffSpan>,
    pub blocks: Vec<ComparedTextBlock>,
}

impl ComparedSection {
    /// Whether the text is the same in both, at any position.
    pub fn has_same_text(&self) -> bool {
        self.has_same_words() && self.blocks.iter().all(ComparedTextBlock::is_same)
    }

    /// Whether the words are the same in both, at any position and with any shortcode.
    pub fn has_same_words(&self) -> bool {
        let stays = matches!(self.position, DiffPosition::Kept { .. } | DiffPosition::Moved { .. });
        let mut words = self.blocks.iter().filter(|block| !matches!(block.kind, TextBlockKind::Shortcode(_)));
        stays && are_same(&self.heading) && words.all(ComparedTextBlock::is_same)
    }

    /// Whether only shortcodes changed.
    pub fn only_shortcodes_changed(&self) -> bool {
        matches!(self.position, DiffPosition::Kept { .. }) && self.has_same_words() && !self.has_same_text()
    }

    /// Whether nothing changed.
    pub fn is_same(&self) -> bool {
        matches!(self.position, DiffPosition::Kept { .. }) && self.has_same_text()
    }
}

/// The texts of two editions and their differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub from: Version,
    pub to: Version,
    pub title: Vec<DiffSpan>,
    /// The text before the first section.
    pub introduction: Vec<ComparedTextBlock>,
    /// The sections in the order of the newer text; a removed section follows its old predecessor.
    pub sections: Vec<ComparedSection>,
}

impl Comparison {
    /// Whether both texts are equal, word for word.
    pub fn is_same(&self) -> bool {
        are_same(&self.title)
            && self.introduction.iter().all(ComparedTextBlock::is_same)
            && self.sections.iter().all(ComparedSection::is_same)
    }

    /// Extracts the older text.
    pub fn older(&self) -> PlainText {
        self.extract(ChangeTag::in_older, DiffPosition::before)
    }

    /// Extracts the newer text.
    pub fn newer(&self) -> PlainText {
        self.extract(ChangeTag::in_newer, DiffPosition::now)
    }

    fn extract(&self, has: fn(ChangeTag) -> bool, number: fn(DiffPosition) -> Option<usize>) -> PlainText {
        let text = |spans: &[DiffSpan]| -> String {
            spans.iter().filter(|span| has(span.tag)).map(|span| span.text.as_str()).collect()
        };
        let text_blocks = |all: &[ComparedTextBlock]| -> Vec<TextBlock> {
            let there = all.iter().filter(|block| has(block.tag));
            there.map(|block| TextBlock { kind: block.kind, text: text(&block.spans) }).collect()
        };
        let mut sections: Vec<_> =
            self.sections.iter().filter_map(|section| Some((number(section.position)?, section))).collect();
        sections.sort_by_key(|(number, _)| *number);
        let sections = sections.into_iter().map(|(_, section)| PlainTextSection {
            id: section.id.clone(),
            heading: text(&section.heading),
            blocks: text_blocks(&section.blocks),
        });
        PlainText {
            title: text(&self.title),
            introduction: text_blocks(&self.introduction),
            sections: sections.collect(),
        }
    }
}

/// Whether both texts contain all of these words.
fn are_same(spans: &[DiffSpan]) -> bool {
    spans.iter().all(|span| span.tag == ChangeTag::Equal)
}
