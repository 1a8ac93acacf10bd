//! What of the rows a person sees: by the role in each scope, the types and fields that it reads.

use std::collections::BTreeMap;
use std::rc::Rc;

use fieldbook_model::access::{self, Access};
use fieldbook_model::schema::Kind;
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::words::{self, Labels};
use fieldbook_model::{Json, RecordId, Role, Schema, json};
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::scopes::Tree;
use crate::error::{StoreError, damaged};

/// What a role sees of each type: `None` of one that it does not read, else the places of the fields.
pub type Fields = Vec<Option<Vec<usize>>>;

/// A person's sight.
pub struct Sight<'a> {
    schema: &'a Schema,
    access: Access,
    /// The same role everywhere, and that reads everything.
    whole: bool,
    by_role: BTreeMap<Role, Rc<Fields>>,
    by_scope: BTreeMap<i64, Rc<Fields>>,
}

impl<'a> Sight<'a> {
    /// What somebody with these rights sees.
    pub fn new(schema: &'a Schema, access: Access) -> Self {
        let all = access::sight(schema, &access.role);
        let fields = |(of, seen): (usize, &Option<Vec<usize>>)| {
            seen.as_ref().is_some_and(|seen| seen.len() == schema.types[of].fields.len())
        };
        let whole = access.grants.is_empty() && all.iter().enumerate().all(fields);
        let by_role = BTreeMap::from([(access.role.clone(), Rc::new(all))]);
        Self { schema, access, whole, by_role, by_scope: BTreeMap::new() }
    }

    /// Whether there is nothing in the workspace that the person does not see.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The rights that it follows from.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// What is seen in a scope.
    pub fn within(&mut self, tree: &mut Tree<'_>, n: i64) -> Result<Rc<Fields>, StoreError> {
        if let Some(known) = self.by_scope.get(&n) {
            return Ok(Rc::clone(known));
        }
        let mut around = tree.path(n)?;
        around.reverse();
        let role = self.access.role_in(&around).clone();
        let schema = self.schema;
        let fields = self.by_role.entry(role).or_insert_with_key(|role| Rc::new(access::sight(schema, role)));
        let fields = Rc::clone(fields);
        self.by_scope.insert(n, Rc::clone(&fields));
        Ok(fields)
    }
}

/// A person's sight of records wherever they lie by now.
pub struct Eyes<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    tree: Tree<'a>,
    sight: Sight<'a>,
}

const HOME: &str = "SELECT scope FROM record WHERE of = ?1 AND id = ?2 \
    UNION ALL SELECT scope FROM gone WHERE of = ?1 AND id = ?2 LIMIT 1";

impl<'a> Eyes<'a> {
    /// Those of somebody with these rights.
    pub fn new(connection: &'a Connection, frame: &'a Frame, access: Access) -> Self {
        let (tree, sight) = (Tree::new(connection, frame), Sight::new(&frame.schema, access));
        Self { connection, frame, tree, sight }
    }

    /// Whether there is nothing that they do not see.
    pub fn see_all(&self) -> bool {
        self.sight.is_whole()
    }

    /// The fields of a record that they see; `None` where they do not see the record.
    pub fn fields(&mut self, of: usize, id: RecordId) -> Result<Option<Vec<usize>>, StoreError> {
        match home(self.connection, self.frame, of, id)? {
            Some(scope) => Ok(self.sight.within(&mut self.tree, scope)?[of].clone()),
            // Nobody knows where a record was to lie that was never made.
            None if !self.sight.access.grants.is_empty() => Ok(None),
            None => Ok(self.sight.within(&mut self.tree, 0)?[of].clone()),
        }
    }
}

impl Eyes<'_> {
    /// A conflict's row, with what they see of it, by the place of its type and the scope in which it lies; `None` where that is nothing.
    pub fn conflict(&mut self, (of, scope): (usize, i64), row: &str) -> Result<Option<String>, StoreError> {
        if self.see_all() {
            return Ok(Some(row.to_owned()));
        }
        let Self { connection, frame, tree, sight } = self;
        if sight.within(tree, scope)?[of].is_none() {
            return Ok(None);
        }
        conflict(&frame.schema, row, |of, id| {
            // What was never made lies where the conflict does.
            let home = home(connection, frame, of, id)?;
            sight.within(tree, home.unwrap_or(scope))
        })
    }
}

/// The number of the scope in which a record lies; `None` where it was never made.
pub fn home(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
) -> Result<Option<i64>, StoreError> {
    if frame.ty(of).inside_of().is_none() {
        return Ok(Some(0));
    }
    let key = params![frame.number(of), id.bytes()];
    Ok(connection.prepare_cached(HOME)?.query_row(key, |row| row.get(0)).optional()?)
}

/// Of a row's text the values of some fields.
pub fn narrowed(row: &str, fields: &[usize]) -> Result<String, StoreError> {
    let values: Vec<Json> = json::parse(row).map_err(|_| damaged("a record"))?;
    let seen: Vec<&Json> = fields.iter().map(|at| values.get(*at).unwrap_or(&Json::Null)).collect();
    Ok(json::write(&seen))
}

