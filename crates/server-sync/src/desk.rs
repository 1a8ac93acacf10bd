//! The records that an op works on, as copies, and what its changes make of them. Nothing here writes: the copies
//! that changed become the plan's writes, or are thrown away.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::merge::{id_taken, inserted, merge};
use fieldbook_merge::play::edited;
use fieldbook_merge::{
    Author, Checked, Clash, DoneVerb, Edit, Effect, Line, Outcome, Record, Ruling, Rulings, Stamp, Unit,
    UnitEffect, Verb,
};
use fieldbook_model::limits::{RECORD_BYTES_MAX, TOUCHED_BYTES_MAX};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Kind, OnDelete};
use fieldbook_model::words::a;
use fieldbook_model::{Access, Code, Cursor, Hlc, OpId, RecordId, Refusal, Value, Version};

use crate::keys;
use crate::plan::Write;
use crate::stop::Stop;
use crate::view::{View, Workspace};

/// A record: the place of its type, and its id.
pub(crate) type Place = (usize, RecordId);

/// A record laid out.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// It is new with this op.
    pub fresh: bool,
    pub record: Option<Record>,
    /// Who deleted it, where it is forgotten by now.
    pub gone: Option<Stamp>,
}

/// The copies.
pub(crate) struct Desk<'a, V: View> {
    pub workspace: &'a Workspace<'a>,
    pub view: &'a mut V,
    /// The place in the total order of what is being decided.
    pub next: Version,
    pub records: BTreeMap<Place, Slot>,
    /// Ids that are mapped by what is being decided.
    pub aliases: BTreeMap<Place, RecordId>,
    /// About how many bytes of values were read and written so far.
    touched_bytes: usize,
}

/// Copies to come back to.
pub(crate) struct Saved {
    records: BTreeMap<Place, Slot>,
    touched_bytes: usize,
}

/// What people decided, unit by unit.
pub(crate) type Decided = BTreeMap<(usize, RecordId, Unit), Ruling>;

/// In whose name changes are made.
#[derive(Clone)]
pub(crate) struct By<'r> {
    pub line: Line,
    pub seen: Cursor,
    /// The held op that they are of.
    pub held: Option<OpId>,
    /// Who decided, and what.
    pub decided: Option<(Stamp, &'r Decided)>,
    /// When it was written, as far as that counts.
    pub hlc: Hlc,
    /// The author's rights at the op's place in the order (rule 32).
    pub rights: Access,
}

/// What an op's changes came to.
#[derive(Default)]
pub(crate) struct Made {
    pub effects: Vec<Effect>,
    pub clashes: Vec<(Place, Clash)>,
    /// For a clash of keys, the record that it is with.
    pub rivals: BTreeMap<Place, RecordId>,
    /// Pairs that may share a key from now on.
    pub accepted: Vec<(usize, RecordId, RecordId)>,
    /// Records that stay unmade because a person decided so.
    unmade: BTreeSet<Place>,
    /// Records of types with keys, as they were before.
    were: BTreeMap<Place, Option<Record>>,
}

impl Made {
    /// Records of types with keys, as they were before.
    pub fn were(&self) -> impl Iterator<Item = (Place, Option<Record>)> + use<> {
        self.were.clone().into_iter()
    }
}

impl<'a, V: View> Desk<'a, V> {
    pub fn new(workspace: &'a Workspace<'a>, view: &'a mut V, next: Version) -> Self {
        let (records, aliases) = (BTreeMap::new(), BTreeMap::new());
        Self { workspace, view, next, records, aliases, touched_bytes: 0 }
    }

    /// The copies as they are, to come back to.
    pub fn saved(&self) -> Saved {
        Saved { records: self.records.clone(), touched_bytes: self.touched_bytes }
    }

    /// Comes back to how the copies were, and gives those that were made since.
    pub fn restore(&mut self, saved: Saved) -> BTreeMap<Place, Slot> {
        self.touched_bytes = saved.touched_bytes;
        std::mem::replace(&mut self.records, saved.records)
    }

