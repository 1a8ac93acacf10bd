//! `fieldbook act -`: many actions in one process, one JSON line each. Each is saved before the next is read,
//! and a wrong one does not stop those behind it.

use std::io::{self, BufRead, Read as _};

use fieldbook_device::Device;
use fieldbook_device::store::Action;
use fieldbook_device::store::forms::ActedForm;
use fieldbook_model::json::{self, Category, JsonError};
use fieldbook_model::op::Wanted;
use fieldbook_model::schema::EDIT;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::failure::{Failure, Said, SaidForm};
use crate::home::HomeArgs;
use crate::output::{self, plural};

/// The bytes of a line: more than any server takes in one op, so that the device's own words are heard first.
const LINE_BYTES_MAX: u64 = 8 << 20;

/// The code of a line that is no action.
const WRONG_LINE: &str = "wrong-line";

/// An action as a line may have it, to learn from.
const EXAMPLE: &str = r#"{"changes":[{"update":"product","id":"…","add":{"stock":-2}}]}"#;

/// An action as a line has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "type")]
    action: Option<String>,
    key: Option<String>,
    changes: Vec<Wanted>,
}

/// What is told about a line that was not done.
#[derive(Serialize)]
struct Wrong<'a> {
    line: u64,
    error: SaidForm<'a>,
}

/// How many lines came to what.
#[derive(Debug, Default)]
struct Tally {
    saved: u64,
    duplicates: u64,
    wrong: u64,
}

/// Reads to the end of standard input.
pub fn run(home: &HomeArgs) -> Result<Exit, Failure> {
    let device = home.open()?;
    let mut input = io::stdin().lock();
    let (mut tally, mut number, mut bytes) = (Tally::default(), 0, Vec::new());
    loop {
        number += 1;
        match line(&mut input, number, &mut bytes) {
            Ok(Came::End) => break,
            Ok(Came::Line) if bytes.trim_ascii().is_empty() => {}
            Ok(Came::Line) => answer(number, act(&device, number, &bytes), &mut tally)?,
            Err(failure) => answer(number, Err(failure), &mut tally)?,
        }
    }
    if !output::in_json() {
        output::line(&tally.words())?;
    }
    Ok(if tally.wrong == 0 { Exit::Done } else { Exit::Refused })
}

fn act(device: &Device, number: u64, bytes: &[u8]) -> Result<ActedForm, Failure> {
    let line: Line = json::parse_bytes(bytes).map_err(|error| no_action(number, &why(&error)))?;
    let action = line.action.unwrap_or_else(|| EDIT.to_owned());
    let changes = line.changes.into_iter().map(|Wanted(change)| change).collect();
    Ok(device.act(Action { action, key: line.key, changes })?.into())
}

fn no_action(number: u64, why: &str) -> Failure {
    Failure::new(Exit::Wrong, WRONG_LINE, format!("line {number} is no action: {why}"))
}

/// What is wrong with a line, in words for people. The place is one in the line, which is a text of its own.
fn why(error: &JsonError) -> String {
    let at = error.place.map(|place| format!(" at column {}", place.column)).unwrap_or_default();
    let place = error.place.map(|place| place.to_string()).unwrap_or_default();
    let reason = error.reason.strip_suffix(&place).unwrap_or(&error.reason);
    match error.category {
        Category::Syntax => format!("it is not JSON{at} ({reason}); a line is like {EXAMPLE}"),
        Category::CutOff => format!("its JSON ends too early{at}: a bracket or a quote is not closed"),
        Category::Shape | Category::DuplicateKey | Category::UnknownKey => format!("{reason}{at}"),
    }
}

/// Tells what came of a line. What is wrong with the line alone does not end the reading.
fn answer(number: u64, done: Result<ActedForm, Failure>, tally: &mut Tally) -> Result<(), Failure> {
    match done {
        Ok(answer) => {
            let count = if answer.is_duplicate() { &mut tally.duplicates } else { &mut tally.saved };
            *count += 1;
            if output::in_json() { output::json(&answer) } else { Ok(()) }
        }
        Err(Failure::Said(said)) if said.exit != Exit::Failed => {
            tally.wrong += 1;
            tell(number, &said)
        }
        // The disk is full, or the like: those behind it fare no better.
        Err(failure) => Err(failure),
    }
}

fn tell(number: u64, said: &Said) -> Result<(), Failure> {
    if output::in_json() {
        return output::json(&Wrong { line: number, error: said.form() });
    }
    match said.code == WRONG_LINE {
        true => output::note(&format!("error: {}", said.words)),
        false => output::note(&format!("error: line {number}: {}", said.words)),
    }
    Ok(())
}

impl Tally {
    fn words(&self) -> String {
        let mut words = format!("saved {}", plural(self.saved, "action"));
        if self.duplicates > 0 {
            words.push_str(&format!("; {} saved before", self.duplicates));
        }
        if self.wrong > 0 {
            words.push_str(&format!("; {} wrong", plural(self.wrong, "line")));
        }
        words
    }
}

/// What stands in the buffer.
enum Came {
    Line,
    End,
}

/// Reads a line. One that is too long is skipped to its end.
fn line(input: &mut impl BufRead, number: u64, bytes: &mut Vec<u8>) -> Result<Came, Failure> {
    bytes.clear();
    let unread = |error: io::Error| {
        Failure::new(Exit::Failed, "input", format!("cannot read standard input: {error}"))
    };
    let read = input.take(LINE_BYTES_MAX).read_until(b'\n', bytes).map_err(unread)?;
    if read == 0 {
        return Ok(Came::End);
    }
    if read as u64 == LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
        input.skip_until(b'\n').map_err(unread)?;
        return Err(no_action(number, &format!("it is longer than {LINE_BYTES_MAX} bytes")));
    }
    Ok(Came::Line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_never_ends_does_not_fill_the_memory() {
        let long = vec![b'x'; LINE_BYTES_MAX as usize + 9];
        let mut input = io::Cursor::new([&long[..], b"\nnext\n"].concat());
        let mut bytes = Vec::new();
        assert!(line(&mut input, 1, &mut bytes).is_err());
        assert!(matches!(line(&mut input, 2, &mut bytes), Ok(Came::Line)));
        assert_eq!(bytes, b"next\n");
        assert!(matches!(line(&mut input, 3, &mut bytes), Ok(Came::End)));
    }

    #[test]
    fn what_came_of_all_lines_is_told_in_one() {
        let words = |saved, duplicates, wrong| Tally { saved, duplicates, wrong }.words();
        assert_eq!(words(1, 0, 0), "saved 1 action");
        assert_eq!(words(1083, 2, 1), "saved 1083 actions; 2 saved before; 1 line wrong");
    }
}
