//! Ids as a person types them: the end of one, as long as it takes to tell it from the others. Their beginnings are
//! the time at which they were made, and much alike.

use std::fmt::Display;

use crate::failure::Failure;

/// No end is shorter.
const CHARS_MIN: usize = 4;

/// The end of an id that no other of some has.
pub fn end<I: Display>(id: I, among: &[I]) -> String {
    let id = id.to_string();
    let all: Vec<String> = among.iter().map(ToString::to_string).collect();
    let unlike = |chars: &usize| all.iter().filter(|other| other.ends_with(tail(&id, *chars))).count() <= 1;
    let chars = (CHARS_MIN..id.len()).find(unlike).unwrap_or(id.len());
    tail(&id, chars).to_owned()
}

fn tail(id: &str, chars: usize) -> &str {
    &id[id.len().saturating_sub(chars)..]
}

/// The one among some whose id is, or ends with, what a person typed.
pub fn find<I: Display + Copy>(noun: &str, typed: &str, among: &[I]) -> Result<I, Failure> {
    if typed.chars().count() < CHARS_MIN || !typed.is_ascii() {
        return Err(Failure::wrong(format!(
            "{typed:?} names no {noun}; write its id, or at least the last {CHARS_MIN} characters of it"
        )));
    }
    let typed = typed.to_ascii_lowercase();
    let found: Vec<I> = among.iter().copied().filter(|id| id.to_string().ends_with(&typed)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(Failure::wrong(format!("there is no {noun} {typed} on this device"))),
        _ => {
            let ends: Vec<String> = found.iter().map(|id| end(*id, among)).collect();
            Err(Failure::wrong(format!("{typed} could be one of {}; write more of it", ends.join(", "))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 3] = [
        "0198c0de-7a11-7000-8000-0000000012ab",
        "0198c0de-7a11-7000-8000-0000000034ab",
        "0198c0de-7a11-7000-8000-0000000934ab",
    ];

    #[test]
    fn an_end_is_as_long_as_it_takes() {
        assert_eq!(IDS.map(|id| end(id, &IDS)), ["12ab", "034ab", "934ab"]);
    }

    #[test]
    fn what_is_typed_names_one_or_says_why_not() {
        assert_eq!(find("conflict", "12AB", &IDS), Ok(IDS[0]));
        assert_eq!(find("conflict", IDS[1], &IDS), Ok(IDS[1]));
        for (typed, why) in
            [("ab", "names no conflict"), ("34ab", "could be one of"), ("ffff", "there is no conflict")]
        {
            let Err(Failure::Said(said)) = find("conflict", typed, &IDS) else { panic!("{typed} names one") };
            assert!(said.words.contains(why), "{}", said.words);
        }
    }
}
