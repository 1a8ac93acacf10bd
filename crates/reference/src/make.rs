//! Making a change: each write becomes a deed at the end of the list, unless it loses. What became of it is
//! found by asking the list for the last deed of another device that is newer than the change's base.

use fieldbook_model::schema::{Field, Kind, Merge};
use fieldbook_model::{Code, DeviceId, RecordId, Value, Version};

use crate::asked::{self, Asked, Verb};
use crate::history::{Deed, NOW, What};
use crate::said::{Author, Fate, Part};
use crate::server::Reference;

impl<'s> Reference<'s> {
    pub(crate) fn make(&mut self, device: DeviceId, asked: Asked<'s>) -> Result<(), Code> {
        let Asked { ty, id, base, verb } = asked;
        let of = ty.name.as_str();
        let used = self.history.exists(of, id, NOW) || self.history.in_force(of, id, NOW) != id;
        match verb {
            Verb::Insert(_) if used => return Err(Code::IdTaken),
            Verb::Insert(row) => {
                self.done(of, id, What::Made);
                self.part(of, id, Fate::Applied);
                for (field, value) in ty.fields.iter().zip(row) {
                    self.first(of, id, &field.name, value);
                }
            }
            _ if !self.history.exists(of, id, NOW) => return Err(Code::UnknownRecord),
            Verb::Update(asks) => {
                let delete = self.deleted(of, id).then(|| self.life(of, id));
                for (field, what) in asks {
                    self.update(device, (of, id), base, (field, what), delete)?;
                }
            }
            Verb::Delete => self.delete(device, of, id, base),
            Verb::Restore => self.restore(device, of, id, base),
        }
        Ok(())
    }

    fn first(&mut self, of: &'s str, id: RecordId, field: &'s str, value: Value) {
        if value != Value::Null {
            let (before, after) = (Value::Null, value.clone());
            self.parts().push(Part { of, id, field: Some(field), before, after, fate: Fate::Applied });
        }
        self.done(of, id, What::Wrote(field, value));
    }

    /// Writes one field. `delete` is who deleted the record, if it is deleted: then all but additions lose.
    fn update(
        &mut self,
        device: DeviceId,
        (of, id): (&'s str, RecordId),
        base: Version,
        (field, what): (&'s Field, What<'s>),
        delete: Option<Author>,
    ) -> Result<(), Code> {
        let name = field.name.as_str();
        let before = self.value(of, id, name);
        let after = asked::after(field, &before, &what)?;
        let fate = match delete {
            Some(author) if !matches!(what, What::Added(..)) => Fate::LostToDelete(author),
            _ => {
                let unseen = self.history.unseen(device, (of, id), base, |deed| deed.field() == Some(name));
                fate(unseen, &what, before == after)
            }
        };
        self.parts().push(Part { of, id, field: Some(name), before, after, fate });
        if !matches!(fate, Fate::LostToDelete(_)) {
            self.done(of, id, what);
        }
        Ok(())
    }

    fn delete(&mut self, device: DeviceId, of: &'s str, id: RecordId, base: Version) {
        if self.deleted(of, id) {
            return self.part(of, id, Fate::Already);
        }
        let schema = self.history.schema;
        // Additions and set elements are no edits that a delete could overwrite (rule 52).
        let edits = |what: &What<'_>| match what.field() {
            None => true,
            Some(name) => schema.find(of).into_iter().flat_map(|ty| &ty.fields).any(|field| {
                field.name == name && !matches!(field.kind, Kind::Set { .. }) && field.merge != Merge::Delta
            }),
        };
        let unseen = self.history.unseen(device, (of, id), base, edits);
        self.part(of, id, unseen.map_or(Fate::Applied, Fate::Over));
        self.done(of, id, What::Deleted);
    }

    fn restore(&mut self, device: DeviceId, of: &'s str, id: RecordId, base: Version) {
        if !self.deleted(of, id) {
            return self.part(of, id, Fate::Already);
        }
        let unseen = self.history.unseen(device, (of, id), base, |what| what.field().is_none());
        self.part(of, id, unseen.map_or(Fate::Applied, Fate::Over));
        self.done(of, id, What::Restored);
    }

    fn done(&mut self, of: &'s str, id: RecordId, what: What<'s>) {
        let event = self.history.events.last_mut().expect("BUG: a deed without an event");
        event.deeds.push(Deed { of, id, what });
    }

    fn part(&mut self, of: &'s str, id: RecordId, fate: Fate) {
        let (before, after) = (Value::Null, Value::Null);
        self.parts().push(Part { of, id, field: None, before, after, fate });
    }

    fn parts(&mut self) -> &mut Vec<Part<'s>> {
        &mut self.history.events.last_mut().expect("BUG: a part without an event").parts
    }

    fn deleted(&self, of: &str, id: RecordId) -> bool {
        self.history.record(of, id, NOW).is_some_and(|held| held.deleted)
    }

    fn life(&self, of: &str, id: RecordId) -> Author {
        let life = self.history.last(of, id, |what| what.field().is_none());
        life.expect("BUG: a record without a beginning")
    }

    fn value(&self, of: &str, id: RecordId, field: &str) -> Value {
        let place = self.history.schema.find(of).and_then(|ty| ty.position(field));
        let held = self.history.record(of, id, NOW).expect("BUG: a value of no record");
        held.row[place.expect("BUG: a value of no field")].clone()
    }
}

fn fate(unseen: Option<Author>, what: &What<'_>, equal: bool) -> Fate {
    match (unseen, what) {
        (None, _) => Fate::Applied,
        (Some(other), What::Added(..) | What::Included(..) | What::Excluded(..)) => Fate::Merged(other),
        (Some(_), _) if equal => Fate::Already,
        (Some(other), _) => Fate::Over(other),
    }
}
