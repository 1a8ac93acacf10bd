//! What somebody sees: of the records where one looks the types and fields that one's role there reads.

use std::collections::BTreeMap;

use fieldbook_model::schema::RecordType;
use fieldbook_model::{RecordId, Scope, UserId, Value, Version};

use crate::conflict::{ConflictSeen, UnitSeen};
use crate::history::{Held, History, Key};
use crate::people::{Person, granted, on};
use crate::server::Reference;

/// Records by type and id, as they were at some time.
pub type Records<'s> = BTreeMap<Key<'s>, Held>;

impl History<'_> {
    /// The scopes around a record among some records, the innermost first.
    pub fn scopes_around(&self, records: &Records<'_>, (of, id): (&str, RecordId)) -> Vec<Scope> {
        let home = |scope: &Scope| {
            let (key, _) = records.get_key_value(&(scope.of.as_str(), scope.id))?;
            self.home(records, *key).map(|(of, id)| Scope { of, id })
        };
        std::iter::successors(home(&Scope { of: of.to_owned(), id }), home).collect()
    }

    /// The innermost scope around all records that a conflict is about; `None` at the root.
    pub fn home_of(&self, records: &Records<'_>, conflict: &ConflictSeen) -> Option<Scope> {
        let paths = conflict.units.iter().map(|unit| {
            let mut path = self.scopes_around(records, (&unit.of, unit.id));
            path.reverse();
            path
        });
        let both = |a: Vec<Scope>, b: Vec<Scope>| {
            let same = a.into_iter().zip(b).take_while(|(a, b)| a == b);
            same.map(|(scope, _)| scope).collect()
        };
        paths.reduce(both)?.pop()
    }
}

impl Person {
    /// Whether records of a type are seen in some scopes.
    pub fn reads(&self, ty: &RecordType, around: &[Scope]) -> bool {
        on(&ty.readers, granted(&self.grants, &self.role, around))
    }

    /// Of a row in some scopes what is seen: the rest is empty.
    pub fn seen_of(&self, ty: &RecordType, around: &[Scope], row: &[Value]) -> Vec<Value> {
        let role = granted(&self.grants, &self.role, around);
        let seen = |(field, value): (&fieldbook_model::schema::Field, &Value)| match on(&field.readers, role)
        {
            true => value.clone(),
            false => Value::Null,
        };
        ty.fields.iter().zip(row).map(seen).collect()
    }

    /// Whether a unit of a conflict is seen: its record, and every field that it tells of (rule 50).
    fn reads_unit(&self, history: &History<'_>, records: &Records<'_>, unit: &UnitSeen) -> bool {
        let Some(ty) = history.schema.find(&unit.of) else { return false };
        let around = history.scopes_around(records, (&unit.of, unit.id));
        let role = granted(&self.grants, &self.role, &around);
        let told = [&unit.theirs, &unit.mine].into_iter().flatten().flat_map(|values| values.keys());
        let field = |name: &String| ty.fields.iter().find(|field| field.name == *name);
        let mut told = told.filter_map(field);
        role != "nobody" && on(&ty.readers, role) && told.all(|field| on(&field.readers, role))
    }

    /// What of a conflict is seen; `None` where nothing is.
    pub fn seen_of_conflict(
        &self,
        history: &History<'_>,
        records: &Records<'_>,
        conflict: &ConflictSeen,
    ) -> Option<ConflictSeen> {
        let mut seen = conflict.clone();
        seen.units.retain(|unit| self.reads_unit(history, records, unit));
        (!seen.units.is_empty() || conflict.units.is_empty()).then_some(seen)
    }
}

impl Reference<'_> {
    /// What a person was at a version; `None` where nobody had said.
    pub fn person_at(&self, user: UserId, version: Version) -> Option<Person> {
        self.person_before(user, version.next())
    }
}
