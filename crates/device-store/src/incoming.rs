//! Pages of the server's news, from a pull or a live stream. A page is applied whole or staged whole; the
//! cursor moves in the same transaction as the rows and the verdicts.

use std::collections::VecDeque;

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Scope, Version, WallTime};
use fieldbook_protocol::page::Staged;
use fieldbook_protocol::{Mark, Page, PageEnd};

use crate::anew;
use crate::apply::{Held, Intake, Taken};
use crate::branch;
use crate::coming::{Coming, Rows};
use crate::compare::{Compared, Told};
use crate::cuts;
use crate::defects;
use crate::error::StoreError;
use crate::letgo;
use crate::lies;
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::scopes;
use crate::shown;
use crate::staging;
use crate::trail;

/// What came of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Up to here the device has everything, shown or staged: the next pull starts here.
    pub cursor: Cursor,
    /// Whether it is shown; `false`: stored, and more has to come first.
    pub applied: bool,
    /// Whether more pages follow.
    pub more: bool,
    /// Whether a scope is shown now that was not before.
    pub joined: bool,
    /// The last version of the workspace.
    pub head: Version,
    /// How many own ops got their verdict.
    pub settled: u32,
    /// Whether ops that were answered have to be offered again: the server has lost them.
    pub again: bool,
    /// The record types whose shown rows changed.
    pub changed_types: Vec<String>,
    /// The rows of this page.
    pub rows: u32,
    /// The newest version of the schema that the workspace has.
    pub newest: u32,
    /// The device had all of it, and has only compared.
    pub known: bool,
    /// What came of comparing, where that was asked for and could be done.
    pub compared: Option<Compared>,
}

/// Why a page was not taken in. Nothing of it is left behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncomingError {
    /// It starts behind what the device has: something is missing in between (rule 36). Pull.
    #[error("something is missing before this page")]
    Gap,
    /// The device has all of it.
    #[error("nothing new")]
    Known,
    /// The server does not know this device's version of the schema yet.
    #[error("the server has schema {newest} and this device {own}; it waits for the server's update")]
    TooOld {
        /// The server's.
        newest: u32,
        /// The device's.
        own: u32,
    },
    /// It tells of ops in this log's places that are not this log's: the device was restored or copied.
    #[error("the server has another log under this device's name")]
    Forked,
    /// It is no page, or not one of this schema.
    #[error("the server sent something unreadable: {0}")]
    Malformed(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for IncomingError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What came of a page of a scope's snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// It is kept, and more has to come.
    Kept,
    /// All of it is here; the next pull joins it.
    Whole,
    /// It does not join what is here, or nobody wants it any more: ask again.
    Useless,
}

/// How a page joins what the device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It continues the pages that are staged.
    Continues,
    /// It begins anew, and what is staged is of no use any more.
    Begins,
}

impl Store {
    /// Takes in a page. What can be fetched again need not be forced to the disk.
    pub fn incoming(&mut self, page_text: &str) -> Result<Arrived, IncomingError> {
        self.taken_in(page_text, None)
    }

    /// The same, and compares the server's clock with this device's, which says `own`.
    pub fn incoming_at(&mut self, page_text: &str, own: WallTime) -> Result<Arrived, IncomingError> {
        self.taken_in(page_text, Some(own))
    }

    fn taken_in(&mut self, page_text: &str, own: Option<WallTime>) -> Result<Arrived, IncomingError> {
        let mut coming = Coming::new(page_text.to_owned(), own);
        loop {
            if let Some(arrived) = self.go_on(&mut coming, usize::MAX)? {
                return Ok(arrived);
            }
        }
    }

