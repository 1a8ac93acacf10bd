//! Looks at JSON as text, without a parser: where its keys and its texts stand, and how far a value goes.

use std::ops::Range;

/// The texts in quotes, keys and values alike, quotes included.
pub fn quoted(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut start, mut escaped) = (Vec::new(), None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (start, escaped, byte) {
            (Some(_), true, _) => escaped = false,
            (Some(_), false, b'\\') => escaped = true,
            (Some(from), false, b'"') => {
                found.push(from..at + 1);
                start = None;
            }
            (None, _, b'"') => start = Some(at),
            _ => {}
        }
    }
    found
}

/// The entries `"key":value`, at every depth.
pub fn entries(text: &str) -> Vec<Range<usize>> {
    let keys = quoted(text).into_iter().filter(|at| text[at.end..].starts_with(':'));
    keys.map(|key| key.start..value_end(text, key.end + 1)).collect()
}

fn value_end(text: &str, start: usize) -> usize {
    let inside: Vec<_> =
        quoted(&text[start..]).into_iter().map(|at| at.start + start..at.end + start).collect();
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        if inside.iter().any(|quoted| quoted.contains(&at)) {
            continue;
        }
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b'\n' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The text with something put in at a place.
pub fn with(text: &str, at: usize, more: &str) -> String {
    format!("{}{more}{}", &text[..at], &text[at..])
}

#[test]
fn entries_are_found_at_every_depth() {
    let text = r#"{"a":[1,{"b":"}\","}],"c":2}"#;
    let found: Vec<_> = entries(text).into_iter().map(|at| &text[at]).collect();
    assert_eq!(found, [r#""a":[1,{"b":"}\","}]"#, r#""b":"}\",""#, r#""c":2"#]);
}
