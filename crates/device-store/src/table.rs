//! The result of a query, and its one writing as JSON.

use std::fmt::Write as _;

use fieldbook_model::chain::Hash;
use fieldbook_model::json;

/// The result of a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows, each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Whether there were more rows than were asked for.
    pub cut: bool,
}

/// A value of a query's result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL
    Null,
    /// A whole number.
    Int(i64),
    /// A floating number; no column of ours holds one, but a query may compute one.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Cell {
    /// As JSON; bytes as hexadecimal digits, a number that is none as `null`.
    pub fn json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Real(number) => json::write(number),
            Self::Text(text) => json::write(text),
            Self::Blob(bytes) => {
                let digits = bytes.iter().fold(String::new(), |mut text, byte| {
                    // Writing to a String cannot fail.
                    let _ = write!(text, "{byte:02x}");
                    text
                });
                format!("\"{digits}\"")
            }
        }
    }
}

impl Table {
    /// The columns' names as a JSON list.
    pub fn head(&self) -> String {
        json::write(&self.columns)
    }

    /// Each row as a JSON list.
    pub fn lists(&self) -> impl Iterator<Item = String> {
        self.rows.iter().map(|row| {
            let cells: Vec<String> = row.iter().map(Cell::json).collect();
            format!("[{}]", cells.join(","))
        })
    }

    /// Each row as a JSON object. Columns of one name stand in it more than once: name them apart.
    pub fn objects(&self) -> impl Iterator<Item = String> {
        self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            let cells = cells.map(|(name, cell)| format!("{}:{}", json::write(name), cell.json()));
            format!("{{{}}}", cells.collect::<Vec<_>>().join(","))
        })
    }

    /// Of everything in it: two tables with one hash are equal.
    pub(crate) fn hash(&self) -> Hash {
        let mut text = self.head();
        for row in &self.rows {
            for cell in row {
                let _ = writeln!(text, "{}{}", kind(cell), cell.json());
            }
        }
        Hash::of(text.as_bytes())
    }
}

fn kind(cell: &Cell) -> char {
    match cell {
        Cell::Null => 'n',
        Cell::Int(_) => 'i',
        Cell::Real(_) => 'r',
        Cell::Text(_) => 't',
        Cell::Blob(_) => 'b',
    }
}