    /// A record as it is now, changes so far included.
    pub fn record(&mut self, of: usize, id: RecordId) -> Result<Option<&Record>, V::Error> {
        if !self.records.contains_key(&(of, id)) {
            let record = self.view.record(of, id)?;
            // The server's own records, such as a conflict, are no burden of whoever meets them.
            if !self.workspace.schema.types[of].system {
                self.touched_bytes += record.as_ref().map_or(0, weight);
            }
            let gone = if record.is_none() { self.view.gone(of, id)? } else { None };
            self.records.insert((of, id), Slot { fresh: record.is_none() && gone.is_none(), record, gone });
        }
        Ok(self.records.get(&(of, id)).and_then(|slot| slot.record.as_ref()))
    }

    /// Whether an id was ever used, changes so far included.
    pub fn exists(&mut self, of: usize, id: RecordId) -> Result<bool, V::Error> {
        match self.records.get(&(of, id)) {
            Some(slot) => Ok(slot.record.is_some() || slot.gone.is_some()),
            None => self.view.exists(of, id),
        }
    }

    /// The id in force for an id that a duplicate made.
    fn alias(&mut self, of: usize, id: RecordId) -> Result<Option<RecordId>, V::Error> {
        match self.aliases.get(&(of, id)) {
            Some(existing) => Ok(Some(*existing)),
            None => self.view.alias(of, id),
        }
    }

    /// The records that really changed, with the scopes in which they lie.
    pub fn writes(mut self) -> Result<Vec<Write>, V::Error> {
        let next = self.next;
        let has_scopes = self.workspace.schema.types.iter().any(|ty| ty.inside.is_some());
        let records = match has_scopes {
            true => self.records.clone(),
            false => std::mem::take(&mut self.records),
        };
        let changed = records.into_iter().filter_map(|((of, id), slot)| {
            let record = slot.record.filter(|record| record.version == next)?;
            Some(Write { of, id, fresh: slot.fresh, record, home: None })
        });
        let mut writes: Vec<Write> = changed.collect();
        if has_scopes {
            self.homes(&mut writes)?;
        }
        Ok(writes)
    }

    /// Replaces ids that a duplicate made by the ids in force. The op's bytes stay as they are.
    pub fn rename(&mut self, checked: &mut Checked) -> Result<(), V::Error> {
        if !matches!(checked.verb, Verb::Insert(_))
            && let Some(id) = self.alias(checked.of, checked.id)?
        {
            checked.id = id;
        }
        let written: Vec<_> = checked.verb.references().collect();
        for (field, id) in written {
            let Some(to) = self.target(checked.of, field) else { continue };
            if let Some(existing) = self.alias(to, id)? {
                rewrite(&mut checked.verb, field, Value::Ref(existing));
            }
        }
        Ok(())
    }

    /// The type that a reference field refers to.
    pub fn target(&self, of: usize, field: usize) -> Option<usize> {
        let schema = self.workspace.schema;
        match &schema.types[of].fields[field].kind {
            Kind::Ref { to, .. } => schema.place(to),
            _ => None,
        }
    }

    /// Makes changes one after the other. Where a person has to decide, the change is made and the clash noted: the
    /// caller throws the copies away.
    pub fn make(&mut self, changes: Vec<Checked>, by: &By<'_>) -> Result<Made, Stop<V::Error>> {
        let mut made = Made { effects: Vec::with_capacity(changes.len()), ..Made::default() };
        for change in changes {
            self.change(change, by, &mut made)?;
        }
        self.adopt_revived(by, &mut made)?;
        self.carry(&made)?;
        if !made.were.is_empty() {
            self.unique(by, &mut made)?;
        }
        Ok(made)
    }

    fn change(&mut self, mut change: Checked, by: &By<'_>, made: &mut Made) -> Result<(), Stop<V::Error>> {
        if let Some((stamp, _)) = by.decided
            && self.is_about_unmade(&change, made)
        {
            made.effects.push(unmade(change, stamp, by.held));
            return Ok(());
        }
        self.adopt(&mut change)?;
        self.references(&change)?;
        let (of, id) = (change.of, change.id);
        let ends = matches!(change.verb, Verb::Delete | Verb::Unmake);
        let effect = self.merge(change, by, made)?;
        let gone = ends && effect.life.is_some_and(Outcome::took_hold);
        if matches!(effect.life, Some(Outcome::LostToChoice(_)))
            && matches!(effect.change.verb, Verb::Insert(_))
        {
            made.unmade.insert((of, id));
        }
        made.effects.push(effect);
        if gone {
            for orphan in self.orphans(of, id)? {
                let effect = self.merge(orphan, by, made)?;
                made.effects.push(effect);
            }
        }
        Ok(())
    }

