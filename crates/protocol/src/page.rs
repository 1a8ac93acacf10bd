//! Pull: a stream of pages, each a text of JSON lines that stands on its own.
//!
//! ```text
//! {"from":{"epoch":1,"version":1400},"base":1400,"view":"1.0.0"}
//! {"type":"product","columns":["name","price","stock"]}        the page's type 0, the next is 1 …
//! {"type":"asset","in":["estate/0198…","floor/0198…"],"columns":["floor","status"]}    the same type in another scope is another number
//! [0,"0198…2a",1401,["Chai","18.0000",37]]                     a record as it is at `to`
//! [0,"0198…2b",1402]                                           a record that is gone
//! [1,"0198…2c",1402,null]                                      a record that is none of this view's any more
//! {"answer":{"seq":7,"op_id":"…","version":1402,"verdict":"committed"}}
//! {"settled":{"seq":5,"op_id":"…","version":1402,"state":"committed","by":"…"}}   an own op that was held is so no longer
//! {"sums":{"parts":[{"is":{"rows":1,"sum":"…"}}]}}    what the view comes to, in the last page for whoever asked for it
//! {"end":{"to":{"epoch":1,"version":1402},"head":1402,"hash":"…","more":false,"schema":3,"newest":3,"time":"…"}}
//! ```
//!
//! `cuts` is the mark of the cut-offs that the page leaves out by. `base` is what the device has when the page comes to it: 0 is a snapshot, which takes the place of all that the device
//! has. `view` names what the rows are a view of; pages of one pull that belong together have the same.
//! Rows come in the order of their versions; the answers and settlements are those of the device's own ops with
//! a version in `(from, to]`, from the same snapshot as the rows (rule 1), an op's answer before its settlement.

use std::fmt::{self, Write as _};

use fieldbook_model::chain::Hash;
use fieldbook_model::json::{self, Category, Json, JsonError, Words};
use fieldbook_model::{Cursor, Cut, RecordId, Scope, Version, WallTime};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::branch::Branch;
use crate::push::{Answer, Settlement};
use crate::sums::Sums;
use crate::trail::Trail;

/// `POST …/pull`, and `POST …/live`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PullRequest {
    /// What the device has.
    pub cursor: Cursor,
    /// What it remembers of the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Box<Trail>>,
    /// Its log, if that begins as a copy of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Box<Branch>>,
    /// The scopes that it has, beside the root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<ScopeAsk>,
    /// What it leaves out by age (rule 35).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<Cut>,
    /// It wants everything anew: a snapshot that takes the place of all that it has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
    /// How far it got with the pages of this pull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<Staged>,
    /// A scope whose snapshot it has apart, to be joined with the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// Only this scope, from its beginning: a snapshot to be kept apart. Without answers and settlements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<ScopeAsk>,
    /// The version of the schema in which it wants its rows; without it, the server's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<u32>,
    /// It wants to compare: the last page says what the view comes to. This stands in the URL and not in the body, so that
    /// a server which does not know it passes it over.
    #[serde(skip)]
    pub compare: bool,
}

impl PullRequest {
    /// What a pull of it asks for, behind the path of its workspace. That the device compares is not in the body: a server that does
    /// not know it passes it over.
    pub fn path(&self) -> &'static str {
        if self.compare { "pull?compare=true" } else { "pull" }
    }

    /// All that is new at the root since a cursor.
    pub fn since(cursor: Cursor) -> Self {
        Self { cursor, ..Self::default() }
    }
}

/// A scope that a device has or wants. The scopes around it come with it, without what else lies beneath those.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeAsk {
    /// Which.
    pub scope: Scope,
    /// With all scopes that lie in it.
    #[serde(default)]
    pub beneath: bool,
}

/// How far a pull of several pages got.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staged {
    /// The end of the last page that was kept.
    pub version: Version,
    /// The `view` of those pages.
    pub view: String,
}

