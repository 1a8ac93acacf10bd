//! Reads one page: the rows after a cursor in the order of their versions, and the answers to the device's own ops
//! of the same stretch, with what became of those that were held. The rows' text goes from the database into the page
//! as it is, where the person sees all of it.
//!
//! A page ends with a whole version. Its end is found three times: where the answers fill it, where the settlements
//! do, then where the rows do.
//!
//! What a page is a view of follows from the snapshot that it is read from: the scopes that the device has, and what its
//! user may read in each. Where that changed since the device's cursor (another role, a scope that lies elsewhere),
//! the pull is a snapshot of the whole view, which takes the place of what the device has.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fieldbook_merge::{Kinship, Line};
use fieldbook_model::access::Access;
use fieldbook_model::chain::Hash;
use fieldbook_model::cut;
use fieldbook_model::json::{self, Json};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::cards;
use fieldbook_model::schema::system::{CONFLICT, GAP};
use fieldbook_model::{Cursor, OpId, RecordId, Role, Schema, Scope, Seq, Version, WallTime};
use fieldbook_protocol::page::{Columns, PageEnd, PageStart, PageWriter, PullRequest, ScopeAsk, Staged};
use fieldbook_protocol::{Answer, Settlement, row};
use fieldbook_server_sync::Principal;
use rusqlite::{Connection, params};

use super::cuts::Cuts;
use super::frame::Frame;
use super::given::Given;
use super::moves::Seen;
use super::number::{int, nat};
use super::scopes::{self, Part, Tree};
use super::sight::{self, Sight};
use super::size::Size;
use super::{access, answer, batch, branch, epoch, gone, lost, rename, sums};
use crate::error::{StoreError, damaged};
use crate::store::{Head, PageLimit};

const ANSWERS: &str = "SELECT version, seq, op_id, answer FROM op INDEXED BY op_by_line \
    WHERE line = ? AND version > ? AND version <= ? AND seq <= ? ORDER BY version";
const SETTLED: &str = "SELECT version, text FROM settled INDEXED BY settled_by_line \
    WHERE line = ? AND version > ? AND version <= ? ORDER BY version, place";
const ROWS: &str = "SELECT version, of, id, deleted, row, scope FROM record INDEXED BY record_by_version \
    WHERE version > ?1 AND version <= ?2 ORDER BY version";
const ROWS_OF_SCOPES: &str = "SELECT version, of, id, deleted, row, scope FROM record INDEXED BY record_by_scope \
    WHERE scope > 0 AND scope IN (SELECT value FROM json_each(?3)) AND version > ?1 AND version <= ?2 ORDER BY version";
/// Where the first of some scopes has filled a page. What comes after need not be sorted for this page.
const FILLED_OF_SCOPES: &str = "SELECT min(v) FROM (SELECT (SELECT version FROM record INDEXED BY record_by_scope \
    WHERE scope > 0 AND scope = s.value AND version > ?1 AND version <= ?2 ORDER BY version LIMIT 1 OFFSET ?4) AS v \
    FROM json_each(?3) AS s)";
const LEFT: &str = "SELECT l.version, r.of, r.id, r.scope, l.scope, r.row FROM record_left AS l JOIN record AS r ON r.rid = l.rid \
    WHERE l.version > ? AND l.version <= ? ORDER BY l.version";
const OWN_OP: &str = "SELECT 1 FROM op WHERE op_id = ? AND line = ? AND seq <= ?";

/// Beyond so many scopes a load reads all rows in their order and leaves out what lies elsewhere.
const SCOPES_MAX: usize = 64;

/// A page, and what its pull has come to with it.
pub struct Paged {
    /// Its lines.
    pub text: String,
    /// How the next page is asked for.
    pub staged: Staged,
    /// Whether there is one.
    pub more: bool,
}