    fn is_about_unmade(&self, change: &Checked, made: &Made) -> bool {
        let mut used =
            change.verb.references().filter_map(|(field, id)| Some((self.target(change.of, field)?, id)));
        !made.unmade.is_empty()
            && (made.unmade.contains(&(change.of, change.id)) || used.any(|used| made.unmade.contains(&used)))
    }

    /// Refuses a reference to nothing. A deleted record may still be referred to.
    fn references(&mut self, change: &Checked) -> Result<(), Stop<V::Error>> {
        for (field, id) in change.verb.references().collect::<Vec<_>>() {
            let Some(to) = self.target(change.of, field) else { continue };
            let own = to == change.of && id == change.id;
            if !own && !self.exists(to, id).map_err(Stop::Fail)? {
                let schema = self.workspace.schema;
                let (ty, target) = (&schema.types[change.of], &schema.types[to].name);
                let path = format!("{}.{}", ty.name, ty.fields[field].name);
                let words = format!("{path} names a {target} that does not exist.");
                return Err(Refusal::at(Code::UnknownReference, path, words).into());
            }
        }
        Ok(())
    }

    fn merge(&mut self, change: Checked, by: &By<'_>, made: &mut Made) -> Result<Effect, Stop<V::Error>> {
        let (of, id) = (change.of, change.id);
        let ty = &self.workspace.schema.types[of];
        let is_new = self.record(of, id).map_err(Stop::Fail)?.is_none();
        if let Some(deleted) = self.records.get(&(of, id)).and_then(|slot| slot.gone) {
            return Ok(self.forgotten(change, deleted, by, made)?);
        }
        if is_new
            && matches!(change.verb, Verb::Insert(_))
            && self.alias(of, id).map_err(Stop::Fail)?.is_some()
        {
            return Err(id_taken(ty).into());
        }
        let role = match planted(Defect::StampsForgetRoles) {
            true => "".to_owned(),
            false => self.role_at(&by.rights, &change)?.name().to_owned(),
        };
        let kin = self.view.kin(by.line).map_err(Stop::Fail)?;
        let slot = self.records.get_mut(&(of, id)).expect("BUG: the record was just laid out");
        if !ty.unique.is_empty() {
            made.were.entry((of, id)).or_insert_with(|| slot.record.clone());
        }
        let rulings = by.decided.and_then(|(stamp, all)| rulings(stamp, all, of, id));
        let author = Author { stamp: Stamp::new(self.next, by.line), hlc: by.hlc, role: &role };
        slot.record.iter_mut().for_each(|record| record.claim(&kin));
        let merged = merge(ty, &mut slot.record, change, author, rulings.as_ref());
        slot.record.iter_mut().for_each(|record| record.release(&kin));
        let mut merged = merged?;
        merged.effect.release(&kin);
        merged.effect.held = by.held;
        made.clashes.extend(merged.clashes.into_iter().map(|clash| ((of, id), clash)));
        let read_and_written = |unit: &UnitEffect| unit.before.weight() + unit.after.weight();
        self.touched_bytes += merged.effect.units.iter().map(read_and_written).sum::<usize>();
        let whole = slot.record.as_ref().map_or(0, weight);
        self.fits(of, whole)?;
        self.keeps_nothing_gone(&merged.effect)?;
        Ok(merged.effect)
    }

