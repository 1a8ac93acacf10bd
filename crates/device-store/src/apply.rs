//! Takes whole pages in, all in the transaction of the caller: rows that nothing pending touches go straight
//! to their tables, the others through a rebase, together with the verdicts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fieldbook_device_sync::{Key, News, Pending, Rebased, rebase};
use fieldbook_merge::Verb;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Change, Cut, Seq, Version};
use fieldbook_protocol::page::RowState;
use fieldbook_protocol::{Answer, Page, Settlement};

use crate::anew;
use crate::cuts;
use crate::defects;
use crate::error::StoreError;
use crate::incoming::IncomingError;
use crate::lies;
use crate::marks::Marks;
use crate::open::Tx;
use crate::oplog;
use crate::owners;
use crate::pending::{self, Desk, Laid};
use crate::scopes;
use crate::settle::{self, Settled};
use crate::shown;
use crate::sink::{self, Sink, Target};
use crate::staging;
use crate::standing::Stored;

/// Pages on their way into the shown state.
pub(crate) struct Intake<'a> {
    desk: Desk<'a>,
    news: BTreeMap<Key, News>,
    answers: Vec<Answer>,
    settlements: Vec<Settlement>,
    changed: BTreeSet<usize>,
    /// In which scopes records lie that pending ops touch.
    homes: BTreeMap<Key, i64>,
    /// The scopes in which rows came to lie.
    scopes: BTreeSet<i64>,
}

/// What an intake has come to, while its transaction is left open without it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    desk: Laid,
    news: BTreeMap<Key, News>,
    answers: Vec<Answer>,
    settlements: Vec<Settlement>,
    changed: BTreeSet<usize>,
    homes: BTreeMap<Key, i64>,
    scopes: BTreeSet<i64>,
}

/// What came of some pages.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Ops that have their verdict now.
    pub settled: u32,
    /// Types whose rows changed.
    pub changed: BTreeSet<usize>,
    /// Whether ops that were answered wait again.
    pub again: bool,
}

/// How what came goes on from what was there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taking {
    /// The same history goes on; perhaps some ops are to be offered again.
    On { again: bool },
    /// Another history begins.
    Anew,
}

/// Which records pending ops touch, as cheaply as can be known for so many rows.
enum Touch {
    Nothing,
    Known(BTreeSet<Key>),
    LookUp,
}

/// What a snapshot of the whole view has.
struct View {
    /// The scopes, by their numbers.
    covered: BTreeSet<i64>,
    /// What is left out by age.
    cuts: Vec<Cut>,
}

impl View {
    fn of(tx: Tx<'_>) -> Result<Self, StoreError> {
        Ok(Self { covered: lies::covered_by(tx, &scopes::loaded(tx)?)?, cuts: cuts::cuts(tx)? })
    }
}

impl<'a> Intake<'a> {
    pub fn new(tx: Tx<'a>) -> Self {
        Self::with(tx, Held::default())
    }

    /// Goes on in the same transaction.
    pub fn with(tx: Tx<'a>, held: Held) -> Self {
        let Held { desk, news, answers, settlements, changed, homes, scopes } = held;
        Self { desk: Desk::with(tx, desk), news, answers, settlements, changed, homes, scopes }
    }

    /// What it has come to.
    pub fn hold(self) -> Held {
        let Self { desk, news, answers, settlements, changed, homes, scopes } = self;
        Held { desk: desk.lay(), news, answers, settlements, changed, homes, scopes }
    }

    /// Takes in a page.
    pub fn page(&mut self, marks: &Marks, page: Page) -> Result<(), IncomingError> {
        self.rows(marks, &page, 0..page.rows.len())?;
        self.verdicts(page);
        Ok(())
    }

    /// Keeps a page's answers for the end.
    pub fn verdicts(&mut self, page: Page) {
        self.answers.extend(page.answers);
        self.settlements.extend(page.settled);
    }