/// Reads a page; the caller holds the read transaction. Whoever was removed gets none.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    (request, principal): (&PullRequest, &Principal),
    size: Size,
    now: WallTime,
) -> Result<Option<Paged>, StoreError> {
    // Whoever has a newer version than this server knows is told of the server's, and waits.
    let known = |older: &u32| *older < frame.schema.version && frame.ladder.schema(*older).is_some();
    let older = request.schema.filter(known);
    let head = batch::head(connection)?;
    let (changed, access) = rights(connection, principal, head.version)?;
    if access.role == Role::Nobody {
        return Ok(None);
    }
    let logs = logs(connection, request, principal)?;
    let mut pull = Pull::plan(connection, frame, (request, older), (changed, access), &head)?;
    let from = pull.start.from.version;
    let (mut answers, mut settled) = (Answers::default(), Settled::default());
    let mut bound = head.version;
    for log in logs.iter().filter(|_| request.load.is_none()) {
        // Also of a snapshot: the device has had the answers before its cursor. Who wants everything anew wants these too.
        let from = if request.fresh { from } else { from.max(start(request.cursor, &head)) };
        bound = answers.read(connection, *log, (from, bound), size)?;
        bound = settled.read(connection, *log, (from, bound), size)?;
    }
    answers.0.sort_by_key(|answer| answer.version);
    settled.0.sort_by_key(|settled| settled.version);
    let mut rows = Rows::new(frame, older, PageWriter::new(&pull.start), size);
    rows.logs = logs;
    let to = rows.read(connection, &mut pull, bound)?;
    rows.read_left(connection, &mut pull, to)?;
    let compares = request.compare && to == head.version && request.load.is_none() && pull.joins.is_none();
    let sums = match compares {
        true => Some(sums::read(connection, frame, &mut pull, &rows, &request.scopes)?),
        false => None,
    };
    let mut page = rows.page;
    if let Some(older) = older {
        answers.0.iter_mut().for_each(|it| {
            rename(it, |of| frame.ladder.type_down(older, of));
        });
    }
    answers.write(&mut page, to);
    settled.write(&mut page, to);
    sums.iter().for_each(|sums| page.sums(sums));
    let (to, more) = (Cursor { epoch: head.epoch, version: to }, to < head.version);
    // Whoever reads a page stamps later than all that is in it, also when this machine's clock went back.
    let time = now.max(batch::time(connection)?);
    let (hash, fork) =
        (epoch::hash_at(connection, &head, to.version)?, fork(connection, request.cursor, &head)?);
    let newest = frame.schema.version;
    let schema = older.unwrap_or(newest);
    let horizon = Some(gone::horizon(connection)?).filter(|horizon| *horizon > Version::ZERO);
    let staged = Staged { version: to.version, view: pull.start.view };
    let (head, backup) = (head.version, lost::mark(connection)?);
    let end = PageEnd { to, head, hash, fork, horizon, backup, more, schema, newest, time };
    Ok(Some(Paged { text: page.end(&end), staged, more }))
}

/// The logs in which the ops of the device that pulls stand, each with the last place there that is its own.
fn logs(
    connection: &Connection,
    request: &PullRequest,
    principal: &Principal,
) -> Result<Vec<(Line, Seq)>, StoreError> {
    let kin = match &request.branch {
        Some(branch) => branch::said(connection, branch, principal.user)?,
        None => branch::of_device(connection, principal.device, principal.user)?.map(Kinship::alone),
    };
    Ok(kin.iter().flat_map(Kinship::logs).collect())
}

/// A place in a log as SQLite has it, also one beyond all.
fn bound(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

/// For a cursor of an earlier history, where that ended.
fn fork(connection: &Connection, cursor: Cursor, head: &Head) -> Result<Option<Version>, StoreError> {
    match cursor.epoch < head.epoch {
        true => Ok(epoch::epochs(connection, head.epoch)?.fork(cursor.epoch)),
        false => Ok(None),
    }
}

/// A cursor of another history, or of a future that was lost, starts again.
fn start(cursor: Cursor, head: &Head) -> Version {
    match cursor.epoch == head.epoch && cursor.version <= head.version {
        true => cursor.version,
        false => Version::ZERO,
    }
}

/// What a page is to bring.
pub(super) struct Pull<'a> {
    start: PageStart,
    pub(super) tree: Tree<'a>,
    pub(super) sight: Sight<'a>,
    /// What the device leaves out.
    pub(super) cuts: Cuts<'a>,
    /// What the device has.
    pub(super) has: Part,
    /// What it joins, and since when it has that.
    joins: Option<(Part, Version)>,
    /// The numbers of its scopes, where they are few and nothing else is wanted.
    only: Option<String>,
}

