//! Records that own others: what becomes of those that they own (rule 18).

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::schema::{Field, Kind, OnDelete};
use fieldbook_model::{Code, RecordId, Schema, Value};

use crate::history::{Deed, Key, NOW, What};
use crate::play::Play;
use crate::said::Fate;
use crate::server::Reference;

impl<'s> Reference<'s> {
    /// The live records that refer to one, in the order of type and id, each with the fields that do.
    fn children(&self, owner: Key<'s>, counts: impl Fn(&OnDelete) -> bool) -> Vec<(Key<'s>, Vec<&'s Field>)> {
        let records = self.history.records(NOW);
        let mut children = Vec::new();
        for ty in &self.history.schema.types {
            let of_type = records.iter().filter(|((of, _), held)| *of == ty.name && !held.deleted);
            for (key, held) in of_type.filter(|(key, _)| **key != owner) {
                let refers = |(field, value): &(&'s Field, &Value)| match &field.kind {
                    Kind::Ref { to, on_delete, .. } => {
                        to == owner.0 && **value == Value::Ref(owner.1) && counts(on_delete)
                    }
                    _ => false,
                };
                let fields: Vec<_> =
                    ty.fields.iter().zip(&held.row).filter(refers).map(|(field, _)| field).collect();
                if !fields.is_empty() {
                    children.push((*key, fields));
                }
            }
        }
        children
    }

    /// A record is not deleted while a live child needs it.
    pub(crate) fn refuse_for_children(&self, owner: Key<'s>) -> Result<(), Code> {
        match self.children(owner, |rule| *rule == OnDelete::Refuse).is_empty() {
            true => Ok(()),
            false => Err(Code::HasChildren),
        }
    }

    /// Gives the children of a record that was just deleted to whom it names, one effect for each child.
    pub(crate) fn orphan(&mut self, play: &mut Play<'_, 's>, owner: Key<'s>) {
        for (child, fields) in self.children(owner, |rule| matches!(rule, OnDelete::OrphanTo(_))) {
            play.effect += 1;
            for field in fields {
                let before = Value::Ref(owner.1);
                let after = self.turned(field, before.clone());
                let deed = self.done(play.line, child.0, child.1, What::Wrote(&field.name, after.clone()));
                self.part(play, child, Some(&field.name), (before, after), Fate::Applied, Some(deed));
            }
        }
    }

    /// What an op brought back is not left with an owner that is deleted, where its type says who has it then.
    pub(crate) fn adopt_revived(&mut self, play: &mut Play<'_, 's>) {
        let event = self.history.events.last().expect("BUG: played in no event");
        let refers = |deed: &&Deed<'s>| {
            let ty = self.history.schema.find(deed.of);
            let field = ty
                .and_then(|ty| ty.fields.iter().find(|field| Some(field.name.as_str()) == deed.what.field()));
            field
                .is_some_and(|field| matches!(field.kind, Kind::Ref { on_delete: OnDelete::OrphanTo(_), .. }))
        };
        let revived = event.deeds[play.deeds_before..].iter();
        let revived = revived.filter(|deed| deed.what == What::Restored || refers(deed));
        let mut revived: Vec<Key<'s>> = revived.map(|deed| (deed.of, deed.id)).collect();
        revived.dedup();
        for key in revived.into_iter().filter(|key| !self.is_deleted(*key)).collect::<Vec<_>>() {
            let ty = self.history.schema.find(key.0).expect("BUG: a record of no type");
            for field in &ty.fields {
                let before = self.value(key, &field.name);
                let after = self.turned(field, before.clone());
                if after != before {
                    let deed = self.done(play.line, key.0, key.1, What::Wrote(&field.name, after.clone()));
                    self.part(play, key, Some(&field.name), (before, after), Fate::Applied, Some(deed));
                }
            }
            play.effect += 1;
        }
    }

    /// A reference to a deleted owner, turned to what that names instead; until that is live, or nothing.
    pub(crate) fn turned(&self, field: &Field, value: Value) -> Value {
        let Kind::Ref { to, on_delete: OnDelete::OrphanTo(next), .. } = &field.kind else { return value };
        let (mut value, mut been) = (value, BTreeSet::new());
        while let Value::Ref(id) = value {
            if !self.is_deleted((to, id)) || self.history.is_forgotten((to, id)) {
                break;
            }
            value = match next {
                Some(next) if been.insert(id) => self.value((to, id), next),
                _ => Value::Null,
            };
        }
        value
    }

    /// Whether a record is owned by one that is deleted.
    pub(crate) fn has_deleted_owner(&self, (of, id): Key<'_>) -> bool {
        let ty = self.history.schema.find(of).expect("BUG: a record of no type");
        ty.fields.iter().any(|field| match (&field.kind, self.value((of, id), &field.name)) {
            (Kind::Ref { to, owner: true, .. }, Value::Ref(owner)) => self.is_deleted((to, owner)),
            _ => false,
        })
    }
}

/// Leaves out the records whose owners are not all there.
pub fn without_orphans<'s>(
    schema: &Schema,
    mut rows: BTreeMap<Key<'s>, Vec<Value>>,
) -> BTreeMap<Key<'s>, Vec<Value>> {
    loop {
        let there: BTreeSet<(String, RecordId)> =
            rows.keys().map(|(of, id)| ((*of).to_owned(), *id)).collect();
        rows.retain(|(of, _), row| {
            let fields = schema.find(of).into_iter().flat_map(|ty| &ty.fields);
            fields.zip(row).all(|(field, value)| match (&field.kind, value) {
                (Kind::Ref { to, owner: true, .. }, Value::Ref(owner)) => {
                    there.contains(&(to.clone(), *owner))
                }
                _ => true,
            })
        });
        if rows.len() == there.len() {
            return rows;
        }
    }
}
