//! What diagnostics hold, part for part: how many lines, and how many bytes.

use fieldbook_model::json;
use serde::Serialize;

use super::parts::Part;

/// The lines of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Its name.
    pub part: &'static str,
    /// How many lines.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
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