impl<'a> Pull<'a> {
    fn plan(
        connection: &'a Connection,
        frame: &'a Frame,
        (request, older): (&PullRequest, Option<u32>),
        (changed, access): (Version, Access),
        head: &Head,
    ) -> Result<Self, StoreError> {
        let mut tree = Tree::new(connection, frame);
        let moved = scopes::last_move(connection)?;
        let order = format!("{}.{changed}.{moved}", head.epoch);
        let mut sight = Sight::new(&frame.schema, access);
        let cuts = Cuts::of(connection, frame, &mut tree, &request.cuts, older)?;
        let mark = cut::mark(&request.cuts);
        let horizon = horizon(connection)?;
        // Pages that leave out other things do not belong together.
        let order = mark.iter().fold(order, |order, mark| format!("{order}.{mark}"));
        if let Some(load) = &request.load {
            let has = Part::of(&mut tree, false, std::slice::from_ref(load))?;
            let begun = begun(request.staged.as_ref(), &load_view(&order, load), head, horizon);
            let (view, from) = match &begun {
                Some((view, from)) => (view.clone(), *from),
                None => (since(&load_view(&order, load), head), Version::ZERO),
            };
            let numbers = has.numbers(&tree)?;
            let only = (numbers.len() <= SCOPES_MAX).then(|| json::write(&numbers));
            let from = Cursor { epoch: head.epoch, version: from };
            let load = Some(load.scope.clone());
            let start = PageStart { from, base: Version::ZERO, view, join: None, load, cuts: mark };
            return Ok(Self { start, tree, sight, cuts, has, joins: None, only });
        }
        let mut has = Part::of(&mut tree, true, &request.scopes)?;
        let mut base = start(request.cursor, head);
        if request.fresh
            || changed > base && !planted(Defect::RightsChangeUnnoticed)
            || cuts.moved_since(&mut has, &mut tree, base)?
        {
            base = Version::ZERO;
        }
        let mut seen = Seen { tree: &mut tree, has: &mut has, sight: &mut sight };
        if base > Version::ZERO && !seen.is_as_at(base, &request.scopes, &frame.schema)? {
            base = Version::ZERO;
        }
        // Pages of other scopes do not belong together.
        let scopes = Hash::of(json::write(&request.scopes).as_bytes()).to_string();
        let resumes = |view: &str| {
            let staged = request.staged.as_ref().filter(|staged| staged.view == view);
            staged.is_some_and(|staged| (horizon..=head.version).contains(&staged.version))
        };
        // What was deleted since then may be forgotten (rule 16): but for what the staged pages have told already.
        let late = if planted(Defect::HorizonOffByOne) { base.next() } else { base };
        if late < horizon && !resumes(&format!("{order}.{base}.{}", &scopes[..8])) {
            base = Version::ZERO;
        }
        // A snapshot of everything takes the place of what is kept apart, too.
        let apart = request.join.as_ref().filter(|_| base > Version::ZERO);
        let join = apart.filter(|join| {
            let (view, _) = parts(&join.staged.view);
            view == load_view(&order, &join.ask) && (horizon..=head.version).contains(&join.staged.version)
        });
        let mut joins = None;
        if let Some(join) = join {
            let mut part = Part::of(&mut tree, false, std::slice::from_ref(&join.ask))?;
            // A snapshot from before it was made, or came to lie elsewhere, is of no use.
            if !part.moved_since(&mut tree, join.staged.version)? {
                let since = if planted(Defect::JoinWithoutTail) { head.version } else { join.staged.version };
                joins = Some((part, since));
            }
        }
        let join = join.filter(|_| joins.is_some());
        let join = join.map(|join| join.ask.scope.clone());
        let named = join.as_ref().map_or_else(String::new, |scope| format!("+{scope}"));
        let view = format!("{order}.{base}.{}{named}", &scopes[..8]);
        let low = joins.as_ref().map_or(base, |(_, since)| base.min(*since));
        let (view, from) = match &request.staged {
            _ if base == Version::ZERO => match begun(request.staged.as_ref(), &view, head, horizon) {
                Some(begun) => begun,
                None => (since(&view, head), low),
            },
            Some(staged) if staged.view == view && (low..=head.version).contains(&staged.version) => {
                (view, staged.version)
            }
            _ => (view, low),
        };
        let start = PageStart {
            from: Cursor { epoch: head.epoch, version: from },
            base,
            view,
            join,
            load: None,
            cuts: mark,
        };
        Ok(Self { start, tree, sight, cuts, has, joins, only: None })
    }

