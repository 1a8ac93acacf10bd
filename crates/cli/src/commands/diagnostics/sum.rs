//! What diagnostics hold, part for part, as a table.

use fieldbook_protocol::diagnostics::Sum;

use crate::table::{Shown, table};

/// For people.
pub fn told(sums: &[Sum]) -> String {
    let number = |number: u64| Shown::Number(number.to_string());
    let row = |sum: &Sum| vec![Shown::Text(sum.part.to_owned()), number(sum.lines), number(sum.bytes)];
    table(&["part", "lines", "bytes"].map(str::to_owned), &sums.iter().map(row).collect::<Vec<_>>())
}
