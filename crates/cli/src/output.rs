//! The only place that prints. Results go to standard output, words about them to standard error; a reader
//! that went away (`fieldbook log | head`) ends the command in peace.

use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use fieldbook_model::json;
use serde::Serialize;

use crate::colour::{self, Paint};
use crate::exit::Exit;
use crate::failure::{Failure, Said, SaidForm};

/// Whether this process answers in JSON.
static IN_JSON: AtomicBool = AtomicBool::new(false);

/// Says in which form this process answers, once it is known.
pub fn answer_in_json(json: bool) {
    IN_JSON.store(json, Ordering::Relaxed);
}

/// Whether this process answers in JSON.
pub fn in_json() -> bool {
    IN_JSON.load(Ordering::Relaxed)
}

/// Answers: with a line of words for people, with an object for programs.
pub fn answer<T: Serialize>(words: impl FnOnce() -> String, value: &T) -> Result<(), Failure> {
    match in_json() {
        true => json(value),
        false => line(&words()),
    }
}

/// Prints a line, or several, of result.
pub fn line(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written =
        out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    written.map_err(failure)
}

/// Prints a result as one line of JSON.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<(), Failure> {
    line(&json::write(value))
}

/// Prints many lines of result with few writes.
pub fn lines(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in lines {
        out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(failure)?;
    }
    out.flush().map_err(failure)
}

/// Prints a result that is a file's content.
pub fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(failure)
}

/// Says something that is no result. Nobody may be listening, and that is no failure.
pub fn note(words: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", visible(words));
}

/// Tells an error.
pub fn error(said: &Said) {
    #[derive(Serialize)]
    struct Form<'a> {
        error: SaidForm<'a>,
    }
    match in_json() {
        true => note(&json::write(&Form { error: said.form() })),
        false => {
            let words = visible(&said.words);
            let _ = writeln!(io::stderr().lock(), "{} {words}", colour::err(Paint::Bad, "error:"));
        }
    }
}

fn failure(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::new(Exit::Failed, "output", format!("cannot write to standard output: {error}")),
    }
}

/// So many of something.
pub fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("{count} {noun}") } else { format!("{count} {noun}s") }
}

/// A text of somebody's data as a terminal may show it: no line breaks, and nothing that steers the terminal.
pub fn visible(text: &str) -> String {
    let sign = |sign: char| match sign {
        '\n' => "⏎".to_owned(),
        '\t' => " ".to_owned(),
        sign if sign.is_control() => sign.escape_default().to_string(),
        sign => sign.to_string(),
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_steer_the_terminal() {
        assert_eq!(visible("Obere Str. 57\n2. Stock"), "Obere Str. 57⏎2. Stock");
        assert_eq!(visible("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(visible("Käse"), "Käse");
    }
}
