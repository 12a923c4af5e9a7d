//! Compares the words of two text blocks within a budget.

use std::collections::HashMap;

use similar::{Algorithm, DiffTag, DiffableStr, capture_diff_slices};

use crate::domain::comparison::{ChangeTag, DiffSpan};

/// Compares words until its budget is spent.
pub(super) struct WordDiff {
    budget: usize,
}

impl WordDiff {
    /// Creates a comparison with a budget, in pairs of words to examine.
    pub fn with_budget(budget: usize) -> Self {
        Self { budget }
    }

    /// Takes `work` from the budget. Returns false, and takes nothing, if the rest does not
    /// suffice.
    pub fn try_spend(&mut self, work: usize) -> bool {
        let left = self.budget.checked_sub(work);
        self.budget = left.unwrap_or(self.budget);
        left.is_some()
    }

    /// Compares two texts. At least one unchanged word separates two changes, so that a phrase
    /// changes as a whole.
    pub fn compare(&mut self, older: &str, newer: &str) -> Vec<DiffSpan> {
        if older == newer {
            return super::span(ChangeTag::Equal, newer);
        }
        let (old, new) = (split(older), split(newer));
        if !self.try_spend(old.len().saturating_mul(new.len())) {
            return [super::span(ChangeTag::Delete, older), super::span(ChangeTag::Insert, newer)].concat();
        }
        let mut changes: Vec<WordChange> = Vec::new();
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let text = |words: &[&str]| words.concat();
            let was = text(old.get(op.old_range()).unwrap_or_default());
            let is = text(new.get(op.new_range()).unwrap_or_default());
            if op.tag() == DiffTag::Equal {
                changes.push(WordChange { unchanged: is, ..WordChange::default() });
                continue;
            }
            let last = changes.len();
            let before_last =
                last.checked_sub(2).and_then(|index| changes.get(index)).is_some_and(WordChange::is_change);
            let is_bridge = changes.last().is_some_and(|last| !last.is_change() && !has_word(&last.unchanged));
            if before_last && is_bridge {
                let bridge = changes.pop().map(|bridge| bridge.unchanged).unwrap_or_default();
                if let Some(change) = changes.last_mut() {
                    change.was.push_str(&bridge);
                    change.is.push_str(&bridge);
                }
            }
            match changes.last_mut() {
                Some(change) if change.is_change() => {
                    change.was.push_str(&was);
                    change.is.push_str(&is);
                }
                _ => changes.push(WordChange { unchanged: String::new(), was, is }),
            }
        }
        widen(&mut changes);
        if is_rewritten(&changes) {
            return [super::span(ChangeTag::Delete, older), super::span(ChangeTag::Insert, newer)].concat();
        }
        changes
            .iter()
            .flat_map(|change| {
                [
                    (ChangeTag::Equal, &change.unchanged),
                    (ChangeTag::Delete, &change.was),
                    (ChangeTag::Insert, &change.is),
                ]
            })
            .flat_map(|(tag, text)| super::span(tag, text))
            .collect()
    }
}

/// Whether a text was written anew: several changes leave less than half of either text unchanged.
/// The two whole texts are then easier to read than their words among each other.
fn is_rewritten(changes: &[WordChange]) -> bool {
    let length = |text: fn(&WordChange) -> &str| changes.iter().map(|change| text(change).len()).sum::<usize>();
    let unchanged = length(|change| &change.unchanged);
    let longest = length(|change| &change.was).max(length(|change| &change.is)) + unchanged;
    changes.iter().filter(|change| change.is_change()).count() > 2 && unchanged * 2 < longest
}

/// Unchanged words, or words that replaced others.
#[derive(Default)]
struct WordChange {
    unchanged: String,
    was: String,
    is: String,
}

impl WordChange {
    const fn is_change(&self) -> bool {
        self.unchanged.is_empty()
    }
}

/// Extends each change that holds only spaces and punctuation by the words next to it.
///
/// Otherwise such a change is hard to see, and screen readers do not read it.
fn widen(changes: &mut [WordChange]) {
    for index in 0..changes.len() {
        if !changes
            .get(index)
            .is_some_and(|change| change.is_change() && !has_word(&change.was) && !has_word(&change.is))
        {
            continue;
        }
        let before =
            index.checked_sub(1).and_then(|before| changes.get_mut(before)).map(|change| &mut change.unchanged);
        let word = before.map(|text| {
            let words = split(text);
            let from = words.iter().rposition(|word| has_word(word)).unwrap_or(words.len());
            let stays = words.iter().take(from).map(|word| word.len()).sum();
            text.split_off(stays)
        });
        let after = changes.get_mut(index + 1).map(|change| &mut change.unchanged);
        let attached = after.map(|text| {
            let words = split(text);
            let to = words.iter().take_while(|word| !word.contains(char::is_whitespace)).map(|word| word.len()).sum();
            let stays = text.split_off(to);
            std::mem::replace(text, stays)
        });
        if let Some(change) = changes.get_mut(index) {
            for side in [&mut change.was, &mut change.is] {
                side.insert_str(0, word.as_deref().unwrap_or_default());
                side.push_str(attached.as_deref().unwrap_or_default());
            }
        }
    }
}

/// The percentage of words that two texts share, in any order.
pub(super) fn shared(older: &str, newer: &str) -> usize {
    if older == newer {
        return 100;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let (mut old, mut new, mut same) = (0_usize, 0_usize, 0_usize);
    for word in split(older).into_iter().filter(|word| has_word(word)) {
        *counts.entry(word).or_default() += 1;
        old += 1;
    }
    for word in split(newer).into_iter().filter(|word| has_word(word)) {
        new += 1;
        if let Some(count) = counts.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            same += 1;
        }
    }
    (200 * same).checked_div(old + new).unwrap_or(0)
}

/// Splits a text into words and the characters between them (Unicode Standard Annex 29).
fn split(text: &str) -> Vec<&str> {
    text.tokenize_unicode_words()
}

fn has_word(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}