    /// Takes in some of a page's rows.
    pub fn rows(&mut self, marks: &Marks, page: &Page, some: Range<usize>) -> Result<(), IncomingError> {
        let tx = self.desk.tx;
        let shapes = sink::shapes(tx, page, Target::Shown)?;
        self.scopes.extend(shapes.iter().map(|shape| shape.scope));
        let touch = touch(tx, marks, page.rows.len())?;
        let mut sink = Sink::new(tx, Target::Shown)?;
        for row in &page.rows[some] {
            let shape = &shapes[row.of];
            sink::fits(page, shape, row)?;
            let key = Key { of: shape.of, id: row.id };
            self.changed.insert(shape.of);
            if row.state != RowState::Left {
                lies::opened(tx, (shape.of, row.id), shape.scope, Target::Shown)?;
            }
            let touched = match &touch {
                Touch::Nothing => false,
                Touch::Known(keys) => keys.contains(&key),
                Touch::LookUp => self.desk.record(key)?.image.is_some(),
            };
            match touched {
                true => {
                    let mut image = sink::image(&tx.schema.types[shape.of], shape, row)?;
                    if row.state == RowState::Left {
                        // Not deleted: this device knows no version of it any more.
                        image.version = Version::ZERO;
                    }
                    if image.row.is_some() {
                        self.homes.insert(key, shape.scope);
                        lies::stays(tx, key)?;
                    }
                    self.take_in(key, image)?;
                }
                false => sink.put(shape, row)?,
            }
        }
        Ok(())
    }

    /// Shows all that pending ops touch anew: the database has another shape.
    pub fn reshaped(&mut self) -> Result<(), StoreError> {
        for key in pending::all(self.desk.tx)? {
            let image = self.desk.record(key)?.image.clone();
            self.news.extend(image.map(|image| (key, image)));
        }
        Ok(())
    }

    /// Takes in news of a record that pending ops touch. What a deleted one held is known if it was here.
    fn take_in(&mut self, key: Key, mut image: News) -> Result<(), StoreError> {
        if image.row.is_none() && image.version > Version::ZERO {
            let before = match self.news.get(&key) {
                Some(news) => Some(news.clone()),
                None => self.desk.record(key)?.image.clone(),
            };
            image.gone = before.and_then(|before| before.row.or(before.gone));
        }
        self.news.insert(key, image);
        Ok(())
    }

    /// Takes in tables that a first load has filled.
    pub fn loaded(&mut self) -> Result<(), StoreError> {
        let tx = self.desk.tx;
        self.scopes.extend(lies::all(tx)?);
        // A snapshot that this device asked for itself says nothing of what lies outside its view; any other says that rights changed.
        let lingering = if cuts::wants_anew(tx)? { lies::all_lingering(tx)? } else { BTreeSet::new() };
        let loaded = staging::swap_in(tx)?;
        let view = if lingering.is_empty() { None } else { Some(View::of(tx)?) };
        self.changed.extend(loaded.filled);
        self.answers.extend(loaded.answers.into_iter().filter(|_| !planted(Defect::StagedVerdictsLost)));
        self.settlements.extend(loaded.settled);
        for key in pending::all(tx)? {
            let mut image = shown::confirmed(tx, key)?;
            let lingers = image == News::default() && lingering.contains(&key);
            if let Some(view) = view.as_ref().filter(|_| lingers)
                && !self.is_in_view(view, key)?
            {
                image = self.desk.record(key)?.image.clone().unwrap_or_default();
                // Of a history that is over nothing lingers.
                if image != News::default() {
                    lies::linger(tx, key)?;
                }
            }
            self.news.insert(key, image);
        }
        Ok(())
    }

    /// Whether a record lies, by what was known of it, where a snapshot of the whole view has it: if that has not, it was deleted,
    /// lies elsewhere, or is not for this device any more.
    fn is_in_view(&mut self, view: &View, key: Key) -> Result<bool, StoreError> {
        let tx = self.desk.tx;
        let Some(row) = self.desk.record(key)?.image.as_ref().and_then(|image| image.row.clone()) else {
            return Ok(false);
        };
        let is_covered = match tx.tables.types[key.of].scoped {
            true => {
                lies::place(tx, key, &row)?.is_some_and(|scope| scope == 0 || view.covered.contains(&scope))
            }
            false => true,
        };
        Ok(is_covered && !cuts::hides(tx, &view.cuts, key)?)
    }

    /// Takes in the snapshot of one scope.
    pub fn join(&mut self) -> Result<(), StoreError> {
        let tx = self.desk.tx;
        for key in lies::lingering_of_ready(tx)? {
            self.left_behind(key)?;
        }
        for key in pending::all(tx)?.into_iter().filter(|_| !planted(Defect::PendingDroppedAtJoin)) {
            let loaded = match staging::take_loaded(tx, key)? {
                Some(loaded) => Some(loaded),
                None => staging::loaded_gone(tx, key)?.map(|image| (image, None)),
            };
            let Some((image, scope)) = loaded else {
                self.left_since(key)?;
                continue;
            };
            if image.row.is_some() {
                lies::stays(tx, key)?;
            }
            let known = self.desk.record(key)?.image.as_ref().map_or(Version::ZERO, |image| image.version);
            if image.version > known {
                self.homes.extend(scope.map(|scope| (key, scope)));
                self.take_in(key, image)?;
            }
        }
        self.changed.extend(staging::merge_in(tx)?);
        if planted(Defect::JoinInTwo) {
            tx.conn.execute_batch(defects::BETWEEN)?;
        }
        self.scopes.extend(lies::all(tx)?);
        Ok(())
    }

