//! Which parts of the workspace are on the device: what a person asked for, how far each is, and what a pull asks the
//! server for.
//!
//! ```text
//!   wanted ──► its snapshot comes apart ──► ready ──► the next pull joins it ──► loaded ──► unloaded: its rows go
//! ```

use fieldbook_device_sync::{Apart, Key};
use fieldbook_model::{RecordId, Scope, Version, WallTime};
use fieldbook_protocol::page::{Join, PullRequest, ScopeAsk, Staged};
use rusqlite::{OptionalExtension, params};

use crate::blobs;
use crate::blobs::BlobsHere;
use crate::branch;
use crate::compare;
use crate::cuts;
use crate::error::StoreError;
use crate::labels;
use crate::lies;
use crate::marks::Marks;
use crate::notes;
use crate::open::{Durability, Store, Tx};
use crate::shown::{self, Rows};
use crate::trail;

/// The note of what the staged pages are a view of.
const VIEW: &str = "staged_view";

/// The note of the snapshot that the last pull was asked to join.
const JOINS: &str = "joins";

/// How far a scope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeState {
    /// It is asked for; nothing of it, or a part, is here and out of sight.
    Wanted,
    /// All of it is here, out of sight, and joins the rest with the next pull.
    Ready,
    /// It is shown.
    Loaded,
}

/// A scope on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadedScope {
    /// Which.
    pub scope: Scope,
    /// The scopes around it as far as they are known, the outermost first, and itself.
    pub path: Vec<Scope>,
    /// With all that lies in it.
    pub beneath: bool,
    /// How far it is.
    pub state: ScopeState,
    /// Since when it is shown.
    pub since: Option<WallTime>,
    /// Its records on the device.
    pub records: u64,
    /// About how many bytes those take.
    pub bytes: u64,
    /// The blobs that its records name, and what of them is here.
    pub blobs: BlobsHere,
}