    /// Compares, where a page says what the server has.
    pub(crate) fn compared_with(
        &mut self,
        told: Option<Told>,
        end: &PageEnd,
        own: Option<WallTime>,
        arrived: Result<Arrived, IncomingError>,
    ) -> Result<Arrived, IncomingError> {
        let Some(told) = told else { return arrived };
        match arrived {
            Ok(arrived) => Ok(Arrived { compared: self.compare(&told, own)?, ..arrived }),
            Err(IncomingError::Known) => match self.compare(&told, own)? {
                Some(compared) => Ok(only_compared(end, compared)),
                None => Err(IncomingError::Known),
            },
            Err(error) => Err(error),
        }
    }

    /// Takes in a page, or begins to: where it may come in slices and is one that can.
    pub(crate) fn take(
        &mut self,
        page: Page,
        page_text: &str,
        own: Option<WallTime>,
        slices: bool,
    ) -> Result<Began, IncomingError> {
        self.open_for_slices()?;
        let (conn, parts) = self.within();
        let tx = parts.on(conn);
        let mut marks = Marks::read(tx)?;
        if branch::is_foreign(tx, &page)? {
            return Err(IncomingError::Forked);
        }
        if joins(tx, &marks, &page)? == Fit::Begins && marks.staged.is_some() {
            forget(tx, &mut marks)?;
        }
        let frame = Frame::of(&page, &marks);
        // First of all: what the page settles is settled at its time.
        marks.heard(frame.end.time, own);
        let way = if slices { frame.way(&marks, &page) } else { None };
        let taken = match (way, frame.end.more) {
            (Some(way), more) => {
                if more {
                    begin_stage(tx, &mut marks, &page)?;
                } else {
                    frame.begin_apply(tx, &mut marks, &page)?;
                }
                let kept = match way {
                    Way::Shown if marks.staged.is_some() => staging::kept(tx)?.into(),
                    _ => VecDeque::new(),
                };
                let (held, last) = (Held::default(), Some(page));
                let rows = Rows { told: None, way, marks, frame, held, kept, last, now: None };
                return Ok(Began::Open(Box::new(rows)));
            }
            (None, true) => stage(tx, &mut marks, &page, page_text).map(|()| None)?,
            (None, false) => Some(apply(tx, &mut marks, page, &frame)?),
        };
        marks.write(tx)?;
        tx.conn.execute_batch("COMMIT")?;
        Ok(Began::Whole(self.arrived(&frame, taken)))
    }

    pub(crate) fn arrived(&self, frame: &Frame, taken: Option<Taken>) -> Arrived {
        let Frame { end, rows, .. } = frame;
        let name = |of: &usize| self.identity().schema.types[*of].name.clone();
        Arrived {
            cursor: end.to,
            applied: taken.is_some(),
            more: end.more,
            joined: frame.join.is_some() && !end.more,
            head: end.head,
            settled: taken.as_ref().map_or(0, |taken| taken.settled),
            again: taken.as_ref().is_some_and(|taken| taken.again),
            changed_types: taken.iter().flat_map(|taken| taken.changed.iter().map(name)).collect(),
            rows: *rows,
            newest: end.newest,
            known: false,
            compared: None,
        }
    }

    /// Takes in a page of a scope's snapshot, which is kept apart until a pull joins it.
    pub fn snapshot(&mut self, page_text: &str) -> Result<Snapshot, IncomingError> {
        let page = Page::read(page_text).map_err(|error| IncomingError::Malformed(error.to_string()))?;
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        let Some(scope) = page.start.load.as_ref().map(ToString::to_string) else {
            return Err(IncomingError::Malformed("a snapshot of no scope".to_owned()));
        };
        let other = page.end.schema != tx.schema.version || page.start.from.epoch != marks.epoch;
        if other || marks.loading || marks.cursor == Version::ZERO {
            return Ok(Snapshot::Useless);
        }
        let (from, to) = (page.start.from.version, page.end.to.version);
        match scopes::load_stage(tx, &page.start.view)? {
            Some(staged) if staged == from => {}
            _ if from == Version::ZERO => staging::begin_load(tx)?,
            _ => return Ok(Snapshot::Useless),
        }
        staging::load(tx, &page)?;
        let staged = Staged { version: to, view: page.start.view.clone() };
        if !scopes::load_staged(tx, &scope, &staged, !page.end.more)? {
            return Ok(Snapshot::Useless);
        }
        let mut marks = marks;
        marks.told_of(head(&page.end));
        marks.write(tx)?;
        conn.commit()?;
        Ok(if page.end.more { Snapshot::Kept } else { Snapshot::Whole })
    }
}

