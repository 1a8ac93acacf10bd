//! A page on its way in, some rows at a time: for whoever has one thread for everything and cannot let readers wait for all of it.
//!
//! ```text
//!   BEGIN ── rows ── rows ── … ── verdicts, rebase, cursor ── COMMIT
//!              ▲       ▲
//!              └───────┴── queries, which see what was there before
//! ```
//!
//! It is one transaction all the same: what is left off in the middle leaves nothing behind. While it is open the store does nothing
//! else but answer queries, from a connection that reads the file beside its log ([`Store::query`]).

use std::collections::VecDeque;

use fieldbook_model::WallTime;
use fieldbook_protocol::Page;
use rusqlite::{Connection, DropBehavior, OpenFlags};

use crate::apply::{Held, Intake, Taken};
use crate::compare::Told;
use crate::connect::{self, CACHE_KIB};
use crate::error::StoreError;
use crate::files;
use crate::incoming::{Arrived, Began, Frame, IncomingError, Way};
use crate::marks::Marks;
use crate::open::{Durability, Store};
use crate::queries::Queries;
use crate::staging;

/// So much stays in memory, in KiB, while many pages come in one transaction. Encrypting what was written is most of a commit: what no
/// longer fits is written with the rows that come, and whoever reads does not wait for all of it at the end. It is not flushed after
/// each page: of what is written twice in a transaction SQLite reads the whole log again.
const MANY_PAGES_KIB: u32 = 1 << 10;

/// What a page is taken in with that comes in slices.
#[derive(Debug, Default)]
pub(crate) struct Slices {
    /// A second connection, for queries.
    aside: Option<(Connection, Queries)>,
    /// Whether the file tells queries all that there is, beside a log of what nobody sees yet.
    pub file_tells: bool,
    /// Whether less than usual stays in memory.
    spills: bool,
}

/// A page that is being taken in.
#[derive(Debug)]
pub struct Coming {
    own: Option<WallTime>,
    at: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Nothing of it is.
    Text(String),
    /// It is read, and what was there before it is where queries find it.
    Read(Box<Read>),
    /// A transaction is open.
    Rows(Box<Rows>),
    /// All of it is in the transaction.
    Done(Box<Done>),
    /// All of it is, or nothing ever will be.
    Over,
}

#[derive(Debug)]
struct Read {
    page: Page,
    text: String,
    told: Option<Told>,
}

#[derive(Debug)]
struct Done {
    told: Option<Told>,
    frame: Frame,
    taken: Option<Taken>,
}

/// What is left to be shown.
#[derive(Debug)]
pub(crate) struct Rows {
    pub told: Option<Told>,
    pub way: Way,
    pub marks: Marks,
    pub frame: Frame,
    pub held: Held,
    /// The pages that were kept before this one, by their numbers.
    pub kept: VecDeque<i64>,
    /// The page itself, until its turn comes.
    pub last: Option<Page>,
    /// The page whose turn it is, and how many of its rows are shown.
    pub now: Option<(Page, usize)>,
}

impl Coming {
    /// A page that came when this device's clock said `own`.
    pub fn new(page_text: String, own: Option<WallTime>) -> Self {
        Self { own, at: Stage::Text(page_text) }
    }
}

impl Store {
    /// Takes in a page, or at most so many rows of it. What came of it when it is done, `None` while there is more.
    pub fn go_on(&mut self, coming: &mut Coming, rows_max: usize) -> Result<Option<Arrived>, IncomingError> {
        let told = match std::mem::replace(&mut coming.at, Stage::Over) {
            Stage::Text(text) => self.begins(coming, text, rows_max),
            Stage::Read(read) => self.enters(coming, *read, rows_max),
            Stage::Rows(rows) => self.goes_on(coming, rows, rows_max),
            Stage::Done(done) => self.ends(coming, *done).map(Some),
            Stage::Over => Err(IncomingError::Known),
        };
        if !matches!(told, Ok(None)) {
            self.end_slices();
        }
        told
    }

    /// Ends a transaction that has come to nothing, if one is open.
    fn take_back(&self) {
        if !self.connection().is_autocommit() {
            // What fails here fails at the next transaction too.
            let _ = self.connection().execute_batch("ROLLBACK");
        }
    }

    /// Takes nothing in of what was on its way.
    pub fn leave_off(&mut self, coming: Coming) {
        if matches!(coming.at, Stage::Rows(_) | Stage::Done(_)) {
            self.end_slices();
        }
        self.slices.aside = None;
    }

    /// Is again as it was before a page came in slices.
    fn end_slices(&mut self) {
        self.slices.aside = None;
        self.take_back();
        if std::mem::take(&mut self.slices.spills) {
            // With less room in memory everything goes on, only slower.
            let _ = connect::cached(self.connection(), CACHE_KIB);
        }
    }

    fn begins(
        &mut self,
        coming: &mut Coming,
        text: String,
        rows_max: usize,
    ) -> Result<Option<Arrived>, IncomingError> {
        let mut page = Page::read(&text).map_err(|error| IncomingError::Malformed(error.to_string()))?;
        let told = Told::of(&mut page);
        if rows_max < usize::MAX && self.is_worth_slices(&page, rows_max)? && self.can_answer_aside()? {
            coming.at = Stage::Read(Box::new(Read { page, text, told }));
            return Ok(None);
        }
        let (end, own) = (page.end, coming.own);
        let arrived = match self.take(page, &text, own, false) {
            Ok(Began::Whole(arrived)) => Ok(arrived),
            Ok(Began::Open(_)) => unreachable!("BUG: a page in slices that was to come whole"),
            Err(error) => {
                self.take_back();
                Err(error)
            }
        };
        self.compared_with(told, &end, own, arrived).map(Some)
    }

