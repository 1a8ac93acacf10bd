//! Device and server compare what they hold (rule 35): when that is due, what came of it, and how a difference is mended.
//!
//! ```text
//!   due ──► a pull with `compare` ──► its last page brings the server's sums ──► the same
//!    ▲                                          │
//!    └── a fresh snapshot, compared again ◄── a difference, noted        after two of them in vain: it stays noted
//! ```
//!
//! It is compared at the version of that page and at no other, and with the scopes and cut-offs that it was asked with;
//! what came in between leaves it to the next pull.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Scope, Version, WallTime, cut, json};
use fieldbook_protocol::{Page, PartSum, Sums};
use rusqlite::params;

use crate::connect::FORMAT;
use crate::cuts;
use crate::error::StoreError;
use crate::marks::Marks;
use crate::notes;
use crate::open::{Durability, Store, Tx};
use crate::scopes;
use crate::sums;

/// The note that somebody wants it compared.
const WANTED: &str = "compare";
/// The note of what came of it last.
const LAST: &str = "compared";
/// By itself a device compares once in so long, in milliseconds.
const EVERY_MS: u64 = 24 * 60 * 60 * 1_000;
/// After so many repairs in a row that did not help no other is tried.
const REPAIRS_MAX: u32 = 2;
/// So many differences stay noted.
const NOTED_MAX: u32 = 20;

/// What came of comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// When, by this device's clock.
    pub at: WallTime,
    /// How many parts were compared; the root is one.
    pub parts: u64,
    /// The records of all parts.
    pub records: u64,
    /// In how many parts there was a difference.
    pub differed: u64,
    /// What becomes of it.
    pub next: Next,
}

/// What becomes of what came of comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Both hold the same.
    Nothing,
    /// The device fetches everything again, and compares then.
    Repair,
    /// Repairs were in vain; none is tried before both hold the same again, or a person wants it.
    Stop,
}

/// A part of which device and server held different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// When that was found, by this device's clock.
    pub at: WallTime,
    /// At which version.
    pub version: Version,
    /// Which part; `None` is the root.
    pub scope: Option<Scope>,
    /// With all that lies in it.
    pub beneath: bool,
    /// The records that were here.
    pub here: u64,
    /// The records that were on the server.
    pub there: u64,
    /// What became of it.
    pub next: Next,
}

/// What the last page of a pull says for comparing.
#[derive(Debug)]
pub(crate) struct Told {
    sums: Sums,
    to: Cursor,
    cuts: Option<String>,
    time: WallTime,
}

impl Told {
    /// What a page says, if it says so.
    pub fn of(page: &mut Page) -> Option<Self> {
        let sums = page.sums.take()?;
        let told = Self { sums, to: page.end.to, cuts: page.start.cuts.clone(), time: page.end.time };
        (!page.end.more).then_some(told)
    }
}

impl Store {
    /// A person wants it compared with the next pull. Repairs that were in vain are tried again.
    pub fn want_compare(&mut self) -> Result<(), StoreError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        notes::write(tx, WANTED, Some("1"))?;
        if let Some(last) = Last::read(tx)? {
            Last { repairs: 0, ..last }.write(tx)?;
        }
        Ok(conn.commit()?)
    }

    /// Whether it is wanted, and not done yet.
    pub fn wants_compare(&mut self) -> Result<bool, StoreError> {
        let (conn, parts) = self.read()?;
        Ok(notes::read(parts.on(&conn), WANTED)?.is_some())
    }

    /// What came of comparing last.
    pub fn compared(&mut self) -> Result<Option<Compared>, StoreError> {
        let (conn, parts) = self.read()?;
        Ok(Last::read(parts.on(&conn))?.map(|last| last.compared))
    }

    /// The differences that were found, the newest first.
    pub fn differences(&mut self) -> Result<Vec<Difference>, StoreError> {
        let (conn, _) = self.read()?;
        let mut select = conn.prepare_cached(
            "SELECT at, version, scope, beneath, here, there, next FROM fb_difference ORDER BY n DESC",
        )?;
        let mut rows = select.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let scope = row.get::<_, Option<String>>(2)?.map(|name| name.parse()).transpose();
            found.push(Difference {
                at: WallTime(row.get(0)?),
                version: Version(row.get(1)?),
                scope: scope.map_err(|_| StoreError::unreadable("the name of a scope"))?,
                beneath: row.get(3)?,
                here: row.get(4)?,
                there: row.get(5)?,
                next: Next::of(row.get(6)?),
            });
        }
        Ok(found)
    }

    /// Compares what is here with what a page told. `None` where the device is not at that page's end any more, or asks for
    /// other parts by now: the next pull compares.
    pub(crate) fn compare(
        &mut self,
        told: &Told,
        own: Option<WallTime>,
    ) -> Result<Option<Compared>, StoreError> {
        // Reading all of it holds up no other process.
        let (conn, parts) = self.read()?;
        let found = differing(parts.on(&conn), told)?;
        drop(conn);
        let Some(found) = found else { return Ok(None) };
        let (conn, parts) = self.write(Durability::Later)?;
        let compared = conclude(parts.on(&conn), (told, own), &found)?;
        conn.commit()?;
        Ok(Some(compared))
    }
}