/// A page that brought nothing new but what the server has there.
fn only_compared(end: &PageEnd, compared: Compared) -> Arrived {
    Arrived {
        cursor: end.to,
        applied: true,
        more: false,
        joined: false,
        head: end.head,
        settled: 0,
        again: false,
        changed_types: Vec::new(),
        rows: 0,
        newest: end.newest,
        known: true,
        compared: Some(compared),
    }
}

/// Whether a page continues what the device has and brings something new.
fn joins(tx: Tx<'_>, marks: &Marks, page: &Page) -> Result<Fit, IncomingError> {
    let (from, to) = (page.start.from, page.end.to);
    let (own, PageEnd { schema, newest, .. }) = (tx.schema.version, page.end);
    match (schema, newest) {
        (_, newest) if newest < own => return Err(IncomingError::TooOld { newest, own }),
        // Read before this device got its new shape.
        (schema, _) if schema < own && !planted(Defect::OldPagesAreTaken) => {
            return Err(IncomingError::Gap);
        }
        (schema, _) if schema > own => {
            let words = format!("rows of schema {schema} for a device of schema {own}");
            return Err(IncomingError::Malformed(words));
        }
        _ => {}
    }
    if to.epoch != from.epoch || to.version < from.version || page.end.head < to.version {
        return Err(IncomingError::Malformed("a page that ends before it begins".to_owned()));
    }
    // A history that is over is not taken in any more.
    if from.epoch < marks.epoch {
        return Err(IncomingError::Gap);
    }
    if let Some(staged) = marks.staged
        && scopes::view(tx)?.as_ref() == Some(&page.start.view)
    {
        return continues(staged, marks, page).map(|()| Fit::Continues);
    }
    if is_anew(marks, page) {
        // A later history is taken in from its beginning.
        let begins =
            page.start.base == Version::ZERO && from.version == Version::ZERO && page.start.join.is_none();
        return if begins { Ok(Fit::Begins) } else { Err(IncomingError::Gap) };
    }
    let join = page.start.join.is_some();
    if page.start.base > Version::ZERO && to.version <= marks.cursor && !join {
        return Err(IncomingError::Known);
    }
    // A snapshot that is older than what is here was asked for long ago.
    if page.start.base == Version::ZERO && (page.end.head < marks.cursor || page.end.head == Version::ZERO) {
        return Err(IncomingError::Known);
    }
    if is_behind(marks, page) && !planted(Defect::LiveIgnoresGaps) {
        return Err(IncomingError::Gap);
    }
    match join && !joins_ready(tx, page)? {
        true => Err(IncomingError::Gap),
        false => Ok(Fit::Begins),
    }
}

/// Whether a page is of a later history than the device is in.
fn is_anew(marks: &Marks, page: &Page) -> bool {
    page.start.from.epoch > marks.epoch
}

/// Whether something is missing before a page: of a snapshot its first page, else what comes after the cursor.
fn is_behind(marks: &Marks, page: &Page) -> bool {
    let (base, from) = (page.start.base, page.start.from.version);
    match base {
        Version::ZERO => from > Version::ZERO,
        base => base > marks.cursor || from > marks.cursor,
    }
}

/// Whether the scope that a page joins is here.
fn joins_ready(tx: Tx<'_>, page: &Page) -> Result<bool, StoreError> {
    Ok(scopes::ready(tx)?.is_some_and(|ready| Some(ready.ask.scope) == page.start.join))
}