    /// Refuses what would make a record, or the page that this op stands in, too large for a device to take in.
    fn fits(&self, of: usize, record_bytes: usize) -> Result<(), Refusal> {
        let ty = &self.workspace.schema.types[of].name;
        if record_bytes > RECORD_BYTES_MAX {
            let words = format!("{} may hold at most {} MiB.", a(ty), RECORD_BYTES_MAX >> 20);
            return Err(Refusal::at(Code::TooLarge, ty, words));
        }
        if self.touched_bytes > TOUCHED_BYTES_MAX {
            let words = format!(
                "This action works on more than {} MiB of records at once; make it in several steps.",
                TOUCHED_BYTES_MAX >> 20
            );
            return Err(Refusal::at(Code::TooLarge, ty, words));
        }
        Ok(())
    }
}

/// Owners and what they own.
impl<V: View> Desk<'_, V> {
    /// A reference to an owner that is deleted becomes what it would have become with the delete.
    fn adopt(&mut self, change: &mut Checked) -> Result<(), Stop<V::Error>> {
        for (field, id) in change.verb.references().collect::<Vec<_>>() {
            let kind = &self.workspace.schema.types[change.of].fields[field].kind;
            let Kind::Ref { on_delete: OnDelete::OrphanTo(heir), .. } = kind else { continue };
            let heir = heir.clone();
            let Some(to) = self.target(change.of, field) else { continue };
            let value = self.heir(to, heir.as_deref(), id).map_err(Stop::Fail)?;
            if value != Value::Ref(id) {
                rewrite(&mut change.verb, field, value);
            }
        }
        Ok(())
    }

    /// A record or a reference that came back is not left with an owner that is deleted, where its type says who has
    /// it then.
    fn adopt_revived(&mut self, by: &By<'_>, made: &mut Made) -> Result<(), Stop<V::Error>> {
        let types = &self.workspace.schema.types;
        let may_turn = |of: usize, field: usize| {
            matches!(types[of].fields[field].kind, Kind::Ref { on_delete: OnDelete::OrphanTo(_), .. })
        };
        let revived = made.effects.iter().filter(|effect| {
            let verb = DoneVerb::of(&effect.change.verb);
            let wrote = effect.units.iter().filter(|unit| unit.outcome.took_hold());
            let back = effect.life.is_some_and(Outcome::took_hold)
                || wrote.into_iter().any(|unit| may_turn(effect.change.of, unit.field));
            back && matches!(verb, DoneVerb::Update | DoneVerb::Restore)
        });
        let mut revived: Vec<Place> = revived.map(|effect| (effect.change.of, effect.change.id)).collect();
        revived.dedup();
        for (of, id) in revived {
            let row = match self.record(of, id).map_err(Stop::Fail)? {
                Some(record) if !record.deleted => record.row.clone(),
                _ => continue,
            };
            let mut turned = Vec::new();
            for (field, value) in row.iter().enumerate() {
                let kind = &self.workspace.schema.types[of].fields[field].kind;
                let (Kind::Ref { on_delete: OnDelete::OrphanTo(heir), .. }, Value::Ref(owner)) =
                    (kind, value)
                else {
                    continue;
                };
                let heir = heir.clone();
                let Some(to) = self.target(of, field) else { continue };
                let now = self.heir(to, heir.as_deref(), *owner).map_err(Stop::Fail)?;
                if now != *value {
                    turned.push((field, Edit::Set(now)));
                }
            }
            if !turned.is_empty() {
                // The op's own consequence, which meets nobody.
                let change = Checked { of, id, base: Version(u64::MAX), verb: Verb::Update(turned) };
                let effect = self.merge(change, by, made)?;
                made.effects.push(effect);
            }
        }
        Ok(())
    }

    /// What a reference to an owner becomes: while that is deleted, what its field names instead.
    fn heir(&mut self, of: usize, field: Option<&str>, owner: RecordId) -> Result<Value, V::Error> {
        let place = field.and_then(|field| self.workspace.schema.types[of].position(field));
        let (mut value, mut been) = (Value::Ref(owner), BTreeSet::new());
        while let Value::Ref(id) = value {
            value = match self.record(of, id)? {
                Some(record) if record.deleted && been.insert(id) => {
                    place.map_or(Value::Null, |place| record.row[place].clone())
                }
                Some(record) if record.deleted => Value::Null,
                _ => return Ok(value),
            };
        }
        Ok(value)
    }

    /// What the end of a record does to those that it owned; or the refusal, where they have to go first.
    fn orphans(&mut self, of: usize, id: RecordId) -> Result<Vec<Checked>, Stop<V::Error>> {
        let schema = self.workspace.schema;
        let mut orphans = Vec::new();
        for (child, field, on_delete) in keys::children(schema, of) {
            let mut ids = self.owned(child, field, id).map_err(Stop::Fail)?;
            if of == child {
                ids.remove(&id);
            }
            match on_delete {
                OnDelete::Cascade => {}
                OnDelete::Refuse if ids.is_empty() => {}
                OnDelete::Refuse => return Err(has_children(schema, of, child).into()),
                OnDelete::OrphanTo(heir) => {
                    let value = self.heir(of, heir.as_deref(), id).map_err(Stop::Fail)?;
                    let verb = Verb::Update(vec![(field, Edit::Set(value))]);
                    // The op's own consequence, which meets nobody.
                    let base = Version(u64::MAX);
                    orphans.extend(ids.iter().map(|id| Checked {
                        of: child,
                        id: *id,
                        base,
                        verb: verb.clone(),
                    }));
                }
            }
        }
        Ok(orphans)
    }

    /// The live records of a type that refer to an owner.
    fn owned(&mut self, of: usize, field: usize, owner: RecordId) -> Result<BTreeSet<RecordId>, V::Error> {
        let ty = &self.workspace.schema.types[of];
        let Some(key) = keys::of_owner(ty, field) else { return Ok(BTreeSet::new()) };
        let value = Value::Ref(owner);
        let text = fieldbook_model::json::write(&[&value]);
        let mut ids: BTreeSet<RecordId> = self.view.keyed(of, key, &text)?.into_iter().collect();
        ids.extend(self.records.keys().filter(|(their, _)| *their == of).map(|(_, id)| *id));
        let mut owned = BTreeSet::new();
        for id in ids {
            if self.record(of, id)?.is_some_and(|record| !record.deleted && record.row[field] == value) {
                owned.insert(id);
            }
        }
        Ok(owned)
    }
}

