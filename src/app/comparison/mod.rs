//! Finds what changed from one edition to another.
//!
//! [`compare`] matches sections by their ids, text blocks by the words that they share, and then
//! compares words. A budget limits the work of one comparison. When it is spent, the comparison
//! shows a changed text block as removed and added as a whole.

mod words;

use std::collections::HashMap;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use self::words::WordDiff;
use crate::domain::{
    comparison::{
        ChangeTag, ComparedSection, ComparedTextBlock, Comparison, DiffPosition, DiffSpan, PlainText, PlainTextSection,
        TextBlock,
    },
    policy::document::Edition,
};

/// How many pairs of words one comparison may examine, about a tenth of a second of work.
const DIFF_BUDGET: usize = 20_000_000;

/// The similarity, in percent of their words, below which two text blocks count as different ones.
const MIN_SIMILARITY: usize = 40;

/// Compares an older edition with a newer one.
pub fn compare(older: &Edition, newer: &Edition) -> Comparison {
    let mut diff = WordDiff::with_budget(DIFF_BUDGET);
    let (from, to) = (older.version, newer.version);
    let (older, newer) = (PlainText::from(older), PlainText::from(newer));
    let title = diff.compare(&older.title, &newer.title);
    let introduction = text_blocks(&mut diff, &older.introduction, &newer.introduction);
    Comparison { from, to, title, introduction, sections: sections(&mut diff, &older.sections, &newer.sections) }
}

/// Compares two short texts word by word.
pub(crate) fn word_diff(older: &str, newer: &str) -> Vec<DiffSpan> {
    WordDiff::with_budget(DIFF_BUDGET).compare(older, newer)
}

/// Compares the sections, in the order of the newer text. A removed section follows the section
/// that preceded it in the older text.
fn sections(diff: &mut WordDiff, older: &[PlainTextSection], newer: &[PlainTextSection]) -> Vec<ComparedSection> {
    fn ids(sections: &[PlainTextSection]) -> Vec<&str> {
        sections.iter().map(|section| section.id.as_str()).collect()
    }
    let (old_ids, new_ids) = (ids(older), ids(newer));
    let find = |ids: &[&str]| -> HashMap<String, usize> {
        ids.iter().enumerate().map(|(index, id)| ((*id).to_owned(), index)).collect()
    };
    let (old_at, new_at) = (find(&old_ids), find(&new_ids));
    let mut found = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old_ids, &new_ids) {
        let is_equal = op.tag() == DiffTag::Equal;
        // Removed sections come first, so that each follows the section that preceded it.
        for before in op.old_range().filter(|_| !is_equal) {
            let Some(section) = older.get(before).filter(|section| !new_at.contains_key(&section.id)) else { continue };
            found.push(one_sided_section(section, DiffPosition::Removed { before: before + 1 }, ChangeTag::Delete));
        }
        for now in op.new_range() {
            let Some(section) = newer.get(now) else { continue };
            let before = old_at.get(&section.id).and_then(|at| Some((*at, older.get(*at)?)));
            let Some((before, was)) = before else {
                found.push(one_sided_section(section, DiffPosition::Added { now: now + 1 }, ChangeTag::Insert));
                continue;
            };
            let (before, now) = (before + 1, now + 1);
            found.push(ComparedSection {
                id: section.id.clone(),
                position: if is_equal {
                    DiffPosition::Kept { before, now }
                } else {
                    DiffPosition::Moved { before, now }
                },
                heading: diff.compare(&was.heading, &section.heading),
                blocks: text_blocks(diff, &was.blocks, &section.blocks),
            });
        }
    }
    found
}

/// A section that only one of the texts contains.
fn one_sided_section(section: &PlainTextSection, position: DiffPosition, tag: ChangeTag) -> ComparedSection {
    ComparedSection {
        id: section.id.clone(),
        position,
        heading: span(tag, &section.heading),
        blocks: section.blocks.iter().map(|block| one_sided_block(block, tag)).collect(),
    }
}