/// Whether a page continues the pages that are staged.
fn continues(staged: Version, marks: &Marks, page: &Page) -> Result<(), IncomingError> {
    let (from, to) = (page.start.from.version, page.end.to.version);
    if from > staged && !planted(Defect::LiveIgnoresGaps) {
        return Err(IncomingError::Gap);
    }
    // An empty last page is news: what is staged is whole now.
    let completes = !page.end.more && to == staged;
    if to <= staged && !completes {
        return Err(IncomingError::Known);
    }
    // A row that moves between two pages is in the later one, if that was also read later. A page of another
    // stream, read before what is staged, may lack it.
    if page.end.head < marks.staged_head && !planted(Defect::StreamsMix) {
        return Err(IncomingError::Gap);
    }
    Ok(())
}

/// The head at which a page was read.
fn head(end: &PageEnd) -> Mark {
    Mark { version: end.head, hash: end.head_hash.unwrap_or(end.hash) }
}

/// What is staged is of no use any more.
fn forget(tx: Tx<'_>, marks: &mut Marks) -> Result<(), StoreError> {
    if marks.loading {
        staging::clear(tx)?;
    } else {
        staging::clear_pages(tx)?;
    }
    (marks.staged, marks.loading, marks.staged_head) = (None, false, Version::ZERO);
    Ok(())
}

/// Whether a page is one of a snapshot of all that the device may have.
fn is_snapshot(marks: &Marks, page: &Page) -> bool {
    let anew = page.start.base == Version::ZERO;
    anew && (marks.cursor == Version::ZERO || is_anew(marks, page) || !planted(Defect::StartJoinsAnywhere))
}

fn stage(tx: Tx<'_>, marks: &mut Marks, page: &Page, text: &str) -> Result<(), IncomingError> {
    begin_stage(tx, marks, page)?;
    match marks.loading {
        true => staging::load(tx, page)?,
        false => staging::keep(tx, text)?,
    }
    end_stage(marks, &page.end, is_anew(marks, page));
    Ok(())
}

fn begin_stage(tx: Tx<'_>, marks: &mut Marks, page: &Page) -> Result<(), IncomingError> {
    if marks.staged.is_none() {
        marks.loading = is_snapshot(marks, page);
        if marks.loading {
            lies::begin_anew(tx)?;
        }
        scopes::note_view(tx, &page.start.view)?;
    }
    Ok(())
}

fn end_stage(marks: &mut Marks, end: &PageEnd, anew: bool) {
    marks.staged = Some(end.to.version);
    marks.staged_head = end.head;
    // A later history is entered when all of it is here.
    if !anew {
        marks.told_of(head(end));
    }
}

/// What is known of a page apart from its rows.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub end: PageEnd,
    rows: u32,
    join: Option<Scope>,
    cuts: Option<String>,
    /// It is of a snapshot.
    whole: bool,
    /// It is of a later history.
    anew: bool,
}

impl Frame {
    pub(crate) fn of(page: &Page, marks: &Marks) -> Self {
        let start = &page.start;
        let (rows, anew) = (page.rows.len() as u32, is_anew(marks, page));
        let whole = start.base == Version::ZERO;
        Self { end: page.end, rows, join: start.join.clone(), cuts: start.cuts.clone(), whole, anew }
    }

    /// The way of its rows, where they can go one by one.
    pub(crate) fn way(&self, marks: &Marks, page: &Page) -> Option<Way> {
        let loads = match marks.staged {
            Some(_) => marks.loading,
            // Of what begins: a snapshot takes everything's place, and its first page is not shown at once even if it is all.
            None => is_snapshot(marks, page) && (self.end.more || self.anew || marks.cursor > Version::ZERO),
        };
        match loads {
            true if self.join.is_none() => Some(Way::Loaded),
            false if self.join.is_none() && !self.anew && !self.end.more => Some(Way::Shown),
            _ => None,
        }
    }