fn has_children(schema: &fieldbook_model::Schema, of: usize, child: usize) -> Refusal {
    let (owner, child) = (&schema.types[of], &schema.types[child]);
    let words = format!(
        "This {} still has at least one {}; delete or move that first.",
        owner.spoken(),
        child.spoken()
    );
    Refusal::at(Code::HasChildren, &owner.name, words)
}

/// What a change of a record that a person decided not to make comes to: nothing, with its values in the history.
pub(crate) fn unmade(change: Checked, stamp: Stamp, held: Option<OpId>) -> Effect {
    let lost = Outcome::LostToChoice(stamp);
    let (life, units) = match &change.verb {
        Verb::Insert(row) => (Some(lost), inserted(row, lost)),
        Verb::Update(edits) => {
            let unit = |(field, edit): &(usize, Edit)| UnitEffect {
                field: *field,
                before: Value::Null,
                after: edited(&Value::Null, edit).unwrap_or(Value::Null),
                outcome: lost,
                stamps: None,
            };
            (None, edits.iter().map(unit).collect())
        }
        _ => (Some(lost), Vec::new()),
    };
    Effect { change, life, life_before: None, units, held }
}

/// What was decided about one record.
fn rulings(by: Stamp, all: &Decided, of: usize, id: RecordId) -> Option<Rulings> {
    let own =
        all.range((of, id, Unit::Life)..).take_while(|((their, other, _), _)| *their == of && *other == id);
    let units: BTreeMap<Unit, Ruling> = own.map(|((_, _, unit), ruling)| (*unit, ruling.clone())).collect();
    (!units.is_empty()).then_some(Rulings { by, units })
}

pub(crate) fn weight(record: &Record) -> usize {
    record.row.iter().map(Value::weight).sum()
}

fn rewrite(verb: &mut Verb, field: usize, value: Value) {
    match verb {
        Verb::Insert(row) => row[field] = value,
        Verb::Update(edits) => {
            for (place, edit) in edits {
                if *place == field && matches!(edit, Edit::Set(Value::Ref(_))) {
                    *edit = Edit::Set(value.clone());
                }
            }
        }
        _ => {}
    }
}
