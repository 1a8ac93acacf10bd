//! Pages of the server's news, from a pull or a live stream. A page is applied whole or staged whole; the
//! cursor moves in the same transaction as the rows and the verdicts.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Version, WallTime};
use fieldbook_protocol::page::Staged;
use fieldbook_protocol::{Mark, Page, PageEnd};

use crate::anew;
use crate::apply::{Intake, Taken};
use crate::branch;
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
        let mut page = Page::read(page_text).map_err(|error| IncomingError::Malformed(error.to_string()))?;
        let (told, end) = (Told::of(&mut page), page.end);
        let arrived = self.take(page, page_text, own);
        let Some(told) = told else { return arrived };
        match arrived {
            Ok(arrived) => Ok(Arrived { compared: self.compare(&told, own)?, ..arrived }),
            Err(IncomingError::Known) => match self.compare(&told, own)? {
                Some(compared) => Ok(only_compared(&end, compared)),
                None => Err(IncomingError::Known),
            },
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, page: Page, page_text: &str, own: Option<WallTime>) -> Result<Arrived, IncomingError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let mut marks = Marks::read(tx)?;
        if branch::is_foreign(tx, &page)? {
            return Err(IncomingError::Forked);
        }
        if joins(tx, &marks, &page)? == Fit::Begins && marks.staged.is_some() {
            forget(tx, &mut marks)?;
        }
        let (end, rows) = (page.end, page.rows.len() as u32);
        let joined = page.start.join.is_some() && !end.more;
        // First of all: what the page settles is settled at its time.
        marks.heard(end.time, own);
        let taken = match end.more {
            true => stage(tx, &mut marks, &page, page_text).map(|()| None)?,
            false => Some(apply(tx, &mut marks, page)?),
        };
        marks.write(tx)?;
        conn.commit()?;
        let name = |of: &usize| self.identity().schema.types[*of].name.clone();
        Ok(Arrived {
            cursor: end.to,
            applied: taken.is_some(),
            more: end.more,
            joined,
            head: end.head,
            settled: taken.as_ref().map_or(0, |taken| taken.settled),
            again: taken.as_ref().is_some_and(|taken| taken.again),
            changed_types: taken.iter().flat_map(|taken| taken.changed.iter().map(name)).collect(),
            rows,
            newest: end.newest,
            known: false,
            compared: None,
        })
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
    if marks.staged.is_none() {
        marks.loading = is_snapshot(marks, page);
        if marks.loading {
            lies::begin_anew(tx)?;
        }
        scopes::note_view(tx, &page.start.view)?;
    }
    match marks.loading {
        true => staging::load(tx, page)?,
        false => staging::keep(tx, text)?,
    }
    marks.staged = Some(page.end.to.version);
    marks.staged_head = page.end.head;
    // A later history is entered when all of it is here.
    if !is_anew(marks, page) {
        marks.told_of(head(&page.end));
    }
    Ok(())
}

fn apply(tx: Tx<'_>, marks: &mut Marks, page: Page) -> Result<Taken, IncomingError> {
    let (end, anew) = (page.end, is_anew(marks, &page));
    let (cuts, whole) = (page.start.cuts.clone(), page.start.base == Version::ZERO);
    defects::cursor_first(tx, marks, &end)?;
    let mut intake = Intake::new(tx);
    if marks.staged.is_none() && (anew || marks.cursor > Version::ZERO) && is_snapshot(marks, &page) {
        // A snapshot that fits one page still takes the place of everything.
        lies::begin_anew(tx)?;
        (marks.staged, marks.loading) = (Some(Version::ZERO), true);
    }
    let join = page.start.join.clone();
    if join.is_some() {
        intake.join()?;
    }
    match (marks.staged, marks.loading) {
        (None, _) => intake.page(marks, page)?,
        (Some(_), true) => {
            staging::load(tx, &page)?;
            if anew {
                trail::cut(tx, end.fork)?;
                anew::begin(tx, marks)?;
            }
            intake.loaded()?;
            anew::unbury(tx)?;
        }
        (Some(_), false) => {
            for number in staging::kept(tx)? {
                intake.page(marks, staging::page(tx, number)?)?;
            }
            intake.page(marks, page)?;
            staging::clear_pages(tx)?;
        }
    }
    if let Some(scope) = &join {
        scopes::joined(tx, scope)?;
    }
    (marks.epoch, marks.cursor, marks.hash) = (end.to.epoch, end.to.version, Some(end.hash));
    let mut taken = if anew { intake.finish_anew(marks) } else { intake.finish(marks) }?;
    taken.changed.extend(cuts::arrived(tx, cuts.as_deref(), whole)?);
    (marks.staged, marks.loading, marks.staged_head) = (None, false, Version::ZERO);
    trail::note(tx, Mark { version: end.to.version, hash: end.hash })?;
    letgo::note(tx, end.backup)?;
    scopes::date(tx, end.time)?;
    shown::forget_gone(tx, end.horizon)?;
    Ok(taken)
}
