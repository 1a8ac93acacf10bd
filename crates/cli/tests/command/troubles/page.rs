//! The page of errors, `docs/guide/errors.md`: what is said of each, held to what the program does.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use fieldbook_model::json;
use serde::Deserialize;

use crate::guides::fits;
use crate::run::Outcome;
use crate::world::file;

const PAGE: &str = "docs/guide/errors.md";

/// What the page says of one error.
#[derive(Debug, Default)]
struct Row {
    says: Vec<String>,
    exit: i32,
    /// For programs; none where nothing failed.
    code: Option<String>,
}

/// A part of the page.
pub struct Page {
    rows: BTreeMap<String, Row>,
    met: RefCell<BTreeSet<String>>,
}

/// What a program reads.
#[derive(Debug, Deserialize)]
struct Told {
    error: Said,
}

#[derive(Debug, Deserialize)]
struct Said {
    code: String,
    words: String,
}

/// The parts of the page that have rows.
pub fn parts() -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let text = fs::read_to_string(file(PAGE)).expect("the page");
    let mut part = "";
    for line in text.lines() {
        part = line.strip_prefix("## ").unwrap_or(part);
        if line.starts_with("### ") && parts.last().is_none_or(|last| last != part) {
            parts.push(part.to_owned());
        }
    }
    parts
}

impl Page {
    /// The rows below a heading.
    pub fn of(part: &str) -> Self {
        let text = fs::read_to_string(file(PAGE)).expect("the page");
        let (_, rest) = text.split_once(&format!("\n## {part}\n")).expect("the part");
        let rest = rest.split("\n## ").next().unwrap_or_default();
        let rows: BTreeMap<String, Row> = rest.split("\n### ").skip(1).map(row).collect();
        assert!(!rows.is_empty(), "{part}");
        Self { rows, met: RefCell::default() }
    }

    /// Makes a call twice, the second time in JSON, and compares with what the page says.
    pub fn check(&self, when: &str, call: &mut dyn FnMut(&[&str]) -> Outcome) {
        let row = self.row(when);
        let told = call(&[]);
        let lines: Vec<&str> = told.err.lines().collect();
        let same =
            lines.len() == row.says.len() && row.says.iter().zip(&lines).all(|(says, line)| fits(says, line));
        assert!(same, "{when}: it says\n\n{}\n\nand {PAGE}\n\n{}\n", told.err, row.says.join("\n"));
        assert_eq!(told.exit, row.exit, "{when}: {told:?}");
        let Some(code) = &row.code else { return };
        let told = call(&["--json"]);
        assert_eq!(told.exit, row.exit, "{when}: {told:?}");
        let said = json::parse::<Told>(told.err.lines().next().unwrap_or_default());
        let said = said.unwrap_or_else(|error| panic!("{when}: {error:?}: {told:?}")).error;
        assert_eq!(&said.code, code, "{when}: {said:?}");
        let says = row.says[0].strip_prefix("error: ").unwrap_or(&row.says[0]);
        assert!(fits(says, &said.words), "{when}: {said:?}");
    }

    /// A row that cannot be tried on this system.
    #[cfg(not(target_os = "linux"))]
    pub fn pass_over(&self, when: &str) {
        self.row(when);
    }

    fn row(&self, when: &str) -> &Row {
        self.met.borrow_mut().insert(when.to_owned());
        self.rows.get(when).unwrap_or_else(|| panic!("{PAGE} has no {when:?}"))
    }

    /// Every row was met.
    pub fn done(self) {
        let met = self.met.into_inner();
        let unmet: Vec<&String> = self.rows.keys().filter(|when| !met.contains(*when)).collect();
        assert!(unmet.is_empty(), "nothing holds these rows of {PAGE}: {unmet:?}");
    }
}

/// A heading, what is printed, and a line such as "Exit 1, `disk-full`. …"
fn row(text: &str) -> (String, Row) {
    let (when, rest) = text.split_once('\n').expect("a heading");
    let (_, rest) = rest.split_once("```text\n").unwrap_or_else(|| panic!("{when}: what it says"));
    let (says, rest) = rest.split_once("\n```\n").unwrap_or_else(|| panic!("{when}: the end of it"));
    let rest = rest.trim_start().strip_prefix("Exit ").unwrap_or_else(|| panic!("{when}: its exit code"));
    let end = rest.find(['.', ',']).expect("an end");
    let code = rest[end..].strip_prefix(", `").and_then(|rest| rest.split_once('`'));
    let row = Row {
        says: says.lines().map(str::to_owned).collect(),
        exit: rest[..end].parse().unwrap_or_else(|_| panic!("{when}: a number")),
        code: code.map(|(code, _)| code.to_owned()),
    };
    (when.to_owned(), row)
}