    /// Whether a row of a version belongs to the page by the scope in which it lies.
    fn covers(&mut self, scope: i64, version: Version) -> Result<bool, StoreError> {
        if version > self.start.base && self.has.covers(&mut self.tree, scope)? {
            return Ok(true);
        }
        match &mut self.joins {
            Some((part, since)) if version > *since => part.covers(&mut self.tree, scope),
            _ => Ok(false),
        }
    }

    /// Whether a record belongs to the view as it is now.
    fn holds(&mut self, scope: i64) -> Result<bool, StoreError> {
        if self.has.covers(&mut self.tree, scope)? {
            return Ok(true);
        }
        match &mut self.joins {
            Some((part, _)) => part.covers(&mut self.tree, scope),
            None => Ok(false),
        }
    }
}

impl Pull<'_> {
    /// Whether the person reads records of a type in a scope.
    fn sees(&mut self, of: usize, scope: i64) -> Result<bool, StoreError> {
        Ok(self.sight.is_whole() || self.sight.within(&mut self.tree, scope)?[of].is_some())
    }
}

/// Up to here deleted records may be forgotten.
fn horizon(connection: &Connection) -> Result<Version, StoreError> {
    match planted(Defect::HorizonUnnoticed) {
        true => Ok(Version::ZERO),
        false => gone::horizon(connection),
    }
}

/// The view of a snapshot that begins now: its pages tell of what is deleted from the head on.
fn since(view: &str, head: &Head) -> String {
    format!("{view}@{}", head.version)
}

/// What a snapshot is a view of, and the head at which it began.
fn parts(view: &str) -> (&str, Version) {
    let Some((view, head)) = view.rsplit_once('@') else { return (view, Version::ZERO) };
    (view, head.parse().map_or(Version::ZERO, Version))
}

/// Where a snapshot goes on that is begun. What is forgotten of what was deleted since it began would never be told.
fn begun(staged: Option<&Staged>, view: &str, head: &Head, horizon: Version) -> Option<(String, Version)> {
    let staged = staged.filter(|staged| staged.version <= head.version)?;
    let (of, began) = parts(&staged.view);
    (of == view && began >= horizon).then(|| (staged.view.clone(), staged.version))
}

/// What a snapshot of a scope is a view of.
fn load_view(order: &str, ask: &ScopeAsk) -> String {
    let beneath = if ask.beneath { "/*" } else { "" };
    format!("{order}.{}{beneath}", ask.scope)
}

/// What a person may read, and since when that is so. Until an op says otherwise it is the role of the account. To whoever
/// was removed no grant is of use.
pub fn rights(
    connection: &Connection,
    principal: &Principal,
    at: Version,
) -> Result<(Version, Access), StoreError> {
    let everywhere = || (Version::ZERO, Access::everywhere(principal.role.clone()));
    let (since, mut access) = access::at(connection, principal.user, at)?.unwrap_or_else(everywhere);
    if access.role == Role::Nobody {
        access.grants.clear();
    }
    Ok((since, access))
}

/// Answers in the order of their versions.
#[derive(Default)]
struct Answers(Vec<Answer>);

/// About how many bytes a plain answer takes in a page.
const ANSWER_BYTES: usize = 140;