    /// What was deleted as far as this device knew, and has come to lie elsewhere since, is not deleted.
    fn left_since(&mut self, key: Key) -> Result<(), StoreError> {
        let Some(left) = staging::loaded_left(self.desk.tx, key)? else { return Ok(()) };
        let known = self.desk.record(key)?.image.as_ref();
        if known.is_some_and(|image| image.row.is_none() && image.version < left) {
            self.news.insert(key, News::default());
        }
        Ok(())
    }

    /// What lingers of a part and does not come with it was deleted, or lies elsewhere by now. One's own new record is still
    /// to come.
    fn left_behind(&mut self, key: Key) -> Result<(), StoreError> {
        let tx = self.desk.tx;
        if staging::is_loaded(tx, key)? {
            return Ok(());
        }
        match self.desk.record(key)?.image.as_ref().map(|image| image.row.is_some()) {
            Some(true) if staging::loaded_gone(tx, key)?.is_none() => {
                self.news.insert(key, News::default());
            }
            Some(_) => {}
            None => {
                let delete = &tx.tables.types[key.of].delete;
                tx.conn.prepare_cached(delete)?.execute([key.id.to_string()])?;
            }
        }
        Ok(())
    }

    /// Settles what has a verdict and plays what is left on top of the news.
    pub fn finish(mut self, marks: &mut Marks) -> Result<Taken, StoreError> {
        let mut settled = settle::settle(&mut self.desk, marks, &self.answers, &mut self.news)?;
        if planted(Defect::VerdictsBeforeRows) {
            self.desk.tx.conn.execute_batch(defects::BETWEEN)?;
        }
        if marks.answered > marks.settled {
            anew::lost(self.desk.tx, marks, &mut settled)?;
        }
        let again = anew::unnamed(self.desk.tx, marks)?;
        self.taken(marks, settled, Taking::On { again })
    }

    /// The same for a history that begins anew: which ops the server has, its answers say; the others wait again.
    pub fn finish_anew(mut self, marks: &mut Marks) -> Result<Taken, StoreError> {
        let mut settled = Settled::new();
        for answer in &self.answers {
            anew::begun(self.desk.tx, answer.seq)?;
            let one = std::slice::from_ref(answer);
            settled.extend(settle::settle(&mut self.desk, marks, one, &mut self.news)?);
        }
        anew::lost(self.desk.tx, marks, &mut settled)?;
        self.taken(marks, settled, Taking::Anew)
    }

    fn taken(mut self, marks: &mut Marks, mut settled: Settled, taking: Taking) -> Result<Taken, StoreError> {
        let tx = self.desk.tx;
        let verdicts = settled.len() as u32;
        settle::settlements(tx, &self.settlements, &mut settled)?;
        if taking == Taking::Anew {
            anew::waiting(tx)?;
        }
        let again = taking != Taking::On { again: false };
        if again {
            anew::offer(tx, marks)?;
        }
        if tx.ladder.schemas().len() > 1 {
            self.desk.news = self.news.clone();
        }
        let rebased = rebase(&tx.schema.types, &mut self.desk, &self.news, &settled)?;
        self.changed.extend(rebased.shown.keys().map(|key| key.of));
        carry_out(&self.desk, &self.news, &settled, &rebased)?;
        for (key, scope) in &self.homes {
            lies::lay(tx, *key, *scope)?;
        }
        self.unearth_elsewhere(&rebased)?;
        defects::after_rebase(&mut self.desk, marks, &rebased)?;
        self.changed.extend(lies::drop_lingering(tx)?);
        // A person may have unloaded a scope while the page was on its way.
        if lies::any_uncovered(tx, &self.scopes)? {
            lies::drop_uncovered(tx)?;
        }
        // What is owned comes and goes with its owners.
        let changed = self.changed.iter().flat_map(|of| tx.tables.owners.with_owned(*of));
        Ok(Taken { settled: verdicts, changed: changed.collect(), again })
    }
}

