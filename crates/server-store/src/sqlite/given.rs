//! Scopes that somebody was given inside of what they do not read. The record that opens such a scope is not theirs, nor is
//! what owns it, so no page brings them; but what lies in the scope is shown only with its owners (rule 18). So a page says of
//! the record that opens it that it is gone as soon as it or an owner of it is, and when all are back that it has left.

use std::collections::BTreeSet;

use fieldbook_model::{RecordId, Value, cut};
use rusqlite::{Connection, OptionalExtension, params};

use super::cuts;
use super::frame::Frame;
use super::scopes::Tree;
use super::sight::Sight;
use crate::error::StoreError;

const RECORD: &str = "SELECT deleted, row FROM record WHERE of = ? AND id = ?";

/// A scope that somebody was given, in what they do not read.
pub struct Given {
    /// Its number.
    pub n: i64,
    /// The record that opens it.
    pub of: usize,
    /// Its id.
    pub id: RecordId,
    /// The number of the scope in which that lies.
    pub home: i64,
    /// Whether it and all its owners are there.
    pub there: bool,
    /// All of them.
    owners: BTreeSet<(usize, RecordId)>,
}

impl Given {
    /// Those of a person.
    pub fn all(
        connection: &Connection,
        frame: &Frame,
        tree: &mut Tree<'_>,
        sight: &mut Sight<'_>,
    ) -> Result<Vec<Self>, StoreError> {
        let scopes: Vec<_> = sight.access().grants.iter().map(|grant| grant.scope.clone()).collect();
        let mut all = Vec::new();
        for scope in scopes {
            let (Some(of), Some(n)) = (frame.schema.place(&scope.of), tree.number(&scope)?) else { continue };
            let Some(home) = tree.up(n)?.get(1).copied() else { continue };
            let reads_any = sight.within(tree, n)?.iter().any(Option::is_some);
            if reads_any && sight.within(tree, home)?[of].is_none() {
                let (owners, there) = owners(connection, frame, (of, scope.id))?;
                all.push(Self { n, of, id: scope.id, home, there, owners });
            }
        }
        Ok(all)
    }

    /// Whether a record opens it, or owns the record that does.
    pub fn hangs_on(&self, of: usize, id: RecordId) -> bool {
        self.owners.contains(&(of, id))
    }
}

/// A record and all that own it, and whether all of them are there.
fn owners(
    connection: &Connection,
    frame: &Frame,
    record: (usize, RecordId),
) -> Result<(BTreeSet<(usize, RecordId)>, bool), StoreError> {
    let (mut owners, mut queue, mut there) = (BTreeSet::new(), vec![record], true);
    let mut find = connection.prepare_cached(RECORD)?;
    while let Some((of, id)) = queue.pop() {
        if !owners.insert((of, id)) {
            continue;
        }
        let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, String>(1)?));
        let found = find.query_row(params![frame.number(of), id.bytes()], read).optional()?;
        there &= found.as_ref().is_some_and(|(deleted, _)| !deleted);
        let Some((_, row)) = found else { continue };
        for (field, owner) in cut::owners(&frame.schema, frame.ty(of)) {
            if let Value::Ref(id) = cuts::value(frame, of, field, &row)? {
                queue.push((owner, id));
            }
        }
    }
    Ok((owners, there))
}