impl Answers {
    /// Reads answers after `from`, and says how far the page may reach with them.
    fn read(
        &mut self,
        connection: &Connection,
        (line, last): (Line, Seq),
        (from, to): (Version, Version),
        size: Size,
    ) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(ANSWERS)?;
        let mut rows = find.query(params![line.0, int(from.0), int(to.0), bound(last)])?;
        let (mut bytes, before) = (0, self.0.len());
        while let Some(row) = rows.next()? {
            let (version, seq) = (Version(nat(row.get(0)?)?), Seq(nat(row.get(1)?)?));
            let kept = row.get_ref(3)?.as_str_or_null().map_err(|_| damaged("an answer"))?;
            bytes += ANSWER_BYTES + kept.map_or(0, str::len);
            self.0.push(answer::read(version, seq, OpId::from_bytes(row.get(2)?), kept)?);
            if size.is_filled_by(self.0.len() - before, bytes) {
                return Ok(version);
            }
        }
        Ok(to)
    }

    fn write(&self, page: &mut PageWriter, to: Version) {
        self.0.iter().take_while(|answer| answer.version <= to).for_each(|answer| page.answer(answer));
    }
}

/// Settlements in the order of their versions.
#[derive(Default)]
struct Settled(Vec<Settlement>);

impl Settled {
    /// Reads settlements after `from`, and says how far the page may reach with them. One version may settle many.
    fn read(
        &mut self,
        connection: &Connection,
        (line, until): (Line, Seq),
        (from, to): (Version, Version),
        size: Size,
    ) -> Result<Version, StoreError> {
        let mut find = connection.prepare_cached(SETTLED)?;
        let mut rows = find.query(params![line.0, int(from.0), int(to.0)])?;
        let (mut bytes, mut last, before) = (0, from, self.0.len());
        while let Some(row) = rows.next()? {
            let version = Version(nat(row.get(0)?)?);
            let full = size.is_filled_by(self.0.len() - before, bytes);
            if full && version > last {
                return Ok(last);
            }
            let text = row.get_ref(1)?.as_str().map_err(|_| damaged("a settlement"))?;
            bytes += text.len();
            let settlement: Settlement = json::parse(text).map_err(|_| damaged("a settlement"))?;
            if settlement.seq <= until {
                self.0.push(settlement);
            }
            last = version;
        }
        Ok(to)
    }

    fn write(&self, page: &mut PageWriter, to: Version) {
        self.0.iter().take_while(|settled| settled.version <= to).for_each(|settled| page.settled(settled));
    }
}

/// Rows on their way into a page.
pub(super) struct Rows<'a> {
    frame: &'a Frame,
    /// The older version of the schema that the rows are to be of.
    older: Option<u32>,
    page: PageWriter,
    size: Size,
    /// The logs in which the ops of the device that pulls stand.
    logs: Vec<(Line, Seq)>,
    /// For each type of the schema and each scope its number in this page.
    numbers: BTreeMap<(usize, i64), usize>,
    /// What the person was given inside of what they do not read, once that was asked for.
    given: Option<Vec<Given>>,
    count: u32,
}

/// A row as the database has it.
struct Found<'r> {
    version: Version,
    of: usize,
    id: RecordId,
    deleted: bool,
    values: &'r str,
    scope: i64,
}

impl<'a> Rows<'a> {
    fn new(frame: &'a Frame, older: Option<u32>, page: PageWriter, size: Size) -> Self {
        Self { frame, older, page, size, logs: Vec::new(), numbers: BTreeMap::new(), given: None, count: 0 }
    }

    /// For reading rows one by one.
    pub(super) fn reading(frame: &'a Frame, older: Option<u32>) -> Self {
        let nothing = PageStart {
            from: Cursor::default(),
            base: Version::ZERO,
            view: String::new(),
            join: None,
            load: None,
            cuts: None,
        };
        let size = Size::plain(PageLimit { rows_max: 1, bytes_max: 0 });
        Self::new(frame, older, PageWriter::new(&nothing), size)
    }