/// Why a scope was not loaded or unloaded.
#[derive(Debug, thiserror::Error)]
pub enum ScopeError {
    /// The type opens no scope.
    #[error("{0} opens no scope; a scope is {1}")]
    NoScope(String, String),
    /// It is not on the device.
    #[error("{0} is not on this device; `fieldbook scopes` lists what is")]
    NotHere(Scope),
    /// It is here with a scope around it.
    #[error("{0} is here with {1} and all beneath; unload that one")]
    Beneath(Scope, Scope),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ScopeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Asks for a scope, from the next sync on; with all beneath it, or only what lies in itself. Does nothing when it is here.
    pub fn load(&mut self, scope: &Scope, beneath: bool) -> Result<(), ScopeError> {
        opens(&self.identity().schema, scope)?;
        let (conn, parts) = self.write(Durability::Full)?;
        let name = scope.to_string();
        let is_here: bool = conn
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM fb_loaded WHERE name = ?1 AND beneath >= ?2)")?
            .query_row((&name, beneath), |row| row.get(0))?;
        cuts::widen(parts.on(&conn), scope)?;
        if !is_here {
            // What is shown of it stays so until the rest has come.
            conn.prepare_cached("DELETE FROM fb_loaded WHERE name = ?1 AND state < 2")?.execute([&name])?;
            conn.prepare_cached("INSERT INTO fb_loaded VALUES (?1, ?2, 0, NULL, NULL, NULL)")?
                .execute((&name, beneath))?;
        }
        Ok(conn.commit()?)
    }

    /// Takes a scope off the device. What pending ops touch stays until those are settled (rule 34). Returns how many
    /// records went.
    pub fn unload(&mut self, scope: &Scope) -> Result<u64, ScopeError> {
        let (conn, parts) = self.write(Durability::Full)?;
        let tx = parts.on(&conn);
        let gone =
            conn.prepare_cached("DELETE FROM fb_loaded WHERE name = ?1")?.execute([scope.to_string()])?;
        if gone == 0 {
            let path = lies::path_of(tx, scope)?;
            let around = loaded(tx)?.into_iter().find(|ask| ask.beneath && path.contains(&ask.scope));
            return Err(match around {
                Some(around) => ScopeError::Beneath(scope.clone(), around.scope),
                None => ScopeError::NotHere(scope.clone()),
            });
        }
        let went = lies::drop_uncovered(tx)?;
        blobs::drop_unnamed(tx, None)?;
        conn.commit()?;
        Ok(went)
    }

    /// The scopes that were asked for, by name.
    pub fn scopes(&mut self) -> Result<Vec<LoadedScope>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let mut select = tx
            .conn
            .prepare_cached("SELECT name, beneath, state, since FROM fb_loaded ORDER BY name, beneath")?;
        let rows = select.query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get::<_, Option<i64>>(3)?))
        })?;
        let mut scopes = Vec::new();
        for row in rows {
            let (name, beneath, state, since) = row?;
            let scope = parsed(&name)?;
            let numbers =
                lies::covered(tx, &[ScopeAsk { scope: scope.clone(), beneath }], lies::Around::Left)?;
            let (records, bytes) = lies::size(tx, &numbers)?;
            let state = match state {
                0 => ScopeState::Wanted,
                1 => ScopeState::Ready,
                _ => ScopeState::Loaded,
            };
            let (path, since) = (lies::path_of(tx, &scope)?, since.map(WallTime));
            let blobs = blobs::of_scopes(tx, &numbers)?;
            scopes.push(LoadedScope { scope, path, beneath, state, since, records, bytes, blobs });
        }
        Ok(scopes)
    }

    /// The records on the device that open a scope which nobody has asked for: what could be loaded, by type and what a person
    /// calls it.
    pub fn offered_scopes(&mut self) -> Result<Vec<(Scope, String)>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let asked = asks(tx, "state >= 0")?;
        let mut offered = Vec::new();
        for (of, ty) in tx.schema.types.iter().enumerate().filter(|(_, ty)| ty.scope) {
            for id in shown::all(tx, of, Rows::Shown)?.into_keys() {
                let scope = Scope { of: ty.name.clone(), id };
                let path = lies::path_of(tx, &scope)?;
                let is_asked =
                    |ask: &ScopeAsk| ask.scope == scope || (ask.beneath && path.contains(&ask.scope));
                if !asked.iter().any(is_asked) {
                    offered.push((scope, labels::label(tx, Key { of, id })));
                }
            }
        }
        offered.sort_by(|one, other| (&one.0.of, &one.1).cmp(&(&other.0.of, &other.1)));
        Ok(offered)
    }

    /// What was asked for and is shown.
    pub fn shown_scopes(&mut self) -> Result<Vec<ScopeAsk>, StoreError> {
        let (conn, parts) = self.read()?;
        loaded(parts.on(&conn))
    }

    /// What the next pull asks for. A device that has nothing asks for all that it wants at once.
    pub fn pull_request(&mut self) -> Result<PullRequest, StoreError> {
        self.asked(None)
    }

    /// The same when this device's clock says `own`: now and then it compares what it has with the server.
    pub fn pull_request_at(&mut self, own: WallTime) -> Result<PullRequest, StoreError> {
        self.asked(Some(own))
    }

    fn asked(&mut self, own: Option<WallTime>) -> Result<PullRequest, StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        if marks.cursor == Version::ZERO {
            conn.execute("UPDATE fb_loaded SET state = 2, staged = NULL, view = NULL WHERE state <> 2", [])?;
            forget_parts(tx)?;
        }
        let view = view(tx)?;
        let staged = marks.staged.zip(view).map(|(version, view)| Staged { version, view });
        let join = ready(tx)?;
        notes::write(tx, JOINS, join.as_ref().map(|join| named(&join.staged)).as_deref())?;
        let request = PullRequest {
            // What joins has to be here first.
            compare: join.is_none() && compare::is_due(tx, &marks, own)?,
            cursor: marks.at(),
            trail: trail::of_pull(tx, &marks)?,
            branch: branch::of(tx)?,
            scopes: loaded(tx)?,
            cuts: cuts::cuts(tx)?,
            fresh: marks.cursor > Version::ZERO && cuts::wants_anew(tx)?,
            staged,
            join,
            load: None,
            schema: Some(tx.schema.version),
        };
        conn.commit()?;
        Ok(request)
    }

    /// What a live stream asks for.
    pub fn live_request(&mut self) -> Result<PullRequest, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        let (trail, schema) = (trail::of_live(&marks), Some(tx.schema.version));
        let branch = branch::of(tx)?;
        let (scopes, cuts) = (loaded(tx)?, cuts::cuts(tx)?);
        Ok(PullRequest { trail, branch, scopes, cuts, schema, ..PullRequest::since(marks.at()) })
    }

    /// What the next load asks for; `None` when nothing is wanted, or another snapshot comes first.
    pub fn load_request(&mut self) -> Result<Option<PullRequest>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let marks = Marks::read(tx)?;
        if marks.cursor == Version::ZERO || marks.loading || ready(tx)?.is_some() {
            return Ok(None);
        }
        let mut select = tx.conn.prepare_cached(
            "SELECT name, beneath, staged, view FROM fb_loaded WHERE state = 0 ORDER BY staged IS NULL, name LIMIT 1",
        )?;
        let found = select
            .query_row([], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, Option<u64>>(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((name, beneath, staged, view)) = found else { return Ok(None) };
        let view: Option<String> = view;
        let staged = staged.map(Version).zip(view).map(|(version, view)| Staged { version, view });
        let load = Some(ScopeAsk { scope: parsed(&name)?, beneath });
        let (trail, schema) = (trail::of_pull(tx, &marks)?, Some(tx.schema.version));
        let cuts = cuts::cuts(tx)?;
        Ok(Some(PullRequest { trail, load, cuts, staged, schema, ..PullRequest::since(marks.at()) }))
    }

    /// The last pull is at its end. A scope that it was asked to join, and that is not shown, has come to lie elsewhere since
    /// its snapshot was read, or was made only then: that is of no use, and it is wanted anew. Tells what is not shown.
    pub fn after_pull(&mut self) -> Result<Apart, StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        let mut whole = ready(tx)?;
        let asked = notes::read(tx, JOINS)?;
        if let Some(join) = whole.take_if(|join| asked == Some(named(&join.staged))) {
            conn.prepare_cached(
                "UPDATE fb_loaded SET state = 0, staged = NULL, view = NULL WHERE name = ?1 AND state = 1",
            )?
            .execute([join.ask.scope.to_string()])?;
        }
        notes::write(tx, JOINS, None)?;
        let wants = !asks(tx, "state = 0")?.is_empty();
        conn.commit()?;
        Ok(match whole {
            Some(_) => Apart::Whole,
            None if wants => Apart::Wanted,
            None => Apart::Nothing,
        })
    }

    /// The scopes that a person asks for, whether or not they are here, by name.
    pub fn asked_scopes(&mut self) -> Result<Vec<ScopeAsk>, StoreError> {
        let (conn, parts) = self.read()?;
        asks(parts.on(&conn), "state >= 0")
    }

    /// The records of unloaded scopes that stay because pending ops touch them, by the names of their types.
    pub fn lingering(&mut self) -> Result<Vec<(String, RecordId)>, StoreError> {
        let (conn, parts) = self.read()?;
        let tx = parts.on(&conn);
        let keys = lies::all_lingering(tx)?.into_iter();
        Ok(keys.map(|key| (tx.schema.types[key.of].name.clone(), key.id)).collect())
    }

    /// Whether a scope is asked for that is not here.
    pub fn wants(&mut self) -> Result<bool, StoreError> {
        let (conn, _) = self.read()?;
        Ok(conn.query_row("SELECT EXISTS (SELECT 1 FROM fb_loaded WHERE state < 2)", [], |row| row.get(0))?)
    }
}

