//! Pull: a stream of pages, each a text of JSON lines that stands on its own.
//!
//! ```text
//! {"from":{"epoch":1,"version":1400}}
//! {"type":"product","columns":["name","price","stock"]}        the page's type 0, the next is 1 …
//! [0,"0198…2a",1401,["Chai","18.0000",37]]                     a record as it is at `to`
//! [0,"0198…2b",1402]                                           a record that is gone
//! {"answer":{"seq":7,"op_id":"…","version":1402,"verdict":"committed"}}
//! {"settled":{"seq":5,"op_id":"…","version":1402,"state":"committed","by":"…"}}   an own op that was held is so no longer
//! {"end":{"to":{"epoch":1,"version":1402},"head":1402,"more":false,"time":"…"}}
//! ```
//!
//! Rows come in the order of their versions; the answers and settlements are those of the device's own ops with
//! a version in `(from, to]`, from the same snapshot as the rows (rule 1), an op's answer before its settlement.

use std::fmt::{self, Write as _};

use fieldbook_model::json::{self, Category, Json, JsonError, Words};
use fieldbook_model::{Cursor, RecordId, Version, WallTime};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::push::{Answer, Settlement};

/// `POST …/pull`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRequest {
    /// What the device has.
    pub cursor: Cursor,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// It continues from here.
    pub from: Cursor,
    /// The record types that its rows name by number.
    pub types: Vec<Columns>,
    /// In the order of their versions.
    pub rows: Vec<PulledRow>,
    /// In the order of their versions.
    pub answers: Vec<Answer>,
    /// In the order of their versions.
    pub settled: Vec<Settlement>,
    /// It reaches to here.
    pub end: PageEnd,
}

/// A record type as a page's rows have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The record type.
    #[serde(rename = "type")]
    pub of: String,
    /// The fields in the order of the rows' values.
    pub columns: Vec<String>,
}

/// A record as a page has it.
#[derive(Debug, Clone, PartialEq)]
pub struct PulledRow {
    /// The number of its type in this page.
    pub of: usize,
    /// Its id.
    pub id: RecordId,
    /// The version that changed it last.
    pub version: Version,
    /// Its values, or `None` when it is gone.
    pub values: Option<Vec<Json>>,
}

/// The last line of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEnd {
    /// Whoever applies the page has everything up to here.
    pub to: Cursor,
    /// The last version of the workspace when the page was read.
    pub head: Version,
    /// Whether more pages follow before the device is level.
    pub more: bool,
    /// The server's clock.
    pub time: WallTime,
}

/// Why a text is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// A line is not what it should be.
    #[error("line {line} of a page: {error}")]
    Line {
        /// 1 is the first.
        line: usize,
        /// What is wrong with it.
        error: JsonError,
    },
    /// The text stops before the end line, or goes on after it.
    #[error("a page that is cut off")]
    CutOff,
}

impl<'de> Deserialize<'de> for PulledRow {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = PulledRow;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[type, id, version] or [type, id, version, values]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PulledRow, A::Error> {
                let short = |_| de::Error::custom(Words("a row is cut short"));
                let of = seq.next_element()?.ok_or(()).map_err(short)?;
                let id = seq.next_element()?.ok_or(()).map_err(short)?;
                let version = seq.next_element()?.ok_or(()).map_err(short)?;
                Ok(PulledRow { of, id, version, values: seq.next_element()? })
            }
        }
        d.deserialize_seq(Parts)
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineForm {
    from: Option<Cursor>,
    #[serde(rename = "type")]
    of: Option<String>,
    columns: Option<Vec<String>>,
    answer: Option<Answer>,
    settled: Option<Settlement>,
    end: Option<PageEnd>,
}

/// What a line of a page says.
enum Line {
    From(Cursor),
    Columns(Columns),
    Answer(Answer),
    Settled(Settlement),
    End(PageEnd),
}

impl Line {
    /// A line that says exactly one thing.
    fn of(form: LineForm) -> Option<Self> {
        match form {
            LineForm {
                from: Some(from),
                of: None,
                columns: None,
                answer: None,
                settled: None,
                end: None,
            } => Some(Self::From(from)),
            LineForm {
                from: None,
                of: Some(of),
                columns: Some(columns),
                answer: None,
                settled: None,
                end: None,
            } => Some(Self::Columns(Columns { of, columns })),
            LineForm {
                from: None,
                of: None,
                columns: None,
                answer: Some(answer),
                settled: None,
                end: None,
            } => Some(Self::Answer(answer)),
            LineForm { from: None, of: None, columns: None, answer: None, settled: Some(it), end: None } => {
                Some(Self::Settled(it))
            }
            LineForm { from: None, of: None, columns: None, answer: None, settled: None, end: Some(end) } => {
                Some(Self::End(end))
            }
            _ => None,
        }
    }
}