    /// Writes rows up to `to` until the page is full, and says which version is its last.
    fn read(
        &mut self,
        connection: &Connection,
        pull: &mut Pull<'_>,
        to: Version,
    ) -> Result<Version, StoreError> {
        let from = pull.start.from.version;
        let to = match &pull.only {
            Some(scopes) => {
                let bounds = params![int(from.0), int(to.0), scopes, self.size.rows_max()];
                let filled: Option<i64> =
                    connection.prepare_cached(FILLED_OF_SCOPES)?.query_row(bounds, |row| row.get(0))?;
                filled.map_or(Ok(to), |filled| nat(filled).map(Version))?
            }
            None => to,
        };
        let mut find = connection.prepare_cached(if pull.only.is_some() { ROWS_OF_SCOPES } else { ROWS })?;
        let mut rows = match &pull.only {
            Some(scopes) => find.query(params![int(from.0), int(to.0), scopes])?,
            None => find.query([int(from.0), int(to.0)])?,
        };
        let mut last = from;
        while let Some(row) = rows.next()? {
            let version = Version(nat(row.get(0)?)?);
            if version > last && self.is_full() {
                return Ok(last);
            }
            last = version;
            let scope = row.get(5)?;
            let of = self.frame.place(row.get(1)?).ok_or_else(|| damaged("a record's type"))?;
            let values = row.get_ref(4)?.as_str().map_err(|_| damaged("a record"))?;
            let found = Found {
                version,
                of,
                id: RecordId::from_bytes(row.get(2)?),
                deleted: row.get(3)?,
                values,
                scope,
            };
            match pull.covers(scope, version)? {
                true if pull.cuts.hide(&mut pull.tree, of, values, scope)? => {}
                true => self.put(connection, pull, &found)?,
                false => self.own_conflict(connection, pull, &found)?,
            }
        }
        Ok(to)
    }

    fn put(
        &mut self,
        connection: &Connection,
        pull: &mut Pull<'_>,
        found: &Found<'_>,
    ) -> Result<(), StoreError> {
        // Whoever starts with nothing has nothing to take away; but what a deleted record owns is not shown.
        let nothing = pull.start.from.version == Version::ZERO;
        if found.deleted && nothing && !self.frame.owns(found.of) {
            return Ok(());
        }
        if pull.sight.is_whole() {
            return self.write(pull, found, None);
        }
        let seen = pull.sight.within(&mut pull.tree, found.scope)?;
        let Some(fields) = &seen[found.of] else { return self.tell_given(connection, pull, found) };
        let schema = &self.frame.schema;
        match self.system(found.of) {
            Some(CONFLICT) if !found.deleted => match self.conflict(connection, pull, found)? {
                Some(values) => self.write(pull, &Found { values: &values, ..*found }, None),
                // What was seen of it before is in conflict no more.
                None if nothing => Ok(()),
                None => self.write(pull, &Found { deleted: true, ..*found }, None),
            },
            Some(GAP) if !found.deleted && !sight::gap(schema, found.values, &seen)? => Ok(()),
            _ => self.write(pull, found, Some(fields)),
        }
    }

    /// What is not theirs to read may own what they were given.
    fn tell_given(
        &mut self,
        connection: &Connection,
        pull: &mut Pull<'_>,
        found: &Found<'_>,
    ) -> Result<(), StoreError> {
        if !self.frame.owns(found.of) || planted(Defect::GivenScopesStay) {
            return Ok(());
        }
        let given = match self.given.take() {
            Some(given) => given,
            None => Given::all(connection, self.frame, &mut pull.tree, &mut pull.sight)?,
        };
        for it in given.iter().filter(|it| it.hangs_on(found.of, found.id)) {
            if !pull.holds(it.n)? {
                continue;
            }
            let opens = Found { of: it.of, id: it.id, deleted: true, values: "", scope: it.home, ..*found };
            match it.there {
                true => self.write_left(pull, &opens)?,
                false => self.write(pull, &opens, None)?,
            }
        }
        self.given = Some(given);
        Ok(())
    }

    fn write_left(&mut self, pull: &mut Pull<'_>, found: &Found<'_>) -> Result<(), StoreError> {
        // What an older version has no type for is not there for it.
        let Some((columns, _)) = self.columns(found.of, None) else { return Ok(()) };
        let number = self.number(&mut pull.tree, found, columns)?;
        self.page.left(number, found.id, found.version);
        Ok(())
    }

    /// The name of a type that every app has.
    fn system(&self, of: usize) -> Option<&str> {
        let ty = self.frame.ty(of);
        ty.system.then_some(ty.name.as_str())
    }

