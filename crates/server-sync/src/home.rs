//! Where records lie: each in the innermost scope that its reference leads to, or at the root. A record that moves to
//! another scope takes with it what lies where it lies (rule 14).

use std::collections::BTreeSet;

use fieldbook_merge::{Checked, Effect, Outcome, Verb};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::system::CONFLICT;
use fieldbook_model::{Access, Code, RecordId, Refusal, Role, Scope, Value, json};

use crate::conflict::{Conflict, UnitRow};
use crate::desk::{Desk, Made, Place, Slot};
use crate::keys;
use crate::plan::Write;
use crate::stop::Stop;
use crate::view::View;

/// The most records that move with another.
pub const CARRIED_MAX: usize = 5_000;

impl<V: View> Desk<'_, V> {
    /// The scope in which a record lies, changes so far included; `None` at the root.
    pub fn home(&mut self, of: usize, id: RecordId) -> Result<Option<Place>, V::Error> {
        let Some((field, to)) = self.around(of) else { return Ok(None) };
        let row = match self.records.get(&(of, id)) {
            Some(Slot { record: Some(record), .. }) => Some(record.row[field].clone()),
            Some(Slot { gone: None, .. }) => None,
            _ => return self.view.home(of, id),
        };
        match row {
            Some(Value::Ref(parent)) if self.workspace.schema.types[to].scope => Ok(Some((to, parent))),
            Some(Value::Ref(parent)) => self.home(to, parent),
            _ => Ok(None),
        }
    }

    /// The scopes around a record, the innermost first.
    pub fn scopes(&mut self, of: usize, id: RecordId) -> Result<Vec<Place>, V::Error> {
        let mut scopes = Vec::new();
        let mut next = self.home(of, id)?;
        while let Some(scope) = next {
            scopes.push(scope);
            next = self.home(scope.0, scope.1)?;
        }
        Ok(scopes)
    }

    /// The same by name.
    pub fn scope_names(&mut self, of: usize, id: RecordId) -> Result<Vec<Scope>, V::Error> {
        let schema = self.workspace.schema;
        let name = |(of, id): Place| Scope { of: schema.types[of].name.clone(), id };
        Ok(self.scopes(of, id)?.into_iter().map(name).collect())
    }

    /// The scopes around a record as a change leaves it, which may be one of several that make what it lies in: `None`
    /// where it neither makes nor moves it.
    pub fn destination(&mut self, change: &Checked, all: &[Checked]) -> Result<Option<Vec<Scope>>, V::Error> {
        let insert = matches!(change.verb, Verb::Insert(_));
        let Some((field, to)) = self.around(change.of) else { return Ok(insert.then(Vec::new)) };
        let written = match &change.verb {
            Verb::Revert(deeds) => deeds.iter().find(|deed| deed.field == field).map(|deed| &deed.before),
            _ => None,
        };
        let parent = match written {
            Some(Value::Ref(parent)) => Some(*parent),
            _ => change.verb.references().find(|(place, _)| *place == field).map(|(_, parent)| parent),
        };
        let Some(parent) = parent else { return Ok(insert.then(Vec::new)) };
        let makes = |it: &&Checked| (it.of, it.id) == (to, parent) && matches!(it.verb, Verb::Insert(_));
        // What makes its own surroundings in a circle is refused where the references are looked at.
        let made = all.iter().find(makes).filter(|made| made.of != change.of);
        let mut scopes = match made {
            Some(made) => self.destination(made, all)?.unwrap_or_default(),
            None => self.scope_names(to, parent)?,
        };
        let schema = self.workspace.schema;
        if schema.types[to].scope {
            scopes.insert(0, Scope { of: schema.types[to].name.clone(), id: parent });
        }
        Ok(Some(scopes))
    }

    /// The role that a change is made in: where its record lay before the op, or will.
    pub fn role_at<'r>(&mut self, rights: &'r Access, change: &Checked) -> Result<&'r Role, Stop<V::Error>> {
        if rights.grants.is_empty() {
            return Ok(&rights.role);
        }
        let (of, id) = (change.of, change.id);
        let mut scopes = match change.verb {
            Verb::Insert(_) => self.destination(change, &[]).map_err(Stop::Fail)?.unwrap_or_default(),
            _ => Vec::new(),
        };
        if !matches!(change.verb, Verb::Insert(_)) {
            let home = match self.view.home(of, id).map_err(Stop::Fail)? {
                Some(home) => Some(home),
                None => self.home(of, id).map_err(Stop::Fail)?,
            };
            if let Some((of, id)) = home {
                scopes = self.scope_names(of, id).map_err(Stop::Fail)?;
                scopes.insert(0, Scope { of: self.workspace.schema.types[of].name.clone(), id });
            }
        }
        Ok(rights.role_in(&scopes))
    }

    /// The reference of a type that says where its records lie, and the type that it refers to.
    fn around(&self, of: usize) -> Option<(usize, usize)> {
        let schema = self.workspace.schema;
        let (field, to) = schema.types[of].inside_of()?;
        Some((field, schema.place(to)?))
    }

    /// What lies with records that moved moves too: it is written again at this version, and was not edited.
    pub fn carry(&mut self, made: &Made) -> Result<(), Stop<V::Error>> {
        let mut queue: Vec<Place> =
            made.effects.iter().filter(|effect| self.moved(effect)).map(place).collect();
        let mut carried = BTreeSet::new();
        while let Some((of, id)) = queue.pop() {
            let children = self.children_of(of, id).map_err(Stop::Fail)?;
            for (of, id) in children {
                if carried.contains(&(of, id)) || self.stays(of, id).map_err(Stop::Fail)? {
                    continue;
                }
                if carried.len() >= CARRIED_MAX {
                    return Err(too_many(&self.workspace.schema.types[of].spoken()).into());
                }
                let next = self.next;
                if let Some(record) = self.records.get_mut(&(of, id)).and_then(|slot| slot.record.as_mut()) {
                    record.version = next;
                }
                carried.insert((of, id));
                queue.push((of, id));
            }
        }
        Ok(())
    }

    fn moved(&self, effect: &Effect) -> bool {
        let field = self.around(effect.change.of).map(|(field, _)| field);
        let moved = effect.units.iter().any(|unit| Some(unit.field) == field && unit.outcome.took_hold());
        moved && !planted(Defect::ChildrenStayBehind) && effect.life != Some(Outcome::Applied)
    }

    /// Whether a record, which is laid out, lies where it lay.
    pub(crate) fn stays(&mut self, of: usize, id: RecordId) -> Result<bool, V::Error> {
        self.record(of, id)?;
        let was = self.view.home(of, id)?;
        Ok(self.home(of, id)? == was)
    }

    /// The records that lie where a record lies because they refer to it.
    fn children_of(&mut self, of: usize, id: RecordId) -> Result<Vec<Place>, V::Error> {
        let schema = self.workspace.schema;
        let mut found = Vec::new();
        for (child, ty) in schema.types.iter().enumerate().filter(|(_, ty)| ty.carried) {
            let Some((field, _)) = self.around(child).filter(|(_, to)| *to == of) else { continue };
            let value = Value::Ref(id);
            let text = json::write(&[&value]);
            let Some(key) = keys::of_inside(ty) else { continue };
            let mut ids: BTreeSet<RecordId> = self.view.keyed(child, key, &text)?.into_iter().collect();
            ids.extend(self.records.keys().filter(|(their, _)| *their == child).map(|(_, id)| *id));
            for id in ids {
                if self.record(child, id)?.is_some_and(|record| record.row[field] == value) {
                    found.push((child, id));
                }
            }
        }
        Ok(found)
    }

    /// Notes where each written record lies.
    pub fn homes(&mut self, writes: &mut [Write]) -> Result<(), V::Error> {
        let schema = self.workspace.schema;
        for write in writes {
            write.home = match schema.types[write.of].name.as_str() {
                CONFLICT if schema.types[write.of].system => {
                    let units = Conflict::read(schema, &write.record.row).map(|it| it.units);
                    self.common(&units.unwrap_or_default())?
                }
                _ => self.home(write.of, write.id)?,
            };
        }
        Ok(())
    }

    /// A conflict lies in the innermost scope around all records that it is about.
    pub(crate) fn common(&mut self, units: &[UnitRow]) -> Result<Option<Place>, V::Error> {
        let mut common: Option<Vec<Place>> = None;
        for unit in units {
            let mut path = self.scopes(unit.of, unit.id)?;
            path.reverse();
            common = Some(match common {
                None => path,
                Some(so_far) => {
                    so_far.into_iter().zip(path).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
                }
            });
        }
        Ok(common.unwrap_or_default().pop())
    }
}

fn place(effect: &Effect) -> Place {
    (effect.change.of, effect.change.id)
}

fn too_many(noun: &str) -> Refusal {
    let words = format!(
        "More than {CARRIED_MAX} records would move with this {noun}; move them in several steps, or let the {noun} open a scope of its own."
    );
    Refusal::new(Code::TooManyChanges, words)
}