    fn enters(
        &mut self,
        coming: &mut Coming,
        Read { page, text, told }: Read,
        rows_max: usize,
    ) -> Result<Option<Arrived>, IncomingError> {
        let (end, own) = (page.end, coming.own);
        let arrived = match self.take(page, &text, own, true) {
            Ok(Began::Open(mut rows)) => {
                rows.told = told;
                if !rows.kept.is_empty() {
                    self.slices.spills = true;
                    connect::cached(self.connection(), MANY_PAGES_KIB)?;
                }
                return self.goes_on(coming, rows, rows_max);
            }
            Ok(Began::Whole(arrived)) => Ok(arrived),
            Err(error) => {
                self.take_back();
                Err(error)
            }
        };
        self.compared_with(told, &end, own, arrived).map(Some)
    }

    fn goes_on(
        &mut self,
        coming: &mut Coming,
        mut rows: Box<Rows>,
        rows_max: usize,
    ) -> Result<Option<Arrived>, IncomingError> {
        let (conn, parts) = self.within();
        let tx = parts.on(conn);
        let mut intake = Intake::with(tx, std::mem::take(&mut rows.held));
        let (page, from) = match rows.now.take() {
            Some(now) => now,
            None => match rows.kept.pop_front() {
                Some(number) => (staging::take(tx, number)?, 0),
                None => (rows.last.take().ok_or(IncomingError::Known)?, 0),
            },
        };
        let to = page.rows.len().min(from.saturating_add(rows_max));
        match rows.way {
            Way::Shown => intake.rows(&rows.marks, &page, from..to)?,
            Way::Loaded => staging::load_rows(tx, &page, from..to)?,
        }
        match (to == page.rows.len(), rows.way) {
            (false, _) => rows.now = Some((page, to)),
            (true, Way::Shown) => intake.verdicts(page),
            (true, Way::Loaded) => staging::load_verdicts(tx, &page)?,
        }
        if rows.now.is_some() || rows.last.is_some() {
            rows.held = intake.hold();
            coming.at = Stage::Rows(rows);
        } else {
            let Rows { told, way, mut marks, frame, .. } = *rows;
            let taken = frame.end(tx, way, &mut marks, intake)?;
            marks.write(tx)?;
            coming.at = Stage::Done(Box::new(Done { told, frame, taken }));
        }
        Ok(None)
    }

    fn ends(&mut self, coming: &Coming, Done { told, frame, taken }: Done) -> Result<Arrived, IncomingError> {
        self.connection().execute_batch("COMMIT")?;
        // What is not shown yet changes nothing for queries: nothing of it has to be moved into the file for them.
        self.slices.file_tells = taken.is_none();
        let arrived = self.arrived(&frame, taken);
        self.compared_with(told, &frame.end, coming.own, Ok(arrived))
    }

    /// Whether a page is one that can come in slices, and would be more than one.
    fn is_worth_slices(&mut self, page: &Page, rows_max: usize) -> Result<bool, StoreError> {
        let (conn, parts) = self.read()?;
        let marks = Marks::read(parts.on(&conn))?;
        let way = Frame::of(page, &marks).way(&marks, page);
        let follows_kept = way == Some(Way::Shown) && marks.staged.is_some();
        Ok(way.is_some() && (follows_kept || page.rows.len() > rows_max))
    }

    /// Whether queries can be answered while a transaction is open: by other connections, or where there is no other from the file, once
    /// all that they may see of its log lies in it too. No log is moved into the file before that transaction has ended.
    fn can_answer_aside(&mut self) -> Result<bool, StoreError> {
        if !files::is_alone() {
            return Ok(true);
        }
        if self.place.is_none() {
            return Ok(false);
        }
        if !self.slices.file_tells {
            let moved = self.connection().query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                Ok(row.get::<_, i64>(0)? == 0 && row.get::<_, i64>(1)? == row.get::<_, i64>(2)?)
            });
            // On a full disk the page may still find room.
            self.slices.file_tells = moved.unwrap_or(false);
        }
        Ok(self.slices.file_tells)
    }

    /// What answers queries while a page is on its way in, if one is.
    pub(crate) fn aside(&mut self) -> Result<Option<&mut (Connection, Queries)>, StoreError> {
        if self.connection().is_autocommit() {
            return Ok(None);
        }
        if self.slices.aside.is_none()
            && let Some((path, key)) = &self.place
        {
            let mut conn = connect::keyed(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            connect::settings(&conn)?;
            let queries = Queries::on(&mut conn, self.identity())?;
            self.slices.aside = Some((conn, queries));
        }
        Ok(self.slices.aside.as_mut())
    }

    /// Begins a transaction that [`Self::within`] goes on in.
    pub(crate) fn open_for_slices(&mut self) -> Result<(), StoreError> {
        let (mut conn, _) = self.write(Durability::Later)?;
        conn.set_drop_behavior(DropBehavior::Ignore);
        Ok(())
    }
}