    /// A conflict of an own op comes whatever the scopes (rule 34), as far as its author may read it by now (rule 50).
    fn own_conflict(
        &mut self,
        connection: &Connection,
        pull: &mut Pull<'_>,
        found: &Found<'_>,
    ) -> Result<(), StoreError> {
        if self.system(found.of) != Some(CONFLICT)
            || pull.start.from.version >= found.version
            || pull.only.is_some()
        {
            return Ok(());
        }
        if found.version <= pull.start.base || !self.is_own(connection, found.id)? {
            return Ok(());
        }
        let mut values = Cow::Borrowed(found.values);
        if !pull.sight.is_whole() && !found.deleted {
            match self.conflict(connection, pull, found)? {
                Some(narrowed) => values = Cow::Owned(narrowed),
                None => return Ok(()),
            }
        }
        self.write(pull, &Found { scope: 0, values: &values, ..*found }, None)
    }

    /// A conflict's row as far as the person sees the records that it is about, each where it lies.
    fn conflict(
        &self,
        connection: &Connection,
        pull: &mut Pull<'_>,
        found: &Found<'_>,
    ) -> Result<Option<String>, StoreError> {
        let frame = self.frame;
        sight::conflict(&frame.schema, found.values, |of, id| {
            // What was never made lies where the conflict does.
            let home =
                sight::home(connection, frame, of, id)?.filter(|_| !planted(Defect::ConflictsShowClosed));
            let scope = home.unwrap_or(found.scope);
            pull.sight.within(&mut pull.tree, scope)
        })
    }