/// A scope whose snapshot is there.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Which.
    pub ask: ScopeAsk,
    /// How far the snapshot reaches.
    pub staged: Staged,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Where it starts, and what it is a view of.
    pub start: PageStart,
    /// The record types that its rows name by number.
    pub types: Vec<Columns>,
    /// In the order of their versions.
    pub rows: Vec<PulledRow>,
    /// In the order of their versions.
    pub answers: Vec<Answer>,
    /// In the order of their versions.
    pub settled: Vec<Settlement>,
    /// What the view comes to, for a device that asked for it.
    pub sums: Option<Sums>,
    /// It reaches to here.
    pub end: PageEnd,
}

/// The first line of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageStart {
    /// It continues from here.
    pub from: Cursor,
    /// What the device has when the page comes to it; 0: nothing that counts any more.
    pub base: Version,
    /// What it is a view of.
    pub view: String,
    /// The scope that it joins with the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Scope>,
    /// The scope of which alone it is a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<Scope>,
    /// The mark of the cut-offs by which it leaves records out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<String>,
    /// Where the scopes that the device has lie, said where a snapshot of the whole view begins: each with those around it, the
    /// outermost first. One alone lies where its user reads nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Vec<Scope>>,
}

/// A record type as a page's rows have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The record type.
    #[serde(rename = "type")]
    pub of: String,
    /// The scopes around the rows, the outermost first.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
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
    /// What it is.
    pub state: RowState,
}

impl PulledRow {
    /// Its values, where it is a record of the view.
    pub fn values(&self) -> Option<&[Json]> {
        match &self.state {
            RowState::Is(values) => Some(values),
            RowState::Gone | RowState::Left => None,
        }
    }
}

/// What a page says of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RowState {
    /// It holds these values.
    Is(Vec<Json>),
    /// It is deleted.
    Gone,
    /// It is none of the view's any more.
    Left,
}

/// The last line of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageEnd {
    /// Whoever applies the page has everything up to here.
    pub to: Cursor,
    /// The last version of the workspace when the page was read.
    pub head: Version,
    /// The running hash of the server's log at `to`.
    pub hash: Hash,
    /// The same at `head`, where that is further. The rows are as they were there, so a server that lost what lies between is
    /// not to go on with pages that are kept (rule 4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_hash: Option<Hash>,
    /// For whoever asked in an older epoch: its numbers beyond this mean nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Version>,
    /// What was deleted up to here may be forgotten; nothing is said where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<Version>,
    /// Up to here a backup of the workspace is known to be safe (rule 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Version>,
    /// Whether more pages follow before the device is level.
    pub more: bool,
    /// The version of the schema that the rows are of.
    pub schema: u32,
    /// The newest version that the workspace has.
    pub newest: u32,
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
                f.write_str("[type, id, version], [type, id, version, values] or [type, id, version, null]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PulledRow, A::Error> {
                let short = |_| de::Error::custom(Words("a row is cut short"));
                let of = seq.next_element()?.ok_or(()).map_err(short)?;
                let id = seq.next_element()?.ok_or(()).map_err(short)?;
                let version = seq.next_element()?.ok_or(()).map_err(short)?;
                let state = match seq.next_element::<Option<Vec<Json>>>()? {
                    None => RowState::Gone,
                    Some(None) => RowState::Left,
                    Some(Some(values)) => RowState::Is(values),
                };
                Ok(PulledRow { of, id, version, state })
            }
        }
        d.deserialize_seq(Parts)
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineForm {
    from: Option<Cursor>,
    base: Option<Version>,
    view: Option<String>,
    join: Option<Scope>,
    load: Option<Scope>,
    cuts: Option<String>,
    places: Option<Vec<Vec<Scope>>>,
    #[serde(rename = "type")]
    of: Option<String>,
    #[serde(rename = "in")]
    scopes: Option<Vec<Scope>>,
    columns: Option<Vec<String>>,
    answer: Option<Answer>,
    settled: Option<Settlement>,
    sums: Option<Sums>,
    end: Option<PageEnd>,
}

/// What a line of a page says.
enum Line {
    Start(PageStart),
    Columns(Columns),
    Answer(Answer),
    Settled(Settlement),
    Sums(Sums),
    End(PageEnd),
}