fn opens(schema: &fieldbook_model::Schema, scope: &Scope) -> Result<(), ScopeError> {
    let opening: Vec<&str> = schema.types.iter().filter(|ty| ty.scope).map(|ty| ty.name.as_str()).collect();
    match opening.contains(&scope.of.as_str()) {
        true => Ok(()),
        false => {
            let forms: Vec<String> = opening.iter().map(|of| format!("{of}/ID")).collect();
            let forms =
                if forms.is_empty() { "not declared in this app".to_owned() } else { forms.join(", ") };
            Err(ScopeError::NoScope(scope.of.clone(), forms))
        }
    }
}

pub(crate) fn parsed(name: &str) -> Result<Scope, StoreError> {
    name.parse().map_err(|_| StoreError::unreadable("the name of a scope"))
}

/// The scopes that are shown.
pub(crate) fn loaded(tx: Tx<'_>) -> Result<Vec<ScopeAsk>, StoreError> {
    asks(tx, "state = 2")
}

fn asks(tx: Tx<'_>, which: &str) -> Result<Vec<ScopeAsk>, StoreError> {
    let sql = format!("SELECT name, beneath FROM fb_loaded WHERE {which} ORDER BY name, beneath");
    let mut select = tx.conn.prepare_cached(&sql)?;
    let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let mut asks = Vec::new();
    for row in rows {
        let (name, beneath) = row?;
        asks.push(ScopeAsk { scope: parsed(&name)?, beneath });
    }
    Ok(asks)
}

