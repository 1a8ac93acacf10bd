//! Scopes by number: which record opens one, and in which other it lies. Kept for workspaces whose schema has scopes.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::{RecordId, Scope, Version};
use fieldbook_protocol::page::ScopeAsk;
use fieldbook_server_sync::Write;
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::int;
use super::records::Records;
use crate::error::{StoreError, damaged};

const FIND: &str = "SELECT n, parent FROM scope WHERE of = ? AND id = ?";
const READ: &str = "SELECT of, id, parent FROM scope WHERE n = ?";
const INSERT: &str = "INSERT INTO scope (of, id, parent) VALUES (?, ?, ?)";
const MOVE: &str = "UPDATE scope SET parent = ? WHERE n = ?";
const MOVED: &str = "INSERT OR IGNORE INTO scope_moved (version, n, parent) VALUES (?, ?, ?)";
const LEFT: &str = "INSERT OR IGNORE INTO record_left (version, rid, scope) VALUES (?, ?, ?)";
const LAST_MOVE: &str = "SELECT coalesce(max(version), 0) FROM scope_moved WHERE parent >= 0";
const MOVES: &str = "SELECT n, parent FROM scope_moved WHERE version > ? ORDER BY version";
const BENEATH: &str = "WITH RECURSIVE down(n) AS (SELECT ?1 UNION SELECT s.n FROM down JOIN scope AS s ON s.parent = down.n) \
    SELECT n FROM down";

/// Where a scope lay before it was made.
const NOWHERE: i64 = -1;

/// Keeps where a written record lies, and the scope that it opens.
pub fn write(
    connection: &Connection,
    frame: &Frame,
    records: &mut Records<'_>,
    write: &Write,
) -> Result<(), StoreError> {
    if !frame.has_scopes() {
        return Ok(());
    }
    let version = int(write.record.version.0);
    let home = match write.home {
        None => 0,
        Some((of, id)) => number(connection, frame, of, id)?,
    };
    if let Some((rid, was)) = records.lay(write.of, write.id, home)?
        && !write.fresh
    {
        connection.prepare_cached(LEFT)?.execute(params![version, rid, was])?;
    }
    if frame.ty(write.of).scope {
        let own = params![frame.number(write.of), write.id.bytes()];
        match find(connection, frame, write.of, write.id)? {
            None => {
                connection.prepare_cached(INSERT)?.execute(params![own[0], own[1], home])?;
                let n = connection.last_insert_rowid();
                connection.prepare_cached(MOVED)?.execute(params![version, n, NOWHERE])?;
            }
            Some((n, parent)) if parent != home => {
                connection.prepare_cached(MOVED)?.execute(params![version, n, parent])?;
                connection.prepare_cached(MOVE)?.execute([home, n])?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The number of a scope and that of the one in which it lies.
fn find(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
) -> Result<Option<(i64, i64)>, StoreError> {
    let own = params![frame.number(of), id.bytes()];
    Ok(connection.prepare_cached(FIND)?.query_row(own, |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// The number of a scope, whose record was written before.
fn number(connection: &Connection, frame: &Frame, of: usize, id: RecordId) -> Result<i64, StoreError> {
    find(connection, frame, of, id)?.map(|(n, _)| n).ok_or_else(|| damaged("a scope"))
}

/// The record that opens a scope.
pub fn record(
    connection: &Connection,
    frame: &Frame,
    n: i64,
) -> Result<Option<(usize, RecordId)>, StoreError> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, RecordId::from_bytes(row.get(1)?)));
    let found = connection.prepare_cached(READ)?.query_row([n], read).optional()?;
    Ok(found.and_then(|(of, id)| Some((frame.place(of)?, id))))
}

/// When a scope last came to lie in another.
pub fn last_move(connection: &Connection) -> Result<Version, StoreError> {
    let version: i64 = connection.prepare_cached(LAST_MOVE)?.query_row([], |row| row.get(0))?;
    Ok(Version(version.unsigned_abs()))
}

/// The scopes that were made or came to lie elsewhere since a version, in that order, and where each lay before.
fn moves(connection: &Connection, since: Version) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut find = connection.prepare_cached(MOVES)?;
    let moves = find.query_map([int(since.0)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(moves.collect::<Result<_, _>>()?)
}

/// The scopes of a workspace, read as they are asked for.
pub struct Tree<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    known: BTreeMap<i64, (Scope, i64)>,
    /// The scopes in which some lay at an earlier version, where it is read as it was then.
    were: BTreeMap<i64, i64>,
}

impl<'a> Tree<'a> {
    /// None read yet.
    pub fn new(connection: &'a Connection, frame: &'a Frame) -> Self {
        Self { connection, frame, known: BTreeMap::new(), were: BTreeMap::new() }
    }

    /// The same as they lay at an earlier version, and the scopes that lie elsewhere since. What was made since lies where it
    /// does now.
    pub fn as_at(&self, since: Version) -> Result<(Self, BTreeSet<i64>), StoreError> {
        let (mut were, mut made) = (BTreeMap::new(), BTreeSet::new());
        for (n, was_in) in moves(self.connection, since)? {
            match was_in {
                NOWHERE => drop(made.insert(n)),
                _ if made.contains(&n) => {}
                _ => drop(were.entry(n).or_insert(was_in)),
            }
        }
        let moved = were.keys().copied().collect();
        let (connection, frame) = (self.connection, self.frame);
        Ok((Self { connection, frame, known: BTreeMap::new(), were }, moved))
    }

    /// The number of a scope and those of all that lie in it now.
    pub fn beneath(&self, n: i64) -> Result<BTreeSet<i64>, StoreError> {
        let mut find = self.connection.prepare_cached(BENEATH)?;
        let below = find.query_map([n], |row| row.get::<_, i64>(0))?;
        Ok(below.collect::<Result<_, _>>()?)
    }

    /// A scope's name, and the number of the one in which it lies.
    fn scope(&mut self, n: i64) -> Result<&(Scope, i64), StoreError> {
        use std::collections::btree_map::Entry;
        match self.known.entry(n) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let read =
                    |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?));
                let (of, id, parent) = self.connection.prepare_cached(READ)?.query_row([n], read)?;
                let of = self.frame.place(of).ok_or_else(|| damaged("a scope"))?;
                let scope = Scope { of: self.frame.ty(of).name.clone(), id: RecordId::from_bytes(id) };
                Ok(place.insert((scope, self.were.get(&n).copied().unwrap_or(parent))))
            }
        }
    }

    /// The scopes around what lies in a scope, that one first: numbers.
    pub fn up(&mut self, n: i64) -> Result<Vec<i64>, StoreError> {
        let (mut found, mut next) = (Vec::new(), n);
        // A scope cannot lie in itself: a schema's scopes stand in one direction.
        while next != 0 && !found.contains(&next) {
            found.push(next);
            next = self.scope(next)?.1;
        }
        Ok(found)
    }

    /// The same by name, the outermost first.
    pub fn path(&mut self, n: i64) -> Result<Vec<Scope>, StoreError> {
        let mut path = Vec::new();
        for n in self.up(n)? {
            path.push(self.scope(n)?.0.clone());
        }
        path.reverse();
        Ok(path)
    }

    /// The numbers of a scope and of all that lie in it now, by its name; none of one that is not there.
    pub fn within(&mut self, scope: &Scope) -> Result<BTreeSet<i64>, StoreError> {
        self.number(scope)?.map_or(Ok(BTreeSet::new()), |n| self.beneath(n))
    }

    /// The number of a scope by its name.
    pub fn number(&mut self, scope: &Scope) -> Result<Option<i64>, StoreError> {
        let Some(of) = self.frame.schema.place(&scope.of) else { return Ok(None) };
        Ok(find(self.connection, self.frame, of, scope.id)?.map(|(n, _)| n))
    }
}

