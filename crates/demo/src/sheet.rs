//! A CSV file read as rows, and a row read as the fields of a record by a list of columns.
//!
//! Knows nothing about the shop; that is `shop.rs`.

use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use fieldbook_model::{Fields, Json, RecordId};
use sha2::{Digest, Sha256};

use crate::DemoError;

/// 1996-07-04, the day of the first order: the time in the ids of all demo records.
const MADE_MS: u64 = 836_438_400_000;

/// How a column becomes a field.
pub struct Column {
    /// Its name in the file.
    pub csv: &'static str,
    /// Its name in the schema.
    pub field: &'static str,
    pub cell: Cell,
}

/// What stands in the cells of a column. An empty cell is a field left out.
#[derive(Clone, Copy)]
pub enum Cell {
    /// Also exact decimals: they stay the text that they are.
    Text,
    Whole,
    /// `0` or `1`.
    Flag,
    /// A day, with or without a midnight behind it.
    Day,
    /// The number of a row that became a record of this type.
    Ref(&'static str),
}

/// A column of a list of them.
pub const fn column(csv: &'static str, field: &'static str, cell: Cell) -> Column {
    Column { csv, field, cell }
}

/// The id of the record that a row became, the same in every run.
pub fn record_id(of: &str, row: &str) -> RecordId {
    let hash = Sha256::digest(format!("northwind/{of}/{row}"));
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    RecordId::v7(MADE_MS, random)
}

/// The rows of one file.
pub struct Sheet {
    path: PathBuf,
    header: StringRecord,
    rows: Vec<StringRecord>,
}

/// A row with what is needed to name a place in it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    sheet: &'a Sheet,
    cells: &'a StringRecord,
}

impl Sheet {
    /// Reads a whole file.
    pub fn read(folder: &Path, file: &str) -> Result<Self, DemoError> {
        let path = folder.join(file);
        let failed = |source| DemoError::File { path: path.clone(), source };
        let mut reader = ReaderBuilder::new().from_path(&path).map_err(failed)?;
        let header = reader.headers().map_err(failed)?.clone();
        let rows = reader.records().collect::<Result<_, _>>().map_err(failed)?;
        Ok(Self { path, header, rows })
    }

    /// In the order of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { sheet: self, cells })
    }
}

impl<'a> Row<'a> {
    /// A cell as it stands there, blanks and all.
    pub fn cell(self, column: &'static str) -> Result<&'a str, DemoError> {
        let place = self.sheet.header.iter().position(|name| name == column);
        place.and_then(|place| self.cells.get(place)).ok_or_else(|| self.wrong(column, "", "such a column"))
    }

    /// The fields of the record that this row becomes, empty cells left out.
    pub fn fields(self, columns: &[Column]) -> Result<Fields, DemoError> {
        let mut fields = Vec::new();
        for column in columns {
            let cell = self.cell(column.csv)?;
            if !cell.is_empty() {
                fields.push((column.field.to_owned(), self.value(column, cell)?));
            }
        }
        Ok(Fields(fields))
    }

    fn value(self, column: &Column, cell: &str) -> Result<Json, DemoError> {
        let (value, allowed) = match column.cell {
            Cell::Text => (Some(Json::from(cell)), "a text"),
            Cell::Whole => (cell.parse().ok().map(Json::Int), "a whole number"),
            Cell::Flag => (flag(cell), "0 or 1"),
            Cell::Day => (day(cell), "a day such as 1996-07-04 00:00:00.000"),
            Cell::Ref(of) => (Some(Json::Text(record_id(of, cell).to_string())), "the number of a row"),
        };
        value.ok_or_else(|| self.wrong(column.csv, cell, allowed))
    }

    /// That a cell of this row is not what it should be.
    pub fn wrong(self, column: &'static str, found: &str, allowed: &'static str) -> DemoError {
        let line = self.cells.position().map_or(0, csv::Position::line);
        DemoError::Cell { path: self.sheet.path.clone(), line, column, found: found.to_owned(), allowed }
    }
}

fn flag(cell: &str) -> Option<Json> {
    match cell {
        "0" => Some(Json::Bool(false)),
        "1" => Some(Json::Bool(true)),
        _ => None,
    }
}

/// The day of a time that is a midnight. Another time would be lost without a word, so it is refused.
fn day(cell: &str) -> Option<Json> {
    let day = cell.strip_suffix(" 00:00:00.000").unwrap_or(cell);
    (day.len() == 10).then(|| Json::from(day))
}