/// How far a snapshot is, as a note.
fn named(staged: &Staged) -> String {
    format!("{} {}", staged.version, staged.view)
}

/// The scope whose snapshot is whole.
pub(crate) fn ready(tx: Tx<'_>) -> Result<Option<Join>, StoreError> {
    let mut select = tx
        .conn
        .prepare_cached("SELECT name, beneath, staged, view FROM fb_loaded WHERE state = 1 LIMIT 1")?;
    let found = select
        .query_row([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((name, beneath, staged, view)) = found else { return Ok(None) };
    let (ask, staged) =
        (ScopeAsk { scope: parsed(&name)?, beneath }, Staged { version: Version(staged), view });
    Ok(Some(Join { ask, staged }))
}

/// A scope was joined with the others.
pub(crate) fn joined(tx: Tx<'_>, scope: &Scope) -> Result<(), StoreError> {
    let name = scope.to_string();
    tx.conn
        .prepare_cached("UPDATE fb_loaded SET state = 2, staged = NULL, view = NULL WHERE name = ?1")?
        .execute([&name])?;
    forget_parts(tx)
}

/// A scope that is here with all beneath needs no other row.
fn forget_parts(tx: Tx<'_>) -> Result<(), StoreError> {
    tx.conn
        .prepare_cached(
            "DELETE FROM fb_loaded WHERE beneath = 0 AND EXISTS (SELECT 1 FROM fb_loaded AS b \
             WHERE b.name = fb_loaded.name AND b.beneath = 1 AND b.state = 2)",
        )?
        .execute([])?;
    Ok(())
}

/// The snapshots that are kept apart are of no use any more.
pub(crate) fn forget_loads(tx: Tx<'_>) -> Result<(), StoreError> {
    tx.conn
        .prepare_cached("UPDATE fb_loaded SET state = 0, staged = NULL, view = NULL WHERE state < 2")?
        .execute([])?;
    Ok(())
}

/// How far the snapshot of the scope of a view is: `None` where it is not begun.
pub(crate) fn load_stage(tx: Tx<'_>, view: &str) -> Result<Option<Version>, StoreError> {
    let mut select = tx.conn.prepare_cached("SELECT staged FROM fb_loaded WHERE state = 0 AND view = ?1")?;
    Ok(select.query_row([view], |row| row.get::<_, u64>(0)).optional()?.map(Version))
}

/// A page of a scope's snapshot is kept.
pub(crate) fn load_staged(tx: Tx<'_>, scope: &str, staged: &Staged, whole: bool) -> Result<bool, StoreError> {
    // Only one is kept at a time: the tables are one.
    tx.conn
        .prepare_cached("UPDATE fb_loaded SET staged = NULL, view = NULL WHERE state = 0 AND name <> ?1")?
        .execute([scope])?;
    let mut update = tx.conn.prepare_cached(
        "UPDATE fb_loaded SET staged = ?2, view = ?3, state = ?4 WHERE name = ?1 AND state = 0",
    )?;
    Ok(update.execute(params![scope, staged.version.0, staged.view, i64::from(whole)])? > 0)
}

/// Scopes that are shown for the first time are so since now.
pub(crate) fn date(tx: Tx<'_>, at: WallTime) -> Result<(), StoreError> {
    tx.conn
        .prepare_cached("UPDATE fb_loaded SET since = ?1 WHERE state = 2 AND since IS NULL")?
        .execute([at.0])?;
    Ok(())
}

/// What the staged pages are a view of.
pub(crate) fn view(tx: Tx<'_>) -> Result<Option<String>, StoreError> {
    notes::read(tx, VIEW)
}

/// Notes what the staged pages are a view of.
pub(crate) fn note_view(tx: Tx<'_>, view: &str) -> Result<(), StoreError> {
    notes::write(tx, VIEW, Some(view))
}

/// Whether something of a scope is on the device.
pub(crate) fn is_here(tx: Tx<'_>, scope: &Scope) -> Result<(), ScopeError> {
    opens(tx.schema, scope)?;
    let covered = lies::covered(tx, &loaded(tx)?, lies::Around::Taken)?;
    let here = lies::beneath(tx, scope)?.intersection(&covered).next().is_some();
    if here { Ok(()) } else { Err(ScopeError::NotHere(scope.clone())) }
}