/// A conflict's row with only those units whose record and fields are seen; `None` where none is (rule 50). It is named
/// after what is seen, and by no name that is not. What is seen of a record, where it lies, tells `seen`.
pub fn conflict(
    schema: &Schema,
    row: &str,
    mut seen: impl FnMut(usize, RecordId) -> Result<Rc<Fields>, StoreError>,
) -> Result<Option<String>, StoreError> {
    let ty = schema.find(CONFLICT).ok_or_else(|| damaged("the schema"))?;
    let mut values: Vec<Json> = json::parse(row).map_err(|_| damaged("a conflict"))?;
    let place = |name: &str| ty.position(name).ok_or_else(|| damaged("the schema"));
    let Some(Json::List(units)) = values.get_mut(place("units")?) else { return Ok(None) };
    let all = units.len();
    let mut kept = Vec::new();
    for mut unit in std::mem::take(units) {
        let Some((of, id)) = record_of(schema, &unit) else { continue };
        let seen = seen(of, id)?;
        if is_seen(schema, of, &unit, &seen) {
            unname(schema, (of, id), &mut unit, &seen);
            kept.push(unit);
        }
    }
    *units = kept;
    if units.is_empty() && all > 0 {
        return Ok(None);
    }
    let first = units.first().cloned().unwrap_or(Json::Null);
    for (own, of_unit) in [("type", "type"), ("record", "id"), ("label", "label")] {
        if let Some(value) = entry(&first, of_unit) {
            values[place(own)?] = value.clone();
        }
    }
    Ok(Some(json::write(&values)))
}

/// A conflict's row for the author of the held op who may read nothing of what it is about any more: that his op waits.
pub fn nothing_of(schema: &Schema, row: &str) -> Result<String, StoreError> {
    let ty = schema.find(CONFLICT).ok_or_else(|| damaged("the schema"))?;
    let mut values: Vec<Json> = json::parse(row).map_err(|_| damaged("a conflict"))?;
    let nothing = [
        ("type", Json::Null),
        ("record", Json::Null),
        ("label", Json::Null),
        ("theirs_by", Json::Null),
        ("units", Json::List(Vec::new())),
    ];
    for (name, empty) in nothing {
        let place = ty.position(name).ok_or_else(|| damaged("the schema"))?;
        *values.get_mut(place).ok_or_else(|| damaged("a conflict"))? = empty;
    }
    Ok(json::write(&values))
}

/// Whether a row of the gap list is about a field that is seen: it tells what a record would have held.
pub fn gap(schema: &Schema, row: &str, seen: &Fields) -> Result<bool, StoreError> {
    let values: Vec<Json> = json::parse(row).map_err(|_| damaged("a gap"))?;
    let [Json::Text(of), Json::Text(field), ..] = &values[..] else { return Err(damaged("a gap")) };
    let Some(of) = schema.place(of) else { return Ok(false) };
    let place = schema.types[of].position(field);
    Ok(place.is_some_and(|place| seen[of].as_ref().is_some_and(|seen| seen.contains(&place))))
}

/// The record that a unit is about.
fn record_of(schema: &Schema, unit: &Json) -> Option<(usize, RecordId)> {
    let (Json::Text(of), Json::Text(id)) = (entry(unit, "type")?, entry(unit, "id")?) else { return None };
    Some((schema.place(of)?, id.parse().ok()?))
}

/// Takes the name from a unit whose record is known by what is not seen.
fn unname(schema: &Schema, (of, id): (usize, RecordId), unit: &mut Json, seen: &Fields) {
    if names(schema, of, seen, STEPS_MAX) {
        return;
    }
    let label = words::label(schema, &schema.types[of].name, id, &mut Nameless);
    let Json::Object(entries) = unit else { return };
    entries
        .iter_mut()
        .filter(|(key, _)| key == "label")
        .for_each(|(_, value)| *value = label.as_str().into());
}

/// How many references a label is followed through, at most.
const STEPS_MAX: u32 = 8;

/// Whether all is seen that records of a type are known by.
fn names(schema: &Schema, of: usize, seen: &Fields, steps: u32) -> bool {
    let ty = &schema.types[of];
    let Some(field) = ty.label.as_ref().and_then(|label| ty.position(label)) else { return true };
    let is_seen = seen[of].as_ref().is_some_and(|fields| fields.contains(&field));
    is_seen
        && match &ty.fields[field].kind {
            Kind::Ref { to, .. } => {
                steps > 0 && schema.place(to).is_some_and(|to| names(schema, to, seen, steps - 1))
            }
            _ => true,
        }
}

/// Knows nothing by name.
struct Nameless;

impl Labels for Nameless {
    fn value(&mut self, _of: &str, _id: RecordId, _field: &str) -> Option<Json> {
        None
    }
}

fn entry<'j>(object: &'j Json, name: &str) -> Option<&'j Json> {
    let Json::Object(entries) = object else { return None };
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Whether everything that a unit tells of is seen.
fn is_seen(schema: &Schema, of: usize, unit: &Json, seen: &Fields) -> bool {
    let Some(fields) = &seen[of] else { return false };
    let told = ["base", "theirs", "mine"].into_iter().filter_map(|name| entry(unit, name));
    let mut names = told.flat_map(|told| match told {
        Json::Object(entries) => entries.as_slice(),
        _ => &[],
    });
    names.all(|(name, _)| schema.types[of].position(name).is_some_and(|at| fields.contains(&at)))
}