impl Line {
    /// A line that says exactly one thing.
    fn of(form: LineForm) -> Option<Self> {
        let LineForm { from, base, view, join, load, cuts, places, .. } = form;
        let LineForm { of, scopes, columns, answer, settled, sums, end, .. } = form;
        let start = (from, base, view, join, load, cuts, places);
        let rows = (of, scopes, columns);
        match (start, rows, (answer, settled, sums, end)) {
            (
                (Some(from), Some(base), Some(view), join, load, cuts, places),
                (None, None, None),
                (None, None, None, None),
            ) => {
                let places = places.unwrap_or_default();
                Some(Self::Start(PageStart { from, base, view, join, load, cuts, places }))
            }
            (
                (None, None, None, None, None, None, None),
                (Some(of), scopes, Some(columns)),
                (None, None, None, None),
            ) => Some(Self::Columns(Columns { of, scopes: scopes.unwrap_or_default(), columns })),
            (
                (None, None, None, None, None, None, None),
                (None, None, None),
                (Some(answer), None, None, None),
            ) => Some(Self::Answer(answer)),
            (
                (None, None, None, None, None, None, None),
                (None, None, None),
                (None, Some(settled), None, None),
            ) => Some(Self::Settled(settled)),
            (
                (None, None, None, None, None, None, None),
                (None, None, None),
                (None, None, Some(sums), None),
            ) => Some(Self::Sums(sums)),
            (
                (None, None, None, None, None, None, None),
                (None, None, None),
                (None, None, None, Some(end)),
            ) => Some(Self::End(end)),
            _ => None,
        }
    }
}

impl Page {
    /// Reads a page from its lines.
    pub fn read(text: &str) -> Result<Self, PageError> {
        let mut start = None;
        let (mut types, mut rows) = (Vec::new(), Vec::new());
        let (mut answers, mut settled, mut sums) = (Vec::new(), Vec::new(), None);
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
                Some(Line::Start(line)) if number == 0 => start = Some(line),
                Some(Line::Columns(columns)) => types.push(columns),
                Some(Line::Answer(answer)) => answers.push(answer),
                Some(Line::Settled(settlement)) => settled.push(settlement),
                Some(Line::Sums(line)) if sums.is_none() => sums = Some(line),
                Some(Line::End(end)) => {
                    let start = start.ok_or(PageError::CutOff)?;
                    return match lines.next() {
                        None => Ok(Self { start, types, rows, answers, settled, sums, end }),
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
    /// Starts a page.
    pub fn new(start: &PageStart) -> Self {
        Self { text: json::write(start) + "\n" }
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
    /// A record that is none of this view's any more.
    pub fn left(&mut self, of: usize, id: RecordId, version: Version) {
        let _ = writeln!(self.text, "[{of},\"{id}\",{version},null]");
    }
    /// An answer to an op of the device that pulls.
    pub fn answer(&mut self, answer: &Answer) {
        let _ = writeln!(self.text, "{{\"answer\":{}}}", json::write(answer));
    }
    /// What became of an op of the device that pulls.
    pub fn settled(&mut self, settlement: &Settlement) {
        let _ = writeln!(self.text, "{{\"settled\":{}}}", json::write(settlement));
    }
    /// What the view comes to.
    pub fn sums(&mut self, sums: &Sums) {
        let _ = writeln!(self.text, "{{\"sums\":{}}}", json::write(sums));
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
        let (mut pages, mut begins) = (Vec::new(), 0);
        while let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
            let next = self.searched + at + 1;
            let ends = self.buffer[self.line..next].starts_with(b"{\"end\":");
            (self.line, self.searched) = (next, next);
            if ends {
                let page = String::from_utf8(self.buffer[begins..next].to_vec());
                begins = next;
                pages.push(page.map_err(|_| PageError::CutOff));
            }
        }
        // What is left behind many pages is moved once.
        self.buffer.drain(..begins);
        self.line -= begins;
        self.searched = self.buffer.len();
        match self.buffer.len() > PAGE_BYTES_MAX {
            true => Err(PageError::CutOff),
            false => pages.into_iter().collect(),
        }
    }
    /// Whether the stream ended between two pages.
    pub fn is_whole(&self) -> bool {
        self.buffer.is_empty()
    }
}