/// Some scopes as a device has them: with those around them, and with those beneath where it says so.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// Also what lies in no scope.
    root: bool,
    asked: BTreeSet<i64>,
    here: BTreeSet<i64>,
    beneath: BTreeSet<i64>,
    known: BTreeMap<i64, bool>,
}

impl Part {
    /// What a device asks for. A scope that is not there is nothing.
    pub fn of(tree: &mut Tree<'_>, root: bool, asks: &[ScopeAsk]) -> Result<Self, StoreError> {
        let mut part = Self { root, ..Self::default() };
        for ask in asks {
            let Some(n) = tree.number(&ask.scope)? else { continue };
            part.asked.insert(n);
            part.here.extend(tree.up(n)?);
            if ask.beneath {
                part.beneath.insert(n);
            }
        }
        Ok(part)
    }

    /// Whether what lies in a scope belongs to it.
    pub fn covers(&mut self, tree: &mut Tree<'_>, n: i64) -> Result<bool, StoreError> {
        if n == 0 {
            return Ok(self.root);
        }
        if self.here.contains(&n) {
            return Ok(true);
        }
        if self.beneath.is_empty() {
            return Ok(false);
        }
        if let Some(known) = self.known.get(&n) {
            return Ok(*known);
        }
        let covers = tree.up(n)?.iter().any(|n| self.beneath.contains(n));
        self.known.insert(n, covers);
        Ok(covers)
    }

    /// Whether a scope was asked for, itself or by what it lies in, and does not only come with one that was.
    pub fn asks_for(&self, tree: &mut Tree<'_>, n: i64) -> Result<bool, StoreError> {
        Ok(self.asked.contains(&n) || tree.up(n)?.iter().any(|n| self.beneath.contains(n)))
    }

    /// All of its scopes by number, without the root.
    pub fn numbers(&self, tree: &Tree<'_>) -> Result<BTreeSet<i64>, StoreError> {
        let mut numbers = self.here.clone();
        for n in &self.beneath {
            numbers.extend(tree.beneath(*n)?);
        }
        Ok(numbers)
    }

    /// The scopes that were asked for, and those around them.
    pub fn around(&self) -> &BTreeSet<i64> {
        &self.here
    }

    /// Whether a scope was asked for before it was made, and was made since a version: with it come the scopes around it.
    pub fn asked_since(&self, tree: &Tree<'_>, since: Version) -> Result<bool, StoreError> {
        let moves = moves(tree.connection, since)?;
        Ok(moves.iter().any(|(n, was_in)| *was_in == NOWHERE && self.asked.contains(n)))
    }

    /// Whether a scope came into it or went out of it since a version.
    pub fn moved_since(&mut self, tree: &mut Tree<'_>, since: Version) -> Result<bool, StoreError> {
        for (n, was_in) in moves(tree.connection, since)? {
            if was_in == NOWHERE {
                // With one that was asked for before it was made come the scopes around it.
                if self.asked.contains(&n) {
                    return Ok(true);
                }
                continue;
            }
            if self.covers(tree, n)? || (was_in != 0 && self.covers(tree, was_in)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