impl Intake<'_> {
    /// A record that is not here and was neither deleted nor only made by an op that did not come about is in a scope that is
    /// not here: what it owns is shown.
    fn unearth_elsewhere(&mut self, rebased: &Rebased) -> Result<(), StoreError> {
        let tx = self.desk.tx;
        if !tx.schema.is_in_parts() {
            return Ok(());
        }
        let absent = rebased.shown.iter();
        let absent = absent.filter(|(_, image)| image.row.is_none() && image.version == Version::ZERO);
        for (key, _) in absent {
            if shown::gone(tx, *key)?.is_some() || self.ends_pending(*key, rebased)? || is_unmade(tx, *key)? {
                continue;
            }
            owners::note(tx, key.of, key.id.encode(&mut [0; 36]), true)?;
        }
        Ok(())
    }
}

impl Intake<'_> {
    /// Whether pending ops make a record that is not here, or take back that it was made, so that it is not elsewhere. One in doubt
    /// takes nothing back, and what it would make is nowhere; a delete of what is not here is always in doubt.
    fn ends_pending(&mut self, key: Key, rebased: &Rebased) -> Result<bool, StoreError> {
        self.desk.reread(key);
        let touching = self.desk.touching(key)?;
        for seq in touching {
            let doubted = rebased.doubt.get(&seq) == Some(&true);
            let ends = |verb: &Verb| match verb {
                Verb::Insert(_) => true,
                Verb::Unmake => !doubted,
                _ => false,
            };
            let changes = self.desk.replay(seq)?.changes;
            if changes.iter().any(|change| (change.of, change.id) == (key.of, key.id) && ends(&change.verb)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a record was only made by an own op that did not come about, whenever that was said.
fn is_unmade(tx: Tx<'_>, key: Key) -> Result<bool, StoreError> {
    for seq in oplog::touching(tx, key)? {
        let waits = |state| matches!(state, Stored::Waiting | Stored::Answered | Stored::Committed);
        if oplog::standing(tx, seq)?.is_none_or(|standing| waits(standing.state)) {
            continue;
        }
        let changes = oplog::op(tx, seq)?.payload.changes;
        if changes.iter().any(|change| matches!(change, Change::Insert { .. }) && change.id() == key.id) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn touch(tx: Tx<'_>, marks: &Marks, rows: usize) -> Result<Touch, StoreError> {
    let open = staging::open_ops(oplog::tail(tx)?.seq, marks);
    Ok(match open {
        0 => Touch::Nothing,
        _ if open < rows as u64 / 4 => {
            let most = if planted(Defect::LongQueueOverlooked) { 50 } else { usize::MAX };
            Touch::Known(pending::all(tx)?.into_iter().take(most).collect())
        }
        _ => Touch::LookUp,
    })
}

/// Writes a rebase's plan down.
pub(crate) fn carry_out(
    desk: &Desk<'_>,
    news: &BTreeMap<Key, News>,
    settled: &Settled,
    rebased: &Rebased,
) -> Result<(), StoreError> {
    let tx = desk.tx;
    for (key, image) in &rebased.shown {
        shown::put(tx, *key, image)?;
    }
    for (key, image) in &rebased.images {
        match (image, news.get(key)) {
            (None, _) => pending::forget(tx, *key)?,
            (Some(image), Some(_)) => pending::keep_image(tx, *key, image.version, image.row.as_ref())?,
            (Some(_), None) => {}
        }
    }
    let any_gone: bool =
        tx.conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM fb_gone)")?.query_row([], |row| row.get(0))?;
    for (key, image) in news.iter().filter(|(_, image)| any_gone || image.row.is_none()) {
        shown::note_gone(tx, *key, image)?;
    }
    for (seq, keys) in settled {
        for key in keys.iter().filter(|key| matches!(rebased.images.get(key), Some(Some(_)))) {
            pending::leave(tx, *key, *seq)?;
        }
    }
    for (seq, doubt) in rebased.doubt.iter().filter(|(seq, doubt)| desk.doubted.get(seq) != Some(doubt)) {
        doubt_op(tx, *seq, *doubt)?;
    }
    Ok(())
}

fn doubt_op(tx: Tx<'_>, seq: Seq, doubt: bool) -> Result<(), StoreError> {
    tx.conn.prepare_cached("UPDATE fb_op SET in_doubt = ?2 WHERE seq = ?1")?.execute((seq.0, doubt))?;
    Ok(())
}
