//! The inventory of a new folder, from the files of the shipped one: their newest entries, in any
//! of their languages.

use std::collections::{HashMap, HashSet};

use super::FIRST;

/// The fields of an entry that are words, and those that name the entry.
const WORDS: [&str; 3] = ["label = ", "question = ", "description = "];
const KEYS: [&str; 2] = ["name = ", "since = "];

/// The newest entry of each name that has not ended, as if the first edition had brought it.
pub(super) fn newest(inventory: &str) -> String {
    let (head, entries) = entries(inventory);
    // Entries stand in the order of their editions, so the last one is the newest.
    let last: HashMap<_, _> = entries.iter().enumerate().map(|(at, entry)| (key(entry), at)).collect();
    let has_ended = |entry: &str| entry.lines().any(|line| line.starts_with("until = "));
    let kept = entries.iter().enumerate().filter(|(at, entry)| last.get(&key(entry)) == Some(at) && !has_ended(entry));
    let since =
        |line: &str| if line.starts_with("since = ") { format!("since = \"{FIRST}\"") } else { line.to_owned() };
    file(head, kept.map(|(_, entry)| entry.lines().map(since).collect()))
}

/// The newest words of a translation for the entries of an inventory.
pub(super) fn newest_words(inventory: &str, translation: &str) -> String {
    let declared: HashSet<_> = entries(inventory).1.into_iter().map(key).collect();
    let newest = newest(translation);
    let (head, words) = entries(&newest);
    let kept = words.into_iter().filter(|entry| declared.contains(&key(entry)));
    file(head, kept.map(|entry| entry.lines().map(str::to_owned).collect()))
}

/// The inventory with the words of a translation.
pub(super) fn worded(inventory: &str, translation: &str) -> String {
    let (head, originals) = entries(inventory);
    let translations: HashMap<_, _> = entries(translation).1.into_iter().map(|entry| (key(entry), entry)).collect();
    let reworded = originals.into_iter().map(|entry| {
        let words = translations.get(&key(entry)).copied().unwrap_or_default();
        let in_translation = |line: &str| {
            let word = WORDS.into_iter().find(|word| line.starts_with(word));
            let found = word.and_then(|word| words.lines().find(|line| line.starts_with(word)));
            found.unwrap_or(line).to_owned()
        };
        entry.lines().map(in_translation).collect()
    });
    file(head, reworded)
}

/// The words of an inventory alone, as a translation has them.
pub(super) fn words(inventory: &str) -> String {
    let head = "# The words for the entries of cookies.toml in English.\n";
    let is_kept = |line: &&str| line.ends_with("]]") || WORDS.iter().chain(&KEYS).any(|field| line.starts_with(field));
    let kept = entries(inventory).1.into_iter();
    file(head, kept.map(|entry| entry.lines().filter(is_kept).map(str::to_owned).collect()))
}

/// What stands before the first entry, and each entry without its two brackets.
fn entries(inventory: &str) -> (&str, Vec<&str>) {
    let mut parts = inventory.split("\n[[");
    (parts.next().unwrap_or_default(), parts.collect())
}

/// The kind and the name of an entry.
fn key(entry: &str) -> (bool, &str) {
    let name = entry.lines().find(|line| line.starts_with("name = ")).unwrap_or_default();
    (entry.starts_with("cookie"), name)
}

fn file(head: &str, entries: impl Iterator<Item = Vec<String>>) -> String {
    let entries = entries.map(|lines| lines.join("\n").trim_end().to_owned() + "\n");
    std::iter::once(head.trim_end().to_owned() + "\n").chain(entries).collect::<Vec<_>>().join("\n[[")
}
