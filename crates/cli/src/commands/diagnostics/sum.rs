//! What diagnostics hold, part for part: how many lines, and how many bytes.

use fieldbook_model::json;
use fieldbook_protocol::diagnostics::Part;
use serde::Serialize;

use crate::table::{Shown, table};

/// The lines of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    part: &'static str,
    lines: u64,
    bytes: u64,
}

/// What there is, in the order in which it stands there.
pub fn sums(parts: &[Part]) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    for part in parts {
        let bytes = json::write(part).len() as u64 + 1;
        match sums.iter_mut().find(|sum| sum.part == part.name()) {
            Some(sum) => (sum.lines, sum.bytes) = (sum.lines + 1, sum.bytes + bytes),
            None => sums.push(Sum { part: part.name(), lines: 1, bytes }),
        }
    }
    sums
}

/// For people.
pub fn told(sums: &[Sum]) -> String {
    let number = |number: u64| Shown::Number(number.to_string());
    let row = |sum: &Sum| vec![Shown::Text(sum.part.to_owned()), number(sum.lines), number(sum.bytes)];
    table(&["part", "lines", "bytes"].map(str::to_owned), &sums.iter().map(row).collect::<Vec<_>>())
}