    /// Whether a conflict is about an op of the device that pulls.
    fn is_own(&self, connection: &Connection, conflict: RecordId) -> Result<bool, StoreError> {
        let mut find = connection.prepare_cached(OWN_OP)?;
        for (line, last) in &self.logs {
            if find.exists(params![conflict.bytes(), line.0, bound(*last)])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn write(
        &mut self,
        pull: &mut Pull<'_>,
        found: &Found<'_>,
        fields: Option<&Vec<usize>>,
    ) -> Result<(), StoreError> {
        let all = self.frame.ty(found.of).fields.len();
        let fields = fields.filter(|fields| fields.len() < all);
        // What an older version has no type for is not there for it.
        let known = self.numbers.get(&(found.of, found.scope)).copied().filter(|_| self.older.is_none());
        let (of, fields) = match known {
            Some(number) => (number, fields.cloned()),
            None => {
                let Some((columns, fields)) = self.columns(found.of, fields) else { return Ok(()) };
                (self.number(&mut pull.tree, found, columns)?, fields)
            }
        };
        match (found.deleted, fields) {
            (true, _) => self.page.gone(of, found.id, found.version),
            (false, None) => {
                self.page.row(of, found.id, found.version, &self.values(found.of, found.values)?);
            }
            (false, Some(fields)) => {
                let values = self.values(found.of, found.values)?;
                self.page.row(of, found.id, found.version, &sight::narrowed(&values, &fields)?);
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Tells of records that left the view in what the page covers (rule 13).
    fn read_left(
        &mut self,
        connection: &Connection,
        pull: &mut Pull<'_>,
        to: Version,
    ) -> Result<(), StoreError> {
        let nothing = pull.start.from.version == Version::ZERO;
        if !self.frame.has_scopes() || nothing || planted(Defect::LeaversStay) {
            return Ok(());
        }
        let mut find = connection.prepare_cached(LEFT)?;
        let mut rows = find.query([int(pull.start.from.version.0), int(to.0)])?;
        while let Some(row) = rows.next()? {
            let version = Version(nat(row.get(0)?)?);
            let (now, was): (i64, i64) = (row.get(3)?, row.get(4)?);
            if !pull.covers(was, version)? {
                continue;
            }
            let of = self.frame.place(row.get(1)?).ok_or_else(|| damaged("a record's type"))?;
            let id = RecordId::from_bytes(row.get(2)?);
            let stays = pull.holds(now)? && pull.sees(of, now)?;
            let is_own = self.system(of) == Some(CONFLICT) && self.is_own(connection, id)?;
            if is_own && !planted(Defect::OwnConflictsLeave) {
                continue;
            }
            if stays && (pull.cuts.is_empty() || !self.is_below(pull, of, row.get_ref(5)?, now)?) {
                continue;
            }
            let found = Found { version, of, id, deleted: false, values: "", scope: was };
            if pull.sees(of, was)? {
                self.write_left(pull, &found)?;
            }
        }
        Ok(())
    }

    /// Whether a record came below a cut-off where it lies now.
    fn is_below(
        &self,
        pull: &mut Pull<'_>,
        of: usize,
        row: rusqlite::types::ValueRef<'_>,
        now: i64,
    ) -> Result<bool, StoreError> {
        let row = row.as_str().map_err(|_| damaged("a record"))?;
        pull.cuts.hide(&mut pull.tree, of, row, now)
    }

    /// Never before its first row, so that every page leads on however small it has to be.
    fn is_full(&self) -> bool {
        self.count > 0 && self.size.is_filled_by(self.count as usize, self.page.bytes())
    }

    /// The version of the schema that the rows are to be of.
    pub(super) fn schema(&self) -> &Schema {
        let older = self.older.and_then(|older| self.frame.ladder.schema(older));
        older.map_or(&self.frame.schema, |older| older)
    }

    /// The columns of a type as the page has them, with their places in the rows; `None` where the version that is wanted
    /// does not know the type. What an older version puts together is there if the person may read all its parts.
    pub(super) fn columns(
        &self,
        of: usize,
        fields: Option<&Vec<usize>>,
    ) -> Option<(Columns, Option<Vec<usize>>)> {
        let Frame { schema, ladder, .. } = self.frame;
        let Some(older) = self.older else {
            let Columns { columns, .. } = row::columns(schema, of);
            let columns = match fields {
                Some(fields) => fields.iter().map(|at| columns[*at].clone()).collect(),
                None => columns,
            };
            let of = self.frame.ty(of).name.clone();
            return Some((Columns { of, scopes: Vec::new(), columns }, fields.cloned()));
        };
        let ty = self.frame.ty(of);
        let old = ladder.schema(older)?;
        let mut all = row::columns(old, old.place(&ladder.type_down(older, &ty.name))?);
        let Some(fields) = fields else { return Some((all, None)) };
        let seen = |name: &str| fields.iter().any(|at| ty.fields[*at].name == *name);
        let whole = |name: &String| {
            ladder.field_up(older, &all.of, name, &[Json::Null]).iter().all(|(name, _)| seen(name))
        };
        let kept: Vec<usize> = (0..all.columns.len()).filter(|at| whole(&all.columns[*at])).collect();
        all.columns = kept.iter().map(|at| all.columns[*at].clone()).collect();
        Some((all, Some(kept)))
    }

    /// A row's values as the version that is wanted has them.
    pub(super) fn values<'v>(&self, of: usize, values: &'v str) -> Result<Cow<'v, str>, StoreError> {
        let (ty, ladder) = (self.frame.ty(of), &self.frame.ladder);
        // A conflict may tell of fields that are new, also where nothing has another name.
        let Some(older) = self.older.filter(|_| !ty.system || ty.name == CONFLICT) else {
            return Ok(Cow::Borrowed(values));
        };
        let values: Vec<Json> = json::parse(values).map_err(|_| damaged("a record"))?;
        let values = match ty.system {
            true if ty.name == CONFLICT => cards::row_down(ladder, older, values),
            true => values,
            false => ladder.row_down(older, &ty.name, values).ok_or_else(|| damaged("a record"))?,
        };
        Ok(Cow::Owned(json::write(&values)))
    }

    /// The number of a type in a scope in this page, which names it before its first row.
    fn number(
        &mut self,
        tree: &mut Tree<'_>,
        found: &Found<'_>,
        columns: Columns,
    ) -> Result<usize, StoreError> {
        if let Some(number) = self.numbers.get(&(found.of, found.scope)) {
            return Ok(*number);
        }
        let scopes: Vec<Scope> = tree.path(found.scope)?;
        self.page.columns(&Columns { scopes, ..columns });
        let number = self.numbers.len();
        self.numbers.insert((found.of, found.scope), number);
        Ok(number)
    }
}
