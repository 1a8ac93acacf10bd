//! `fieldbook import`: each row of a CSV file becomes a record, by one action of its own whose key says which row it is.
//! So whoever was stopped runs it again, and no row is done twice.
//!
//! ```text
//!   file ──► rows ──► columns: cells to fields ──► batch ──► saved together ──► told in the order of the file
//! ```

mod columns;
mod keys;
mod rows;

use std::path::PathBuf;

use clap::Args;
use csv::ByteRecord;
use fieldbook_device::Device;
use fieldbook_device::store::{Acted, Action};
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, RecordId, Refusal};
use serde::Serialize;

use self::columns::{Asked, Columns, Wanted};
use self::keys::Keys;
use self::rows::{Refused, Rows};
use super::act::Shelf;
use crate::exit::Exit;
use crate::failure::{Failure, Said, SaidForm};
use crate::home::HomeArgs;
use crate::output::plural;
use crate::progress::Progress;
use crate::{clock, output};

/// Rows that are saved in one transaction: more would hold up whoever acts beside.
const BATCH_ROWS: usize = 500;
/// Refused rows that are told to a person one by one.
const TOLD_MAX: u64 = 20;

/// Make a record of each row of a CSV file; whoever was stopped runs it again, and no row is done twice
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook import products.csv --home till-a --type product --map \"Supplier=supplier:name\"

The first line names the columns; a column goes to the field of its name. A row that does not fit is told with its
line and column, and the rest goes on. A column called id gives the records their ids. An empty cell is not set.")]
pub struct Import {
    /// The file; `-` for standard input
    file: PathBuf,
    /// What each row is
    #[arg(long = "type", value_name = "TYPE")]
    of: String,
    /// A column that is called otherwise than its field; with :OTHER it names a record by that one's field OTHER
    #[arg(long = "map", value_name = "COLUMN=FIELD[:OTHER]")]
    maps: Vec<String>,
    /// A column that is left out
    #[arg(long = "skip", value_name = "COLUMN")]
    skips: Vec<String>,
    /// What stands between two cells; without it the first line tells: a comma, a semicolon or a tab
    #[arg(long, value_name = "SIGN")]
    delimiter: Option<char>,
    /// What the action is called in the schema
    #[arg(long, value_name = "ACTION", default_value = EDIT)]
    action: String,
    /// Names this import: the same row is done again under another name
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// Only look whether the rows fit; nothing is saved
    #[arg(long)]
    check: bool,
    /// Write the rows that do not fit into a new CSV file
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// What became of the rows.
#[derive(Debug, Default, Serialize)]
struct Tally {
    saved: u64,
    before: u64,
    refused: u64,
}

/// A row that does not fit, for programs.
#[derive(Serialize)]
struct Wrong<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'a str>,
    error: SaidForm<'a>,
}

/// A row on its way.
struct Row {
    line: u64,
    cells: ByteRecord,
    asked: Result<Action, Unfit>,
}

/// Why a row is not done.
struct Unfit {
    column: Option<String>,
    said: Said,
}

impl Import {
    /// Imports.
    pub fn run(self) -> Result<Exit, Failure> {
        let device = self.home.open()?;
        let schema = device.store().identity().schema.clone();
        let asked = Asked { of: &self.of, maps: &self.maps, skips: &self.skips };
        let mut rows = Rows::open(&self.file, self.delimiter)?;
        let columns = Columns::read(rows.header(), &schema, &asked, Shelf::new(&device)?)?;
        let refused = self.refused.as_deref().map(|path| Refused::create(path, &rows)).transpose()?;
        let progress = Progress::of_bytes(rows.bytes());
        let run = Run {
            keys: Keys::of(&self.name, &self.of),
            tally: Tally::default(),
            batch: Vec::new(),
            import: &self,
            device: &device,
            columns,
            refused,
            progress,
        };
        let tally = run.all(&mut rows)?;
        output::answer(|| tally.words(&self), &tally)?;
        Ok(if tally.refused == 0 { Exit::Done } else { Exit::Refused })
    }
}

/// An import under way.
struct Run<'a> {
    import: &'a Import,
    device: &'a Device,
    columns: Columns<'a>,
    keys: Keys,
    batch: Vec<Row>,
    refused: Option<Refused>,
    progress: Progress,
    tally: Tally,
}

