//! Each Rust file begins by saying what it is.

use std::fs;

use super::{Finding, answer};
use crate::places::Places;

/// Every file that is tracked or would be.
pub fn check(places: &Places) -> Finding {
    Finding::of("each Rust file opens with //!", silent(places))
}

fn silent(places: &Places) -> Result<Vec<String>, String> {
    let list =
        answer(places.git(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"]))?;
    let files = list.split('\0').filter(|file| !file.is_empty());
    // A file that is listed and cannot be read was just deleted.
    let read = files.filter_map(|file| Some((file, fs::read_to_string(places.root.join(file)).ok()?)));
    Ok(read.filter(|(_, text)| !speaks(text)).map(|(file, _)| file.to_owned()).collect())
}

fn speaks(text: &str) -> bool {
    text.strip_prefix("//! ").is_some_and(|rest| !rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_speaks_when_its_first_line_is_a_sentence_about_it() {
        let cases = [
            ("//! The words.\n", true),
            ("//! \n", false),
            ("fn main() {}\n", false),
            ("\n//! Late.\n", false),
        ];
        for (text, expected) in cases {
            assert_eq!(speaks(text), expected, "{text:?}");
        }
    }
}
