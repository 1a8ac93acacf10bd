//! What to suggest for a misspelled word.

use crate::limits::NAME_CHARS_MAX;

/// The words that one message lists before it says "…".
const LISTED_MAX: usize = 24;

pub(super) fn listed(words: &[&str]) -> String {
    let more = if words.len() > LISTED_MAX { ", …" } else { "" };
    format!("{}{more}", words[..words.len().min(LISTED_MAX)].join(", "))
}

/// What is allowed, and which of that a misspelled word may have meant.
pub(super) fn among(word: &str, allowed: &[&str]) -> String {
    let nearest = allowed.iter().filter(|it| is_near(word, it)).min_by_key(|it| distance(word, it));
    match nearest {
        Some(nearest) => format!("{} (did you mean {nearest}?)", listed(allowed)),
        None => listed(allowed),
    }
}

/// Whether one word may be a misspelling of the other: two letters off, and not wholly different.
pub(super) fn is_near(a: &str, b: &str) -> bool {
    let shorter = a.chars().count().min(b.chars().count());
    // Longer than any name: not worth the comparison.
    a.len().max(b.len()) <= NAME_CHARS_MAX && distance(a, b) <= 2.min(shorter.saturating_sub(1))
}

/// How many letters one has to insert, remove or replace to turn `a` into `b`.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
