//! A right text made worse by a few edits at its tokens, so that what comes out is often still of its form and says
//! something else. It knows what most of our texts look like, and the values at which readers go wrong; never what a text means.

use std::ops::Range;

use bolero::{Driver, ValueGenerator};

/// Edits of one text.
const EDITS_MAX: usize = 4;
/// No text grows beyond this.
const BYTES_MAX: usize = 1 << 16;

/// Numbers to put in: the ends of ranges, and what has more than one spelling.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "-0.0",
    "-1",
    "1",
    "2",
    "3",
    "7",
    "1.5",
    "1e400",
    "4294967295",
    "4294967296",
    "9007199254740993",
    "999999999999999999",
    "1000000000000000000",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
];

/// Texts to put in.
const TEXTS: &[&str] = &[
    "\"\"",
    "\" \"",
    "\"\\u0000\"",
    "\"\\n\"",
    "\"é\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"id\"",
    "\"0\"",
    "\"-0.00\"",
    "\"0.1\"",
    "\"1000000000000000000\"",
    "\"2026-02-29\"",
    "\"2026-05-19\"",
    "\"2026-05-19T09:14:23+14:00\"",
    "\"0000-01-01T00:00:00.000Z\"",
    "\"9999-12-31T23:59:59.999Z\"",
    "\"ffffffffffff-ffff\"",
    "\"00000000-0000-0000-0000-000000000000\"",
    "\"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\"",
    "\"0000000000000000000000000000000000000000000000000000000000000000\"",
];

/// What else is put in.
const SIGNS: &[&str] =
    &["null", "true", "false", "[]", "[[]]", "{}", "{\"\":null}", ",", ":", "/", "\n", "\r\n", "\u{feff}"];

/// How deep a token is wrapped: around the limits that there are.
const DEPTHS: &[usize] = &[1, 2, 12, 13, 16, 17, 31, 32, 33, 400];

/// A text made from one of the seeds; one in eight is right.
pub fn spoiled<D: Driver>(seeds: &[&str], driver: &mut D) -> Option<Vec<u8>> {
    let mut text = below(seeds.len(), driver).and_then(|at| seeds.get(at))?.as_bytes().to_vec();
    let edits = match below(8, driver)? {
        0 => 0,
        // Mostly one: a reader stops at the first wrong thing.
        1..5 => 1,
        _ => 1 + below(EDITS_MAX, driver)?,
    };
    for _ in 0..edits {
        edit(&mut text, seeds, driver)?;
        text.truncate(BYTES_MAX);
    }
    Some(text)
}

fn edit<D: Driver>(text: &mut Vec<u8>, seeds: &[&str], driver: &mut D) -> Option<()> {
    let at = token(text, driver)?;
    match below(12, driver)? {
        0..4 => {
            let words = alike(&text[at.clone()]);
            replace(text, at, words[below(words.len(), driver)?].as_bytes());
        }
        4 | 5 => {
            let other = seeds[below(seeds.len(), driver)?].as_bytes();
            let like = tokens(other)
                .into_iter()
                .filter(|other_at| text[at.start..].first() == other[other_at.clone()].first());
            let like: Vec<_> = like.collect();
            let Some(put_in) = like.get(below(like.len().max(1), driver)?) else { return Some(()) };
            replace(text, at, &other[put_in.clone()]);
        }
        6 => replace(text, at, SIGNS[below(SIGNS.len(), driver)?].as_bytes()),
        7 => {
            let lines = line(text, at.start);
            let (end, copy) = (lines.end, text[lines].to_vec());
            replace(text, end..end, &copy);
        }
        8 => {
            let gone = if below(2, driver)? == 0 { line(text, at.start) } else { at };
            replace(text, gone, b"");
        }
        9 => text.truncate(at.start),
        10 => {
            let depth = DEPTHS[below(DEPTHS.len(), driver)?];
            let wrapped =
                ["[".repeat(depth).as_bytes(), &text[at.clone()], "]".repeat(depth).as_bytes()].concat();
            replace(text, at, &wrapped);
        }
        _ => {
            let start = (at.start + below(8, driver)?).min(text.len());
            let end = (start + below(4, driver)?).min(text.len());
            let put_in: Vec<u8> = (0..below(4, driver)?).map(|_| byte(driver)).collect::<Option<_>>()?;
            replace(text, start..end, &put_in);
        }
    }
    Some(())
}

/// Words of the kind of a token.
fn alike(token: &[u8]) -> &'static [&'static str] {
    match token.first() {
        Some(b'"') => TEXTS,
        Some(b'0'..=b'9' | b'-') => NUMBERS,
        _ => SIGNS,
    }
}

fn replace(text: &mut Vec<u8>, at: Range<usize>, with: &[u8]) {
    text.splice(at, with.iter().copied());
}

/// A token of the text: a quoted text, a word or number, or any other byte. At its end where there is none.
fn token<D: Driver>(text: &[u8], driver: &mut D) -> Option<Range<usize>> {
    let tokens = tokens(text);
    let at = below(tokens.len().max(1), driver)?;
    Some(tokens.get(at).cloned().unwrap_or(text.len()..text.len()))
}

fn tokens(text: &[u8]) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at) {
        let rest = &text[at + 1..];
        let more = match first {
            b'"' => quoted(rest),
            _ if is_word(*first) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            _ => 0,
        };
        if !first.is_ascii_whitespace() {
            tokens.push(at..at + 1 + more);
        }
        at += 1 + more;
    }
    tokens
}

/// How many bytes belong to a quoted text whose first quote was read.
fn quoted(rest: &[u8]) -> usize {
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped || *byte == b'\n';
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 1)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_')
}

/// The line around a place, with its end.
fn line(text: &[u8], at: usize) -> Range<usize> {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1);
    start..end
}

fn below<D: Driver>(bound: usize, driver: &mut D) -> Option<usize> {
    (0..bound).generate(driver)
}

fn byte<D: Driver>(driver: &mut D) -> Option<u8> {
    (0..=u8::MAX).generate(driver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_texts_words_and_single_signs() {
        let text = br#"{"a\"b": -1.5e3,[true] "open"#;
        let found: Vec<_> =
            tokens(text).into_iter().map(|at| String::from_utf8_lossy(&text[at]).into_owned()).collect();
        assert_eq!(found, ["{", r#""a\"b""#, ":", "-1.5e3", ",", "[", "true", "]", r#""open"#]);
    }

    #[test]
    fn a_line_is_taken_with_its_end() {
        let text = b"one\ntwo\nthree";
        assert_eq!([line(text, 1), line(text, 3), line(text, 5), line(text, 13)], [0..4, 0..4, 4..8, 8..13]);
    }

    #[test]
    fn right_and_wrong_texts_come_and_none_is_beyond_the_limit() {
        let seeds = [r#"{"a":[1,2]}"#, "[\"b\"]\n[3]\n"];
        let right = std::sync::atomic::AtomicU64::new(0);
        crate::values("spoiled texts", crate::Spoiled(&seeds), |made| {
            assert!(made.bytes().len() <= BYTES_MAX);
            let is_right = seeds.contains(&made.text().as_str());
            right.fetch_add(u64::from(is_right), std::sync::atomic::Ordering::Relaxed);
            !is_right
        });
        assert!(right.into_inner() > 0);
    }
}