    /// Does what comes before the rows of a page that is the last.
    fn begin_apply(&self, tx: Tx<'_>, marks: &mut Marks, page: &Page) -> Result<(), IncomingError> {
        defects::cursor_first(tx, marks, &self.end)?;
        let follows = self.anew || marks.cursor > Version::ZERO;
        if marks.staged.is_none() && follows && is_snapshot(marks, page) {
            // A snapshot that fits one page still takes the place of everything.
            lies::begin_anew(tx)?;
            (marks.staged, marks.loading) = (Some(Version::ZERO), true);
        }
        Ok(())
    }

    /// Does what comes when all rows of a first load are here but are not shown.
    fn begin_loaded(
        &self,
        tx: Tx<'_>,
        marks: &mut Marks,
        intake: &mut Intake<'_>,
    ) -> Result<(), IncomingError> {
        if self.anew {
            trail::cut(tx, self.end.fork)?;
            anew::begin(tx, marks)?;
        }
        intake.loaded()?;
        Ok(anew::unbury(tx)?)
    }

    /// What came of a page whose rows went one by one.
    pub(crate) fn end(
        &self,
        tx: Tx<'_>,
        way: Way,
        marks: &mut Marks,
        mut intake: Intake<'_>,
    ) -> Result<Option<Taken>, IncomingError> {
        match way {
            Way::Loaded if self.end.more => {
                end_stage(marks, &self.end, self.anew);
                return Ok(None);
            }
            Way::Loaded => self.begin_loaded(tx, marks, &mut intake)?,
            Way::Shown => {}
        }
        Ok(Some(self.finish(tx, marks, intake)?))
    }

    /// Does what comes behind the rows.
    fn finish(&self, tx: Tx<'_>, marks: &mut Marks, intake: Intake<'_>) -> Result<Taken, StoreError> {
        let Self { end, join, cuts, whole, anew, .. } = self;
        if let Some(scope) = join {
            scopes::joined(tx, scope)?;
        }
        (marks.epoch, marks.cursor, marks.hash) = (end.to.epoch, end.to.version, Some(end.hash));
        let mut taken = if *anew { intake.finish_anew(marks) } else { intake.finish(marks) }?;
        taken.changed.extend(cuts::arrived(tx, cuts.as_deref(), *whole)?);
        (marks.staged, marks.loading, marks.staged_head) = (None, false, Version::ZERO);
        trail::note(tx, Mark { version: end.to.version, hash: end.hash })?;
        letgo::note(tx, end.backup)?;
        scopes::date(tx, end.time)?;
        shown::forget_gone(tx, end.horizon)?;
        Ok(taken)
    }
}

/// Where rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To what is shown, and to what is kept of records that own ops touch.
    Shown,
    /// To tables of their own, which take the place of what is shown.
    Loaded,
}

/// What became of a page at first.
pub(crate) enum Began {
    /// It is taken in.
    Whole(Arrived),
    /// Its rows are still to be shown, in the transaction that is open.
    Open(Box<Rows>),
}

fn apply(tx: Tx<'_>, marks: &mut Marks, page: Page, frame: &Frame) -> Result<Taken, IncomingError> {
    frame.begin_apply(tx, marks, &page)?;
    let mut intake = Intake::new(tx);
    if page.start.join.is_some() {
        intake.join()?;
    }
    match (marks.staged, marks.loading) {
        (None, _) => intake.page(marks, page)?,
        (Some(_), true) => {
            staging::load(tx, &page)?;
            frame.begin_loaded(tx, marks, &mut intake)?;
        }
        (Some(_), false) => {
            for number in staging::kept(tx)? {
                intake.page(marks, staging::take(tx, number)?)?;
            }
            intake.page(marks, page)?;
        }
    }
    Ok(frame.finish(tx, marks, intake)?)
}