/// A text block that only one of the texts contains, or that is the same in both.
fn one_sided_block(block: &TextBlock, tag: ChangeTag) -> ComparedTextBlock {
    ComparedTextBlock { kind: block.kind, tag, spans: span(tag, &block.text) }
}

fn span(tag: ChangeTag, text: &str) -> Vec<DiffSpan> {
    if text.is_empty() { vec![] } else { vec![DiffSpan { tag, text: text.to_owned() }] }
}

/// Compares the text blocks of one section.
fn text_blocks(diff: &mut WordDiff, older: &[TextBlock], newer: &[TextBlock]) -> Vec<ComparedTextBlock> {
    let mut found = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, older, newer) {
        let old = older.get(op.old_range()).unwrap_or_default();
        let new = newer.get(op.new_range()).unwrap_or_default();
        if op.tag() == DiffTag::Equal {
            found.extend(new.iter().map(|block| one_sided_block(block, ChangeTag::Equal)));
            continue;
        }
        let (mut next_old, mut next_new) = (0, 0);
        for (of_old, of_new) in pairs(diff, old, new).into_iter().chain([(old.len(), new.len())]) {
            found.extend(
                old.get(next_old..of_old).unwrap_or_default().iter().map(|one| one_sided_block(one, ChangeTag::Delete)),
            );
            found.extend(
                new.get(next_new..of_new).unwrap_or_default().iter().map(|one| one_sided_block(one, ChangeTag::Insert)),
            );
            if let (Some(was), Some(is)) = (old.get(of_old), new.get(of_new)) {
                found.push(ComparedTextBlock {
                    kind: is.kind,
                    tag: ChangeTag::Equal,
                    spans: diff.compare(&was.text, &is.text),
                });
            }
            (next_old, next_new) = (of_old + 1, of_new + 1);
        }
    }
    found
}

/// Pairs each old text block with the new one that it became, in the order of both texts. The pairs
/// have the highest total similarity (as in a longest common subsequence).
fn pairs(diff: &mut WordDiff, old: &[TextBlock], new: &[TextBlock]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let lengths = |all: &[TextBlock]| all.iter().map(|block| block.text.len()).sum::<usize>();
    if !diff.try_spend((old.len() * lengths(new)).saturating_add(new.len() * lengths(old))) {
        return vec![];
    }
    let shares: Vec<Vec<usize>> = old
        .iter()
        .map(|was| {
            new.iter().map(|is| if was.kind == is.kind { words::shared(&was.text, &is.text) } else { 0 }).collect()
        })
        .collect();
    let share = |of_old: usize, of_new: usize| {
        shares
            .get(of_old)
            .and_then(|row| row.get(of_new))
            .copied()
            .filter(|share| *share >= MIN_SIMILARITY)
            .unwrap_or(0)
    };
    // best[i][j] is the highest total similarity of the text blocks from i and from j on.
    let mut best = vec![0_usize; (old.len() + 1) * width];
    let at = |best: &[usize], of_old: usize, of_new: usize| best.get(of_old * width + of_new).copied().unwrap_or(0);
    for of_old in (0..old.len()).rev() {
        for of_new in (0..new.len()).rev() {
            let skipped = at(&best, of_old + 1, of_new).max(at(&best, of_old, of_new + 1));
            let share = share(of_old, of_new);
            let paired = if share > 0 { share + at(&best, of_old + 1, of_new + 1) } else { 0 };
            if let Some(cell) = best.get_mut(of_old * width + of_new) {
                *cell = skipped.max(paired);
            }
        }
    }
    let (mut of_old, mut of_new, mut found) = (0, 0, Vec::new());
    while of_old < old.len() && of_new < new.len() {
        let here = at(&best, of_old, of_new);
        let share = share(of_old, of_new);
        if share > 0 && here == share + at(&best, of_old + 1, of_new + 1) {
            found.push((of_old, of_new));
            (of_old, of_new) = (of_old + 1, of_new + 1);
        } else if here == at(&best, of_old + 1, of_new) {
            of_old += 1;
        } else {
            of_new += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests;