impl Run<'_> {
    fn all(mut self, rows: &mut Rows) -> Result<Tally, Failure> {
        let mut cells = ByteRecord::new();
        loop {
            let more = rows.next(&mut cells)?;
            if more {
                let asked = self.read(&cells)?;
                self.batch.push(Row { line: rows.line(&cells), cells: cells.clone(), asked });
            }
            if self.batch.len() == BATCH_ROWS || !more {
                self.flush().map_err(|failure| self.stopped(failure))?;
                self.progress.to(rows.read());
            }
            if !more {
                return Ok(self.tally);
            }
        }
    }

    /// The action that a row asks for. What it names may be in a row before it, which is saved first then.
    fn read(&mut self, cells: &ByteRecord) -> Result<Result<Action, Unfit>, Failure> {
        let mut read = self.columns.read_row(cells);
        if read.is_err() && self.columns.name_their_own_type() && !self.batch.is_empty() {
            self.flush().map_err(|failure| self.stopped(failure))?;
            read = self.columns.read_row(cells);
        }
        let Wanted { id, fields } = match read {
            Ok(read) => read,
            Err(Unfit { said, .. }) if said.exit == Exit::Failed => return Err(Failure::Said(said)),
            Err(unfit) => return Ok(Err(unfit)),
        };
        let key = self.keys.of_row(id, &fields);
        let id = id.unwrap_or_else(|| RecordId::v7(clock::wall_ms(), clock::random()));
        let changes = vec![Change::Insert { of: self.import.of.clone(), id, fields }];
        Ok(Ok(Action { action: self.import.action.clone(), key: Some(key), changes }))
    }

    /// Saves what is collected, and tells what became of it.
    fn flush(&mut self) -> Result<(), Failure> {
        let batch = std::mem::take(&mut self.batch);
        let actions = batch.iter().filter_map(|row| row.asked.as_ref().ok().cloned()).collect();
        let done = match self.import.check {
            true => self.device.try_all(actions)?,
            false => self.device.act_all(actions)?,
        };
        let mut done = done.into_iter();
        for Row { line, cells, asked } in batch {
            let unfit = match asked {
                Err(unfit) => Some(unfit),
                Ok(_) => done.next().and_then(|done| self.count(done)),
            };
            if let Some(unfit) = unfit {
                self.tell(line, &cells, &unfit)?;
            }
        }
        Ok(())
    }

    fn count(&mut self, done: Result<Acted, Refusal>) -> Option<Unfit> {
        match done {
            Ok(acted) if acted.duplicate => self.tally.before += 1,
            Ok(_) => self.tally.saved += 1,
            Err(refusal) => return Some(self.columns.unfit(refusal)),
        }
        None
    }

    fn tell(&mut self, line: u64, cells: &ByteRecord, unfit: &Unfit) -> Result<(), Failure> {
        self.tally.refused += 1;
        if let Some(refused) = &mut self.refused {
            refused.keep(cells)?;
        }
        let column = unfit.column.as_deref();
        if output::in_json() {
            return output::json(&Wrong { line, column, error: unfit.said.form() });
        }
        let at = column.map(|column| format!(", column {column:?}")).unwrap_or_default();
        match self.tally.refused {
            ..=TOLD_MAX => self.progress.beside(&format!("error: line {line}{at}: {}", unfit.said.words)),
            count if count == TOLD_MAX + 1 => self.progress.beside(
                "More lines do not fit; --json tells them all, and --refused FILE writes them into a file.",
            ),
            _ => {}
        }
        Ok(())
    }

    /// The disk is full, or the like: what to do then.
    fn stopped(&self, failure: Failure) -> Failure {
        match failure {
            Failure::Said(Said { exit, code, words }) => {
                let saved = self.tally.saved + self.tally.before;
                let words =
                    format!("{words} ({saved} rows are saved; run the same command again, and it goes on)");
                Failure::new(exit, code, words)
            }
            closed => closed,
        }
    }
}

impl Tally {
    fn words(&self, import: &Import) -> String {
        let Self { saved, before, refused } = self;
        let mut words = match import.check {
            true => format!("{} would be imported as {}; nothing is saved", plural(*saved, "row"), import.of),
            false => format!("imported {} as {}", plural(*saved, "row"), import.of),
        };
        if *before > 0 {
            words.push_str(&format!("; {} imported before", plural(*before, "row")));
        }
        if *refused > 0 {
            words.push_str(&format!("; {} wrong", plural(*refused, "row")));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Call {
        #[command(flatten)]
        import: Import,
    }

    #[test]
    fn what_came_of_all_rows_is_told_in_one_line() {
        let words = |flags: &[&str], saved, before, refused| {
            let call = ["import", "p.csv", "--type", "product"].iter().chain(flags);
            Tally { saved, before, refused }.words(&Call::parse_from(call).import)
        };
        assert_eq!(words(&[], 1, 0, 0), "imported 1 row as product");
        assert_eq!(
            words(&[], 0, 60_000, 2),
            "imported 0 rows as product; 60000 rows imported before; 2 rows wrong"
        );
        assert_eq!(words(&["--check"], 5, 0, 0), "5 rows would be imported as product; nothing is saved");
    }
}
