//! What of the rows a person sees: by the role in each scope, the types and fields that it reads.

use std::collections::BTreeMap;
use std::rc::Rc;

use fieldbook_model::access::{self, Access};
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::{Json, Role, Schema, json};

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

/// Of a row's text the values of some fields.
pub fn narrowed(row: &str, fields: &[usize]) -> Result<String, StoreError> {
    let values: Vec<Json> = json::parse(row).map_err(|_| damaged("a record"))?;
    let seen: Vec<&Json> = fields.iter().map(|at| values.get(*at).unwrap_or(&Json::Null)).collect();
    Ok(json::write(&seen))
}

/// A conflict's row with only those units whose record and fields are seen; `None` where none is (rule 50).
pub fn conflict(schema: &Schema, row: &str, seen: &Fields) -> Result<Option<String>, StoreError> {
    let ty = schema.find(CONFLICT).ok_or_else(|| damaged("the schema"))?;
    let mut values: Vec<Json> = json::parse(row).map_err(|_| damaged("a conflict"))?;
    let at = ty.position("units").ok_or_else(|| damaged("the schema"))?;
    let Some(Json::List(units)) = values.get_mut(at) else { return Ok(None) };
    let all = units.len();
    units.retain(|unit| is_seen(schema, unit, seen));
    match units.is_empty() && all > 0 {
        true => Ok(None),
        false => Ok(Some(json::write(&values))),
    }
}

/// Whether everything that a unit tells of is seen.
fn is_seen(schema: &Schema, unit: &Json, seen: &Fields) -> bool {
    let Json::Object(entries) = unit else { return false };
    let find = |name: &str| entries.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let Some(Json::Text(of)) = find("type") else { return false };
    let Some(of) = schema.place(of) else { return false };
    let Some(fields) = &seen[of] else { return false };
    let told = ["base", "theirs", "mine"].into_iter().filter_map(find);
    let mut names = told.flat_map(|told| match told {
        Json::Object(entries) => entries.as_slice(),
        _ => &[],
    });
    names.all(|(name, _)| schema.types[of].position(name).is_some_and(|at| fields.contains(&at)))
}