impl Page {
    /// Reads a page from its lines.
    pub fn read(text: &str) -> Result<Self, PageError> {
        let mut from = None;
        let (mut types, mut rows) = (Vec::new(), Vec::new());
        let (mut answers, mut settled) = (Vec::new(), Vec::new());
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let error = |error| PageError::Line { line: number + 1, error };
            if line.starts_with('[') {
                let row: PulledRow = json::parse(line).map_err(error)?;
                if row.of >= types.len() {
                    return Err(error(JsonError::new(
                        Category::Shape,
                        "a row of a type that the page did not name",
                    )));
                }
                rows.push(row);
                continue;
            }
            match Line::of(json::parse(line).map_err(error)?) {
                Some(Line::From(cursor)) if number == 0 => from = Some(cursor),
                Some(Line::Columns(columns)) => types.push(columns),
                Some(Line::Answer(answer)) => answers.push(answer),
                Some(Line::Settled(settlement)) => settled.push(settlement),
                Some(Line::End(end)) => {
                    let from = from.ok_or(PageError::CutOff)?;
                    return match lines.next() {
                        None => Ok(Self { from, types, rows, answers, settled, end }),
                        Some(_) => Err(PageError::CutOff),
                    };
                }
                _ => return Err(error(JsonError::new(Category::Shape, "no line of a page"))),
            }
        }
        Err(PageError::CutOff)
    }
}

/// Puts a page together. Rows' values go in as the text that the store holds.
#[derive(Debug)]
pub struct PageWriter {
    text: String,
}

impl PageWriter {
    /// Starts a page that continues from a cursor.
    pub fn new(from: Cursor) -> Self {
        Self { text: format!("{{\"from\":{}}}\n", json::write(&from)) }
    }
    /// Names a record type; rows speak of it by the number of types named before it.
    pub fn columns(&mut self, columns: &Columns) {
        self.text.push_str(&json::write(columns));
        self.text.push('\n');
    }
    /// A record with its values, which are the JSON text of a list.
    pub fn row(&mut self, of: usize, id: RecordId, version: Version, values: &str) {
        let mut buffer = [0; 36];
        let id = id.encode(&mut buffer);
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "[{of},\"{id}\",{version},{values}]");
    }
    /// A record that is gone.
    pub fn gone(&mut self, of: usize, id: RecordId, version: Version) {
        let _ = writeln!(self.text, "[{of},\"{id}\",{version}]");
    }
    /// An answer to an op of the device that pulls.
    pub fn answer(&mut self, answer: &Answer) {
        let _ = writeln!(self.text, "{{\"answer\":{}}}", json::write(answer));
    }
    /// What became of an op of the device that pulls.
    pub fn settled(&mut self, settlement: &Settlement) {
        let _ = writeln!(self.text, "{{\"settled\":{}}}", json::write(settlement));
    }
    /// The bytes so far.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }
    /// The whole page.
    pub fn end(mut self, end: &PageEnd) -> String {
        let _ = writeln!(self.text, "{{\"end\":{}}}", json::write(end));
        self.text
    }
}

/// Cuts a stream of pages into pages as its bytes arrive.
#[derive(Debug, Default)]
pub struct Pages {
    buffer: Vec<u8>,
    /// Where the line begins that is not complete yet.
    line: usize,
    /// Up to where it was searched.
    searched: usize,
}

/// The largest page that a device takes in, in bytes.
pub const PAGE_BYTES_MAX: usize = 64 << 20;

impl Pages {
    /// Takes in bytes, and gives back what is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, PageError> {
        self.buffer.extend_from_slice(bytes);
        let mut pages = Vec::new();
        while let Some(at) = self.buffer[self.searched..].iter().position(|b| *b == b'\n') {
            let next = self.searched + at + 1;
            let ends = self.buffer[self.line..next].starts_with(b"{\"end\":");
            (self.line, self.searched) = (next, next);
            if ends {
                let rest = self.buffer.split_off(next);
                let page = std::mem::replace(&mut self.buffer, rest);
                (self.line, self.searched) = (0, 0);
                pages.push(String::from_utf8(page).map_err(|_| PageError::CutOff)?);
            }
        }
        self.searched = self.buffer.len();
        match self.buffer.len() > PAGE_BYTES_MAX {
            true => Err(PageError::CutOff),
            false => Ok(pages),
        }
    }
    /// Whether the stream ended between two pages.
    pub fn is_whole(&self) -> bool {
        self.buffer.is_empty()
    }
}
