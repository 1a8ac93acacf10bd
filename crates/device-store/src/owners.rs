//! Which types own which, and what that means for what is shown: a record with an owner that is not there is
//! stored and not shown (rule 18).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_device_sync::Key;
use fieldbook_merge::Row;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Kind, OnDelete};
use fieldbook_model::{RecordId, Schema, Value};

use crate::error::StoreError;
use crate::open::Tx;
use crate::schema_sql::{quoted, table_name};
use crate::shown;

/// Which types own which.
#[derive(Debug)]
pub(crate) struct Owners {
    /// For each type its owning references: the field, and the type of the owner.
    up: Vec<Vec<(usize, usize)>>,
    /// For each type the owning references to it.
    down: Vec<Vec<Child>>,
    /// For each type, whether a record may be owned by one of its own type, through however many others.
    round: Vec<bool>,
}

/// An owning reference, seen from the owner.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    /// The type that is owned.
    pub of: usize,
    /// The reference.
    pub field: usize,
    /// What becomes of the owned record.
    pub on_delete: OnDelete,
}

impl Owners {
    pub fn of(schema: &Schema) -> Self {
        let count = schema.types.len();
        let (mut up, mut down) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (of, ty) in schema.types.iter().enumerate() {
            for (field, it) in ty.fields.iter().enumerate() {
                let Kind::Ref { to, owner: true, on_delete } = &it.kind else { continue };
                let Some(owner) = schema.place(to) else { continue };
                up[of].push((field, owner));
                down[owner].push(Child { of, field, on_delete: on_delete.clone() });
            }
        }
        let round = (0..count).map(|of| above(&up, of).contains(&of)).collect();
        Self { up, down, round }
    }

    /// Whether records of a type have owners.
    pub fn is_owned(&self, of: usize) -> bool {
        !self.up[of].is_empty()
    }
    /// Whether records of a type own others.
    pub fn owns(&self, of: usize) -> bool {
        !self.down[of].is_empty()
    }
    /// The owning references to a type.
    pub fn children(&self, of: usize) -> &[Child] {
        &self.down[of]
    }
    /// The owning references of a type: the field, and the type of the owner.
    pub fn above(&self, of: usize) -> &[(usize, usize)] {
        &self.up[of]
    }

    /// A type and all that its records own, through however many others.
    pub fn with_owned(&self, of: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([of]);
        let mut queue = vec![of];
        while let Some(next) = queue.pop() {
            queue.extend(self.down[next].iter().map(|child| child.of).filter(|child| found.insert(*child)));
        }
        found
    }

    /// The view of a type whose records are owned.
    pub fn view(&self, schema: &Schema, of: usize) -> String {
        let ty = &schema.types[of];
        let (view, table) = (quoted(&ty.name), table_name(ty, true));
        if planted(Defect::OrphansShow) {
            return format!("CREATE VIEW {view} AS SELECT * FROM {table};");
        }
        let conditions: Vec<String> = match self.round[of] {
            true => vec![self.walk(schema, of)],
            false => {
                self.up[of].iter().map(|(field, owner)| self.there(schema, of, *field, *owner)).collect()
            }
        };
        format!("CREATE VIEW {view} AS SELECT * FROM {table} AS r WHERE {};", conditions.join(" AND "))
    }

    /// That one owner is there.
    fn there(&self, schema: &Schema, of: usize, field: usize, owner: usize) -> String {
        let column = quoted(&schema.types[of].fields[field].name);
        match self.is_owned(owner) {
            false => {
                format!("NOT EXISTS (SELECT 1 FROM fb_dead AS d WHERE d.of = {owner} AND d.id = r.{column})")
            }
            true => {
                let view = quoted(&schema.types[owner].name);
                let shown = format!(
                    "r.{column} IS NULL OR EXISTS (SELECT 1 FROM {view} AS o WHERE o.id = r.{column})"
                );
                if !schema.is_in_parts() {
                    return format!("({shown})");
                }
                // An owner in a scope that is not here counts as there, unless it is known to be gone.
                let table = table_name(&schema.types[owner], true);
                format!(
                    "({shown} OR (NOT EXISTS (SELECT 1 FROM {table} AS p WHERE p.id = r.{column}) \
                     AND NOT EXISTS (SELECT 1 FROM fb_dead AS d WHERE d.of = {owner} AND d.id = r.{column})))"
                )
            }
        }
    }