impl Next {
    fn number(self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::Repair => 1,
            Self::Stop => 2,
        }
    }

    fn of(number: u32) -> Self {
        match number {
            0 => Self::Nothing,
            1 => Self::Repair,
            _ => Self::Stop,
        }
    }
}

/// Whether the next pull is to compare: somebody wants it, or it was not done for a day, or not since the database got another
/// shape.
pub(crate) fn is_due(tx: Tx<'_>, marks: &Marks, own: Option<WallTime>) -> Result<bool, StoreError> {
    if notes::read(tx, WANTED)?.is_some() {
        return Ok(true);
    }
    // What has just come from the server need not be compared with it.
    let Some(own) = own.filter(|_| marks.cursor > Version::ZERO) else { return Ok(false) };
    Ok(Last::read(tx)?.is_none_or(|last| {
        // A clock that was put back is no reason to wait.
        let is_old = own.0.abs_diff(last.compared.at.0) >= EVERY_MS;
        is_old || (last.schema, last.format) != (tx.schema.version, FORMAT)
    }))
}

/// What came of comparing.
struct Found {
    /// The parts that differ, as they are here, each with how many records are on the server.
    differing: Vec<(PartSum, u64)>,
    /// How many records are here.
    records: u64,
}

/// What differs; `None` where it cannot be compared.
fn differing(tx: Tx<'_>, told: &Told) -> Result<Option<Found>, StoreError> {
    let asks = scopes::loaded(tx)?;
    let of_parts = told.sums.parts.iter().skip(1);
    let same_parts = of_parts
        .map(|part| (part.scope.as_ref(), part.beneath))
        .eq(asks.iter().map(|ask| (Some(&ask.scope), ask.beneath)));
    let is_there = Marks::read(tx)?.at() == told.to || planted(Defect::SumsOfAnotherVersion);
    let same_cuts = cut::mark(&cuts::cuts(tx)?) == told.cuts;
    if !is_there || !same_parts || !same_cuts || cuts::wants_anew(tx)? {
        return Ok(None);
    }
    let Some(here) = sums::here(tx, &asks, told.sums.conflicts)? else { return Ok(None) };
    let pairs = told.sums.parts.iter().zip(here.sums.parts);
    let differing = pairs.filter(|(there, here)| there.is != here.is);
    let differing = differing.map(|(there, here)| (here, there.is.rows));
    Ok(Some(Found { differing: differing.collect(), records: here.records }))
}

/// Notes what came of it, and asks for everything anew where that may help.
fn conclude(
    tx: Tx<'_>,
    (told, own): (&Told, Option<WallTime>),
    Found { differing, records }: &Found,
) -> Result<Compared, StoreError> {
    let at = own.unwrap_or(told.time);
    let before = Last::read(tx)?.map_or(0, |last| last.repairs);
    let next = match differing.as_slice() {
        [] => Next::Nothing,
        _ if before < REPAIRS_MAX || planted(Defect::RepairsNeverEnd) => Next::Repair,
        _ => Next::Stop,
    };
    let repairs = match next {
        Next::Nothing => 0,
        Next::Repair => before.saturating_add(1),
        Next::Stop => before,
    };
    let mut insert = tx.conn.prepare_cached(
        "INSERT INTO fb_difference(at, version, scope, beneath, here, there, next) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (here, there) in differing {
        let scope = here.scope.as_ref().map(Scope::to_string);
        let (version, rows) = (told.to.version.0, here.is.rows);
        insert.execute(params![at.0, version, scope, here.beneath, rows, there, next.number()])?;
    }
    let few = "DELETE FROM fb_difference WHERE n <= (SELECT max(n) FROM fb_difference) - ?1";
    tx.conn.prepare_cached(few)?.execute([NOTED_MAX])?;
    notes::write(tx, WANTED, (next == Next::Repair).then_some("1"))?;
    if next == Next::Repair {
        cuts::want_anew(tx)?;
        scopes::forget_loads(tx)?;
    }
    let (parts, differed) = (told.sums.parts.len() as u64, differing.len() as u64);
    let compared = Compared { at, parts, records: *records, differed, next };
    Last { compared, schema: tx.schema.version, format: FORMAT, repairs }.write(tx)?;
    Ok(compared)
}

/// What came of it last, and what that was done with.
struct Last {
    compared: Compared,
    schema: u32,
    format: i64,
    /// Repairs in a row that did not help.
    repairs: u32,
}

/// As it is noted.
type Noted = (WallTime, [u64; 3], u32, u32, i64, u32);

impl Last {
    fn read(tx: Tx<'_>) -> Result<Option<Self>, StoreError> {
        let Some(text) = notes::read(tx, LAST)? else { return Ok(None) };
        let (at, [parts, records, differed], next, schema, format, repairs): Noted =
            json::parse(&text).map_err(|_| StoreError::unreadable("what was compared"))?;
        let compared = Compared { at, parts, records, differed, next: Next::of(next) };
        Ok(Some(Self { compared, schema, format, repairs }))
    }

    fn write(&self, tx: Tx<'_>) -> Result<(), StoreError> {
        let Self { compared, schema, format, repairs } = self;
        let Compared { at, parts, records, differed, next } = compared;
        let noted: Noted = (*at, [*parts, *records, *differed], next.number(), *schema, *format, *repairs);
        notes::write(tx, LAST, Some(&json::write(&noted)))
    }
}
