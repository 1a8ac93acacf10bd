//! Colour, for a person at a terminal and for nobody else: never in a file or a pipe, never in JSON, and never against the
//! person's wish (`NO_COLOR`, `TERM=dumb`, `--color never`). What it says is in the words too.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};

use clap::ValueEnum;

/// When there is colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Wherever it goes.
    Always,
    /// Nowhere.
    Never,
}

/// What is told by a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// What stands above other things.
    Heading,
    /// All is well.
    Good,
    /// Something is under way, or waits.
    Waits,
    /// Something needs a person.
    Bad,
    /// What matters less.
    Quiet,
}

/// Whether there is colour on standard output, and on standard error.
static ON: [AtomicBool; 2] = [AtomicBool::new(false), AtomicBool::new(false)];

/// Says when there is colour, once it is known.
pub fn choose(when: When) {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let unwanted = set("NO_COLOR") || dumb;
    let [out, err] = [io::stdout().is_terminal(), io::stderr().is_terminal()];
    ON[0].store(is_on(when, out, unwanted), Ordering::Relaxed);
    ON[1].store(is_on(when, err, unwanted), Ordering::Relaxed);
}

fn is_on(when: When, terminal: bool, unwanted: bool) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !unwanted,
    }
}

/// Whether standard output has colour.
pub fn is_on_output() -> bool {
    ON[0].load(Ordering::Relaxed)
}

/// A text for standard output.
pub fn out(paint: Paint, text: &str) -> String {
    painted(is_on_output(), paint, text)
}

/// A text for standard error.
pub fn err(paint: Paint, text: &str) -> String {
    painted(ON[1].load(Ordering::Relaxed), paint, text)
}

fn painted(on: bool, paint: Paint, text: &str) -> String {
    let code = match paint {
        Paint::Heading => "1",
        Paint::Good => "32",
        Paint::Waits => "33",
        Paint::Bad => "1;31",
        Paint::Quiet => "2",
    };
    match on && !text.is_empty() {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_colour_where_a_person_looks_and_wants_it() {
        let cases = [
            (When::Auto, true, false, true),
            (When::Auto, false, false, false),
            (When::Auto, true, true, false),
            (When::Always, false, true, true),
            (When::Never, true, false, false),
        ];
        for (when, terminal, unwanted, expected) in cases {
            assert_eq!(is_on(when, terminal, unwanted), expected, "{when:?} {terminal} {unwanted}");
        }
    }

    #[test]
    fn a_colour_ends_where_its_text_ends() {
        assert_eq!(painted(true, Paint::Bad, "error:"), "\u{1b}[1;31merror:\u{1b}[0m");
        assert_eq!(painted(true, Paint::Bad, ""), "");
        assert_eq!(painted(false, Paint::Bad, "error:"), "error:");
    }
}
