//! Pages of the server's news, from a pull or a live stream. A page is applied whole or staged whole; the
//! cursor moves in the same transaction as the rows and the verdicts.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cursor, Version};
use fieldbook_protocol::Page;

use crate::apply::{Intake, Taken};
use crate::error::StoreError;
use crate::marks::Marks;
use crate::open::{Durability, Store, Tx};
use crate::staging;

/// What came of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Up to here the device has everything, shown or staged: the next pull starts here.
    pub cursor: Cursor,
    /// Whether it is shown; `false`: stored, and more has to come first.
    pub applied: bool,
    /// Whether more pages follow.
    pub more: bool,
    /// The last version of the workspace.
    pub head: Version,
    /// How many own ops got their verdict.
    pub settled: u32,
    /// The record types whose shown rows changed.
    pub changed_types: Vec<String>,
    /// The rows of this page.
    pub rows: u32,
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
    /// It belongs to another history of the workspace.
    #[error("another history of the workspace")]
    OtherEpoch,
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

impl Store {
    /// Takes in a page. What can be fetched again need not be forced to the disk.
    pub fn incoming(&mut self, page_text: &str) -> Result<Arrived, IncomingError> {
        let page = Page::read(page_text).map_err(|error| IncomingError::Malformed(error.to_string()))?;
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let mut marks = Marks::read(tx)?;
        joins(tx, &marks, &page)?;
        let (end, rows) = (page.end, page.rows.len() as u32);
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
            head: end.head,
            settled: taken.as_ref().map_or(0, |taken| taken.settled),
            changed_types: taken.iter().flat_map(|taken| taken.changed.iter().map(name)).collect(),
            rows,
        })
    }
}

/// Whether a page continues what the device has and brings something new.
fn joins(tx: Tx<'_>, marks: &Marks, page: &Page) -> Result<(), IncomingError> {
    let (from, to, reached) = (page.from, page.end.to, staging::reached(marks));
    if from.epoch != tx.identity.epoch || to.epoch != tx.identity.epoch {
        return Err(IncomingError::OtherEpoch);
    }
    if to.version < from.version || page.end.head < to.version {
        return Err(IncomingError::Malformed("a page that ends before it begins".to_owned()));
    }
    // An empty last page is news when pages are staged: they are whole now.
    let completes = marks.staged.is_some() && !page.end.more && to.version == reached;
    if from.version > reached && !planted(Defect::LiveIgnoresGaps) {
        return Err(IncomingError::Gap);
    }
    if to.version <= reached && !completes {
        return Err(IncomingError::Known);
    }
    // A page from the very start leaves out what is gone, so it is whole only for a device that has nothing.
    let start = from.version == Version::ZERO && reached > Version::ZERO;
    if start && !planted(Defect::StartJoinsAnywhere) {
        return Err(IncomingError::Gap);
    }
    // A row that moves between two pages is in the later one, if that was also read later. A page of another
    // stream, read before what is staged, may lack it.
    if page.end.head < marks.staged_head && !planted(Defect::StreamsMix) {
        return Err(IncomingError::Gap);
    }
    Ok(())
}

fn stage(tx: Tx<'_>, marks: &mut Marks, page: &Page, text: &str) -> Result<(), IncomingError> {
    if marks.staged.is_none() {
        marks.loading = marks.cursor == Version::ZERO && page.from.version == Version::ZERO;
        if marks.loading {
            staging::begin_load(tx)?;
        }
    }
    match marks.loading {
        true => staging::load(tx, page)?,
        false => staging::keep(tx, text)?,
    }
    marks.staged = Some(page.end.to.version);
    marks.staged_head = page.end.head;
    Ok(())
}

fn apply(tx: Tx<'_>, marks: &mut Marks, page: Page) -> Result<Taken, IncomingError> {
    let to = page.end.to.version;
    let mut intake = Intake::new(tx);
    match (marks.staged, marks.loading) {
        (None, _) => intake.page(marks, page)?,
        (Some(_), true) => {
            staging::load(tx, &page)?;
            intake.loaded()?;
        }
        (Some(_), false) => {
            for number in staging::kept(tx)? {
                intake.page(marks, staging::page(tx, number)?)?;
            }
            intake.page(marks, page)?;
            staging::clear(tx)?;
        }
    }
    let taken = intake.finish(marks)?;
    (marks.cursor, marks.staged, marks.loading) = (to, None, false);
    marks.staged_head = Version::ZERO;
    Ok(taken)
}
