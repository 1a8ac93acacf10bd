//! What a device leaves out by age: its cut-offs, and whether a record lies below one, by its own age or by that of what
//! owns it. Neither ever changes, so that only a move between scopes brings a record below a cut-off of one scope.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Cut, Json, RecordId, Value, Version, cut, json};
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::scopes::{Part, Tree};
use crate::error::{StoreError, damaged};

const FIND: &str = "SELECT row, scope FROM record WHERE of = ? AND id = ?";

/// What a record with a row holds in a field.
pub fn value(frame: &Frame, of: usize, field: usize, row: &str) -> Result<Value, StoreError> {
    let values: Vec<Json> = json::parse(row).map_err(|_| damaged("a record"))?;
    let json = values.get(field).unwrap_or(&Json::Null);
    Value::read(&frame.ty(of).fields[field], json).map_err(|_| damaged("a record"))
}

/// The cut-offs of a device.
pub struct Cuts<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    /// For each type that is cut off the first values that stay, each with the number of its scope; 0: everywhere.
    limits: BTreeMap<usize, Vec<(Value, i64)>>,
    /// The types whose records may lie below a cut-off.
    along: BTreeSet<usize>,
    known: BTreeMap<(usize, RecordId), bool>,
}

impl<'a> Cuts<'a> {
    /// What a device asks to leave out, in the words of an older version of the schema where it has one. What the schema
    /// does not know leaves nothing out.
    pub fn of(
        connection: &'a Connection,
        frame: &'a Frame,
        tree: &mut Tree<'_>,
        cuts: &[Cut],
        older: Option<u32>,
    ) -> Result<Self, StoreError> {
        let mut limits: BTreeMap<usize, Vec<(Value, i64)>> = BTreeMap::new();
        for cut in cuts.iter().filter(|_| !planted(Defect::PrunedComesBack)) {
            let name = older.map_or_else(|| cut.of.clone(), |older| frame.ladder.type_up(older, &cut.of));
            let Some(of) = frame.schema.place(&name) else { continue };
            let ty = frame.ty(of);
            let field = ty.prune.as_ref().and_then(|name| ty.fields.iter().find(|field| field.name == *name));
            let Some(limit) = field.and_then(|field| cut.before.value(field)) else { continue };
            let scope = match &cut.scope {
                None => Some(0),
                Some(scope) => tree.number(scope)?,
            };
            let Some(scope) = scope else { continue };
            limits.entry(of).or_default().push((limit, scope));
        }
        let along = cut::taken_along(&frame.schema, limits.keys().copied());
        Ok(Self { connection, frame, limits, along, known: BTreeMap::new() })
    }

    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// Whether something moved since a version, and what is left out follows from where things lie.
    pub fn moved_since(
        &self,
        has: &mut Part,
        tree: &mut Tree<'_>,
        since: Version,
    ) -> Result<bool, StoreError> {
        let by_scope = self.limits.values().flatten().any(|(_, scope)| *scope != 0);
        Ok(by_scope && has.moved_since(tree, since)?)
    }

    /// Whether a record with a row lies below a cut-off as long as it lies in a scope.
    pub fn hide(
        &mut self,
        tree: &mut Tree<'_>,
        of: usize,
        row: &str,
        scope: i64,
    ) -> Result<bool, StoreError> {
        if !self.along.contains(&of) {
            return Ok(false);
        }
        let (frame, ty) = (self.frame, self.frame.ty(of));
        let values: Vec<Json> = json::parse(row).map_err(|_| damaged("a record"))?;
        let value = |field: usize| {
            let json = values.get(field).unwrap_or(&Json::Null);
            Value::read(&ty.fields[field], json).map_err(|_| damaged("a record"))
        };
        if let (Some(limits), Some(age)) = (self.limits.get(&of), ty.prune.as_ref()) {
            let age = value(ty.position(age).ok_or_else(|| damaged("the schema"))?)?;
            for (limit, within) in limits {
                if cut::is_before(&age, limit) && (*within == 0 || tree.up(scope)?.contains(within)) {
                    return Ok(true);
                }
            }
        }
        for (field, owner) in cut::owners(&frame.schema, ty) {
            if let Value::Ref(id) = value(field)?
                && self.hides(tree, owner, id, scope)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same of a record by its id, as long as it lies in a scope: what is owned by it lies where it does.
    fn hides(
        &mut self,
        tree: &mut Tree<'_>,
        of: usize,
        id: RecordId,
        scope: i64,
    ) -> Result<bool, StoreError> {
        if !self.along.contains(&of) {
            return Ok(false);
        }
        if let Some(known) = self.known.get(&(of, id)) {
            return Ok(*known);
        }
        let key = params![self.frame.number(of), id.bytes()];
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
        let found = self.connection.prepare_cached(FIND)?.query_row(key, read).optional()?;
        let Some((row, home)) = found else { return Ok(false) };
        // A record that owns itself, by whatever way, is as old as it says itself.
        self.known.insert((of, id), false);
        let hides = self.hide(tree, of, &row, scope)?;
        match home == scope {
            true => self.known.insert((of, id), hides),
            false => self.known.remove(&(of, id)),
        };
        Ok(hides)
    }
}
