//! The rows of a page: each as far as its reader may see it, in the words of the version that the device has, until the page
//! is full. It never decides which view that is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fieldbook_merge::Line;
use fieldbook_model::json::{self, Json};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::cards;
use fieldbook_model::schema::system::{CONFLICT, GAP};
use fieldbook_model::{Cursor, RecordId, Schema, Scope, Seq, Version};
use fieldbook_protocol::page::{Columns, PageStart, PageWriter};
use fieldbook_protocol::row;
use rusqlite::{Connection, params};

use super::frame::Frame;
use super::given::Given;
use super::number::{bound, int, nat};
use super::plan::Pull;
use super::scopes::Tree;
use super::sight;
use super::size::Size;
use crate::error::{StoreError, damaged};
use crate::store::PageLimit;

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

/// Rows on their way into a page.
pub(super) struct Rows<'a> {
    frame: &'a Frame,
    /// The older version of the schema that the rows are to be of.
    older: Option<u32>,
    pub(super) page: PageWriter,
    size: Size,
    /// The logs in which the ops of the device that pulls stand.
    pub(super) logs: Vec<(Line, Seq)>,
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
    pub(super) fn new(frame: &'a Frame, older: Option<u32>, page: PageWriter, size: Size) -> Self {
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
            places: Vec::new(),
        };
        let size = Size::plain(PageLimit { rows_max: 1, bytes_max: 0 });
        Self::new(frame, older, PageWriter::new(&nothing), size)
    }

    /// Writes rows up to `to` until the page is full, and says which version is its last.
    pub(super) fn read(
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
        let system = self.system(found.of);
        let Some(fields) = &seen[found.of] else {
            return match system {
                Some(CONFLICT) => self.own_conflict(connection, pull, found),
                _ => self.tell_given(connection, pull, found),
            };
        };
        let schema = &self.frame.schema;
        match system {
            Some(CONFLICT) if !found.deleted => match self.conflict(connection, pull, found)? {
                Some(values) => self.write(pull, &Found { values: &values, ..*found }, None),
                None if self.is_own(connection, found.id)? => {
                    let values = sight::nothing_of(schema, found.values)?;
                    self.write(pull, &Found { values: &values, ..*found }, None)
                }
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

    /// A conflict of an own op comes whatever the scopes (rule 34), as far as its author may read it by now: that his op
    /// waits in it he learns in any case (rule 50).
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
            let narrowed = self.conflict(connection, pull, found)?;
            values =
                Cow::Owned(narrowed.map_or_else(|| sight::nothing_of(&self.frame.schema, found.values), Ok)?);
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
    pub(super) fn read_left(
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