    /// That all owners up to the top are there.
    fn walk(&self, schema: &Schema, of: usize) -> String {
        let link = |from: &str, of: usize| {
            let up = self.up[of].iter().map(|(field, owner)| {
                let column = quoted(&schema.types[of].fields[*field].name);
                let (table, own) = (table_name(&schema.types[of], true), "up.of");
                match from.is_empty() {
                    true => format!("SELECT {owner}, r.{column}"),
                    false => format!(
                        "SELECT {owner}, p.{column} FROM up JOIN {table} AS p ON {own} = {of} AND p.id = up.id"
                    ),
                }
            });
            up.collect::<Vec<_>>()
        };
        let mut parts = link("", of);
        for other in above(&self.up, of).into_iter().filter(|other| self.is_owned(*other)) {
            parts.extend(link("up", other));
        }
        format!(
            "NOT EXISTS (WITH RECURSIVE up(of, id) AS ({}) \
             SELECT 1 FROM up JOIN fb_dead AS d ON d.of = up.of AND d.id = up.id)",
            parts.join(" UNION ")
        )
    }
}

/// The types that own records of a type, through however many others.
fn above(up: &[Vec<(usize, usize)>], of: usize) -> BTreeSet<usize> {
    let (mut found, mut queue) = (BTreeSet::new(), vec![of]);
    while let Some(next) = queue.pop() {
        queue.extend(up[next].iter().map(|(_, owner)| *owner).filter(|owner| found.insert(*owner)));
    }
    found
}

/// Notes whether a record of an owning type is there.
pub(crate) fn note(tx: Tx<'_>, of: usize, id: &str, there: bool) -> Result<(), StoreError> {
    let Some((bury, unearth)) = &tx.tables.types[of].bury else { return Ok(()) };
    let sql = if there || planted(Defect::OrphansShow) { unearth } else { bury };
    tx.conn.prepare_cached(sql)?.execute([id])?;
    Ok(())
}

/// Leaves out of some live records those of which an owner is not among them. `live` has all types' records that
/// could be owners.
pub(crate) fn without_orphans(
    tx: Tx<'_>,
    live: &mut BTreeMap<usize, BTreeMap<RecordId, (Row, fieldbook_model::Version)>>,
) -> Result<(), StoreError> {
    if planted(Defect::OrphansShow) {
        return Ok(());
    }
    let has_scopes = tx.schema.is_in_parts();
    // An owner in a scope that is not here counts as there, unless it is known to be gone.
    let gone = if has_scopes { shown::all_gone(tx)? } else { BTreeSet::new() };
    let mut hidden: BTreeSet<Key> = BTreeSet::new();
    loop {
        let mut orphans = Vec::new();
        for (of, records) in live.iter().filter(|(of, _)| tx.tables.owners.is_owned(**of)) {
            let there = |(field, owner): &(usize, usize), row: &Row| match &row[*field] {
                Value::Ref(id) => {
                    let key = Key { of: *owner, id: *id };
                    live.get(owner).is_some_and(|owners| owners.contains_key(id))
                        || (has_scopes && !gone.contains(&key) && !hidden.contains(&key))
                }
                _ => true,
            };
            let orphan = |(_, (row, _)): &(&RecordId, &(Row, fieldbook_model::Version))| {
                !tx.tables.owners.above(*of).iter().all(|link| there(link, row))
            };
            orphans.extend(records.iter().filter(orphan).map(|(id, _)| Key { of: *of, id: *id }));
        }
        if orphans.is_empty() {
            return Ok(());
        }
        for key in orphans {
            live.entry(key.of).or_default().remove(&key.id);
            hidden.insert(key);
        }
    }
}
