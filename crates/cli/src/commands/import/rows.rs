//! The rows of a CSV file as they stand in it, and the file of those that do not fit.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use csv::ByteRecord;

use crate::exit::Exit;
use crate::failure::Failure;

/// As much of a file as is looked at for its delimiter.
const HEAD_BYTES: usize = 64 << 10;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// A file's rows.
pub struct Rows {
    csv: csv::Reader<Box<dyn Read>>,
    header: ByteRecord,
    delimiter: u8,
    bytes: Option<u64>,
    name: String,
}

impl Rows {
    /// Opens a file, `-` for standard input, and reads its first line.
    pub fn open(path: &Path, delimiter: Option<char>) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let unread = |error: io::Error| unread(&name, &error);
        let (input, bytes): (Box<dyn Read>, _) = match path == Path::new("-") {
            true => (Box::new(io::stdin()), None),
            false => {
                let file = File::open(path).map_err(unread)?;
                let meta = file.metadata().map_err(unread)?;
                if meta.is_dir() {
                    return Err(Failure::wrong(format!("{name} is a folder; name a CSV file")));
                }
                (Box::new(file), Some(meta.len()))
            }
        };
        let mut input = BufReader::with_capacity(HEAD_BYTES, input);
        let head = input.fill_buf().map_err(unread)?;
        if UTF16_MARKS.iter().any(|mark| head.starts_with(mark)) {
            let words = format!("{name} is written in UTF-16; save it as CSV in UTF-8 and import that");
            return Err(Failure::new(Exit::Wrong, "wrong-file", words));
        }
        let mark = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let delimiter = match delimiter {
            Some(sign) => one_byte(sign)?,
            None => guessed(&head[mark..]),
        };
        input.consume(mark);
        let input: Box<dyn Read> = Box::new(input);
        let mut csv = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(input);
        let header = csv.byte_headers().map_err(|error| wrong_csv(&name, error))?.clone();
        if header.iter().all(<[u8]>::is_empty) {
            let words = format!("{name} is empty; its first line names the columns");
            return Err(Failure::new(Exit::Wrong, "wrong-file", words));
        }
        Ok(Self { csv, header, delimiter, bytes, name })
    }

    /// The names of the columns.
    pub fn header(&self) -> &ByteRecord {
        &self.header
    }

    /// How large the file is, where that is known.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// How many bytes of it are read.
    pub fn read(&self) -> u64 {
        self.csv.position().byte()
    }

    /// Reads the next row; `false` at the end.
    pub fn next(&mut self, cells: &mut ByteRecord) -> Result<bool, Failure> {
        self.csv.read_byte_record(cells).map_err(|error| wrong_csv(&self.name, error))
    }

    /// The line at which a row begins.
    pub fn line(&self, cells: &ByteRecord) -> u64 {
        cells.position().map_or(0, csv::Position::line)
    }
}

fn unread(name: &str, error: &io::Error) -> Failure {
    let exit = if error.kind() == io::ErrorKind::NotFound { Exit::Wrong } else { Exit::Failed };
    Failure::new(exit, "input", format!("cannot read {name}: {error}"))
}

fn wrong_csv(name: &str, error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unread(name, &error),
        kind => Failure::new(Exit::Wrong, "wrong-file", format!("{name} is no CSV file: {kind:?}")),
    }
}

fn one_byte(sign: char) -> Result<u8, Failure> {
    let byte = u8::try_from(sign).ok().filter(|byte| byte.is_ascii() && !b"\"\r\n".contains(byte));
    byte.ok_or_else(|| {
        Failure::wrong(format!("--delimiter {sign:?}: one ASCII sign such as ; belongs there"))
    })
}

/// What stands between the names of the columns: whichever of the usual signs is there most often, outside of quotes.
fn guessed(head: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in head {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            byte if !is_quoted => {
                counts.iter_mut().filter(|(sign, _)| sign == byte).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    // Of equals the first.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}

/// The rows that do not fit, in a file that can be mended and imported.
pub struct Refused {
    csv: csv::Writer<File>,
    name: String,
}

impl Refused {
    /// Makes the file, which must not be there, with the same first line.
    pub fn create(path: &Path, rows: &Rows) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let file = File::options().write(true).create_new(true).open(path).map_err(|error| {
            let words = match error.kind() {
                io::ErrorKind::AlreadyExists => format!("{name} is there already; name a new file"),
                _ => format!("cannot make {name}: {error}"),
            };
            Failure::new(Exit::Wrong, "output", words)
        })?;
        let csv = csv::WriterBuilder::new().delimiter(rows.delimiter).flexible(true).from_writer(file);
        let mut refused = Self { csv, name };
        refused.keep(rows.header())?;
        Ok(refused)
    }

    /// Adds a row.
    pub fn keep(&mut self, cells: &ByteRecord) -> Result<(), Failure> {
        let written = self.csv.write_byte_record(cells).and_then(|()| Ok(self.csv.flush()?));
        written.map_err(|error| {
            Failure::new(Exit::Failed, "output", format!("cannot write {}: {error}", self.name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_what_stands_between_cells() {
        let check = |head: &str, sign: u8| assert_eq!(guessed(head.as_bytes()), sign, "{head}");
        check("name,price\nTea;x;y;z", b',');
        check("name;price, net;stock\n", b';');
        check("name\tprice", b'\t');
        check("\"a,b,c\";d", b';');
        check("name", b',');
    }
}
