//! Ops that wait for a person: how a conflict is opened, and how its pair is kept fresh.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::{
    Checked, Clash, ClashKind, Elements, Kinship, Record, Row, Ruling, Stamp, Stamps, Unit, Verb,
};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::words::{self, Labels};
use fieldbook_model::{Fields, Json, OpId, RecordId, Version};

use crate::case::Case;
use crate::conflict::{Conflict, UnitRow, fields_of};
use crate::depend::Use;
use crate::desk::{By, Decided, Desk, Made, Place, Slot};
use crate::forgotten;
use crate::plan::Hold;
use crate::stop::Stop;
use crate::view::{HeldOp, View};

/// What the ops of a conflict come to, played on what is in force.
struct Played {
    asked: Vec<Checked>,
    base: BTreeMap<(usize, RecordId), Version>,
    clashes: Vec<(Place, Clash)>,
    rivals: BTreeMap<Place, RecordId>,
    after: BTreeMap<Place, Slot>,
    /// What was counted: behind the first of them, whatever waits with it.
    counted: BTreeMap<Place, Slot>,
}

impl Played {
    fn counts(&self) -> bool {
        self.clashes.iter().any(|(_, clash)| clash.kind == ClashKind::Count)
    }

    /// Takes in a clash that was there before. One that is there still is told as it is now.
    fn note(&mut self, (place, clash): &(Place, Clash)) {
        if !self.clashes.iter().any(|(their, own)| their == place && own.unit == clash.unit) {
            self.clashes.push((*place, *clash));
        }
    }
}

impl<V: View> Case<'_, V> {
    /// Holds an op. A conflict of its own is opened by naming the op itself.
    pub(crate) fn hold(&mut self, held: HeldOp, conflict: OpId, uses: &[Use]) -> Result<(), V::Error> {
        self.hold_for(held, conflict, uses, Vec::new())
    }

    /// The same of an op that names records which a server lost.
    pub(crate) fn hold_for(
        &mut self,
        held: HeldOp,
        conflict: OpId,
        uses: &[Use],
        lacks: Vec<Place>,
    ) -> Result<(), V::Error> {
        let touches = self.touched(held.line, uses)?;
        let held = HeldOp { lost: !lacks.is_empty(), ..held };
        let (op, version, line, ghost) = (held.op.op_id, held.version, held.line, held.ghost);
        let role = held.role.clone();
        self.draft.holds.push(Hold { op, version, line, conflict, ghost, role, touches, lacks });
        self.draft.waiting.insert(op, held);
        self.draft.stale.insert(conflict);
        Ok(())
    }

    /// Makes the changes of a held op, as far as decided.
    pub(crate) fn attempt(
        &mut self,
        held: &HeldOp,
        decided: Option<(Stamp, &Decided)>,
    ) -> Result<Made, Stop<V::Error>> {
        let asked = self.asked(&held.op, held.line)?;
        let (line, seen) = (held.line, held.op.seen);
        let rights = self.rights_then(held).map_err(Stop::Fail)?;
        let by = By { line, seen, held: Some(held.op.op_id), decided, hlc: held.hlc, rights };
        self.desk.make(asked, &by)
    }

    /// The record of a conflict.
    pub(crate) fn conflict(&mut self, id: OpId) -> Result<Option<Conflict>, V::Error> {
        let schema = self.workspace().schema;
        let record = self.desk.record(Conflict::place(schema), id.as_record())?;
        Ok(record.and_then(|record| Conflict::read(schema, &record.row)))
    }

    /// Writes the record of a conflict.
    pub(crate) fn write_conflict(&mut self, id: OpId, conflict: &Conflict) -> Result<(), V::Error> {
        let of = Conflict::place(self.workspace().schema);
        let row = conflict.row(self.workspace().schema);
        self.write_system(of, id.as_record(), Some(row))
    }

    /// Writes a record of the server's own, or deletes it.
    pub(crate) fn write_system(&mut self, of: usize, id: RecordId, row: Option<Row>) -> Result<(), V::Error> {
        let stamp = Stamp::new(self.next(), self.log.line);
        let old = self.desk.record(of, id)?.cloned();
        let deleted = row.is_none();
        let Some(row) = row.or_else(|| old.as_ref().map(|old| old.row.clone())) else { return Ok(()) };
        let units = vec![Stamps::first(stamp); row.len()];
        let record = Record {
            version: stamp.version,
            deleted,
            row,
            life: Stamps::first(stamp),
            units,
            elements: Elements::default(),
        };
        self.desk
            .records
            .insert((of, id), Slot { fresh: self.is_fresh(of, id), record: Some(record), gone: None });
        Ok(())
    }

    fn is_fresh(&self, of: usize, id: RecordId) -> bool {
        self.desk.records.get(&(of, id)).is_none_or(|slot| slot.fresh)
    }

    /// Works the pairs out again of all conflicts that this op changed something of.
    pub(crate) fn refresh(&mut self) -> Result<(), V::Error> {
        let mut conflicts = std::mem::take(&mut self.draft.stale);
        if self.desk.view.any_held()? || !self.draft.holds.is_empty() {
            let next = self.next();
            let written = self
                .desk
                .records
                .iter()
                .filter(|(_, slot)| slot.record.as_ref().is_some_and(|record| record.version == next));
            let written: Vec<Place> = written.map(|(place, _)| *place).collect();
            for (of, id) in &written {
                conflicts.extend(self.touches_on(*of, *id)?.iter().map(|touch| touch.conflict));
            }
            if self.moves_a_scope(&written)? {
                for id in self.desk.view.waiting()? {
                    let Some(conflict) = self.conflict(id)? else { continue };
                    if self.lies_elsewhere(id, &conflict)? {
                        conflicts.insert(id);
                    }
                }
            }
        }
        for conflict in conflicts {
            self.reweigh(conflict)?;
        }
        Ok(())
    }

    pub(crate) fn reweigh(&mut self, id: OpId) -> Result<(), V::Error> {
        let mut chain = self.waiting_in(id)?;
        chain.retain(|held| !held.ghost);
        // What waits for a lost record is no person's to decide.
        if chain.first().is_none_or(|head| head.op.op_id != id || head.lost) {
            return Ok(());
        }
        let old = self.conflict(id)?;
        if old.is_some() && planted(Defect::PairStays) {
            return Ok(());
        }
        let units = old.as_ref().map(|old| old.units.clone()).unwrap_or_default();
        let (units, theirs) = self.weigh(&chain, &units)?;
        let pair = i64::try_from(self.next().0).unwrap_or(i64::MAX);
        let held = chain.len() as i64;
        let fresh = match old.clone() {
            Some(mut conflict) => {
                // What a person knows a record by may change without a change of what is to be decided (rule 26).
                if !same_but_labels(&conflict.units, &units) {
                    conflict.pair = pair;
                }
                conflict.units = units;
                Conflict { held, theirs_by: theirs.unwrap_or(conflict.theirs_by), ..conflict }
            }
            None => Conflict { held, ..self.opened(&chain[0], units, theirs.unwrap_or_default(), pair)? },
        };
        let is_same = old.as_ref() == Some(&fresh);
        if !is_same || self.lies_elsewhere(id, &fresh)? || self.tells_of_moved(&fresh)? {
            self.write_conflict(id, &fresh)?;
        }
        Ok(())
    }

    /// Whether a scope came to lie elsewhere: what lies in it is not written again, and a conflict above it may have to follow.
    fn moves_a_scope(&mut self, written: &[Place]) -> Result<bool, V::Error> {
        for (of, id) in written {
            if !self.workspace().schema.types[*of].scope {
                continue;
            }
            let was = self.desk.view.home(*of, *id)?;
            if was.is_some() && self.desk.home(*of, *id)? != was {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a record moved since a conflict about it was written, and the conflict with it (rules 14 and 50).
    fn lies_elsewhere(&mut self, id: OpId, conflict: &Conflict) -> Result<bool, V::Error> {
        let of = Conflict::place(self.workspace().schema);
        let was = self.desk.view.home(of, id.as_record())?;
        Ok(self.desk.common(&conflict.units)? != was)
    }

    /// Whether a record moves that a conflict is about. Also where the conflict lies above both places others see of it what they
    /// read where that record lies.
    fn tells_of_moved(&mut self, conflict: &Conflict) -> Result<bool, V::Error> {
        for unit in &conflict.units {
            if !self.desk.stays(unit.of, unit.id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn opened(
        &mut self,
        head: &HeldOp,
        units: Vec<UnitRow>,
        theirs_by: String,
        pair: i64,
    ) -> Result<Conflict, V::Error> {
        let author = self.desk.view.author(head.line)?;
        let first = units.first();
        let schema = self.workspace().schema;
        Ok(Conflict {
            state: "open".into(),
            of: first.map(|unit| schema.types[unit.of].name.clone()).unwrap_or_default(),
            record: first.map(|unit| unit.id.to_string()).unwrap_or_default(),
            label: first.map(|unit| unit.label.clone()).unwrap_or_default(),
            action: head.op.action.clone(),
            by: author.name,
            device: author.device.to_string(),
            made_at: head.op.created_at,
            theirs_by,
            units,
            pair,
            held: 1,
            choice: None,
            settled_by: None,
            settled_at: None,
        })
    }

    /// What a person has to decide, and whose change is the newest in force. A unit that was listed stays listed.
    fn weigh(
        &mut self,
        chain: &[HeldOp],
        old: &[UnitRow],
    ) -> Result<(Vec<UnitRow>, Option<String>), V::Error> {
        let schema = self.workspace().schema;
        let mut played = self.played(chain, None)?;
        let noted = self.draft.noted.get(&chain[0].op.op_id);
        noted.into_iter().flatten().for_each(|clash| played.note(clash));
        let named = |unit: &UnitRow| Unit::named(&schema.types[unit.of], unit.unit.as_deref());
        let mut listed: BTreeSet<(usize, RecordId, Unit)> =
            old.iter().filter_map(|unit| Some((unit.of, unit.id, named(unit)?))).collect();
        listed.extend(played.clashes.iter().map(|((of, id), clash)| (*of, *id, clash.unit)));
        // "Mine" is what stands if all of it is chosen, also on a record that was deleted since.
        let mine: Decided = listed.iter().map(|unit| (*unit, Ruling::Mine)).collect();
        played.after = self.played(chain, Some(&mine))?.after;
        if played.counts() {
            played.counted = self.played(&chain[..1], Some(&mine))?.after;
        }
        let mut units = Vec::with_capacity(listed.len());
        for (of, id, unit) in listed {
            let before = old.iter().find(|row| (row.of, row.id, named(row)) == (of, id, Some(unit)));
            units.push(match before {
                // What was counted is compared with what was there then (rule 44).
                Some(row) if row.kind == ClashKind::Count => row.clone(),
                _ => self.unit_row((of, id), unit, before, &played, chain[0].line)?,
            });
        }
        units.sort_by(|a, b| a.order().cmp(&b.order()));
        let newest = played.clashes.iter().map(|(_, clash)| clash.theirs).max_by_key(|stamp| stamp.version);
        let theirs = newest.map(|stamp| self.desk.view.author(stamp.line)).transpose()?;
        Ok((units, theirs.map(|author| author.name)))
    }

    /// Plays the held ops on what is in force, and puts everything back.
    fn played(&mut self, chain: &[HeldOp], decided: Option<&Decided>) -> Result<Played, V::Error> {
        let by = Stamp::new(self.next(), chain[0].line);
        let kept = self.desk.saved();
        let (mut clashes, mut rivals) = (Vec::new(), BTreeMap::new());
        let (mut asked, mut base) = (Vec::new(), BTreeMap::new());
        for (place, held) in chain.iter().enumerate() {
            let saved = self.desk.saved();
            if let Ok(own) = self.asked(&held.op, held.line) {
                for change in own.iter().filter(|_| place == 0) {
                    base.entry((change.of, change.id)).or_insert(change.base);
                }
                asked.extend(own);
            }
            match self.attempt(held, decided.map(|decided| (by, decided))) {
                Ok(made) if place == 0 => (clashes, rivals) = (made.clashes, made.rivals),
                Ok(_) => {}
                Err(Stop::Reject(_)) => drop(self.desk.restore(saved)),
                Err(Stop::Fail(error)) => return Err(error),
            }
        }
        let (after, counted) = (self.desk.restore(kept), BTreeMap::new());
        Ok(Played { asked, base, clashes, rivals, after, counted })
    }

    fn unit_row(
        &mut self,
        (of, id): Place,
        unit: Unit,
        old: Option<&UnitRow>,
        played: &Played,
        line: fieldbook_merge::Line,
    ) -> Result<UnitRow, V::Error> {
        let schema = self.workspace().schema;
        let clash = played.clashes.iter().find(|(place, clash)| *place == (of, id) && clash.unit == unit);
        let kind = clash.map(|(_, clash)| clash.kind).or(old.map(|old| old.kind)).unwrap_or(ClashKind::Edit);
        let with = match kind {
            ClashKind::Unique => played.rivals.get(&(of, id)).copied(),
            _ => None,
        };
        let base = played.base.get(&(of, id)).copied().unwrap_or_default();
        let in_force = self.desk.record(of, id)?.cloned();
        let ty = &schema.types[of];
        let listed = old.and_then(|old| old.theirs.as_ref()).filter(|_| clash.is_none());
        let gone = self.desk.records.get(&(of, id)).is_some_and(|slot| slot.gone.is_some());
        if gone && unit == Unit::Life {
            let label = label(&mut self.desk, of, id, &played.after)?;
            let mine = forgotten::wanted(ty, played.asked.iter().filter(|it| (it.of, it.id) == (of, id)));
            let mine = mine.map(|(row, fields)| fields_of(schema, of, &row, &fields));
            let base = old.map(|old| old.base.clone()).unwrap_or_default();
            return Ok(UnitRow { of, id, label, unit: None, kind, with: None, base, theirs: None, mine });
        }
        let mut fields = match (kind, listed) {
            (ClashKind::EditOfDeleted, _) if unit == Unit::Life => set_fields(&played.asked, of, id),
            // What was taken back since stays listed.
            (ClashKind::DeleteOfEdited, Some(listed)) => {
                listed.0.iter().filter_map(|(name, _)| ty.position(name)).collect()
            }
            (ClashKind::DeleteOfEdited, None) => {
                let kin = self.desk.view.kin(line)?;
                in_force.as_ref().map(|record| edited_unseen(ty, record, &kin, base)).unwrap_or_default()
            }
            _ => unit.fields(ty),
        };
        if fields.is_empty() {
            fields = (0..ty.fields.len()).collect();
        }
        // Whether it is there is the question of its life; of a field is told what it holds.
        let told = |record: &Record| unit != Unit::Life || !record.deleted;
        let live = |record: &Record| told(record).then(|| fields_of(schema, of, &record.row, &fields));
        // Where nothing of it can be done any more, nobody came as far as this record: it stays as it is.
        let made = if kind == ClashKind::Count { &played.counted } else { &played.after };
        let after = made.get(&(of, id)).map_or(in_force.as_ref(), |slot| slot.record.as_ref());
        let mine = after.and_then(live);
        let theirs = match (with, unit) {
            (Some(other), Unit::Life) => self.desk.record(of, other)?.and_then(live),
            // Nobody has its key any more.
            (None, Unit::Life) if kind == ClashKind::Unique => None,
            _ => in_force.as_ref().and_then(live),
        };
        // What its author had does not change any more.
        let was = match (unit, old) {
            (Unit::Life, _) | (_, Some(_)) => None,
            _ => self.desk.view.row_at(of, id, base)?,
        };
        let label = label(&mut self.desk, of, id, &played.after)?;
        let name = unit.name(&schema.types[of]).map(str::to_owned);
        let had = old.map(|old| old.base.clone());
        let base = was.map(|row| fields_of(schema, of, &row, &fields)).or(had).unwrap_or_default();
        Ok(UnitRow { of, id, label, unit: name, kind, with, base, theirs, mine })
    }
}

/// The fields of a record that changes set.
fn set_fields(asked: &[Checked], of: usize, id: RecordId) -> Vec<usize> {
    let own = asked.iter().filter(|change| (change.of, change.id) == (of, id));
    let edits = own.flat_map(|change| match &change.verb {
        Verb::Update(edits) => edits.as_slice(),
        _ => &[],
    });
    let set = edits.filter(|(_, edit)| edit.writes()).map(|(field, _)| *field);
    set.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The fields of a record that others edited, other than by additions and elements, after a version.
fn edited_unseen(
    ty: &fieldbook_model::schema::RecordType,
    record: &Record,
    kin: &Kinship,
    base: Version,
) -> Vec<usize> {
    let units = record.units.iter().enumerate();
    let edited = units.filter(|(field, stamps)| {
        !fieldbook_merge::merge::commutes(&ty.fields[*field]) && kin.unseen(**stamps, base).is_some()
    });
    edited.map(|(field, _)| field).collect()
}

/// What a person knows a record by, as it is or would be.
fn label<V: View>(
    desk: &mut Desk<'_, V>,
    of: usize,
    id: RecordId,
    after: &BTreeMap<Place, Slot>,
) -> Result<String, V::Error> {
    let schema = desk.workspace.schema;
    let mut lookup = Lookup { desk, after, failed: None };
    let label = words::label(schema, &schema.types[of].name, id, &mut lookup);
    match lookup.failed {
        Some(error) => Err(error),
        None => Ok(label),
    }
}

struct Lookup<'d, 'a, V: View> {
    desk: &'d mut Desk<'a, V>,
    after: &'d BTreeMap<Place, Slot>,
    failed: Option<V::Error>,
}

impl<V: View> Labels for Lookup<'_, '_, V> {
    fn value(&mut self, of: &str, id: RecordId, field: &str) -> Option<Json> {
        let schema = self.desk.workspace.schema;
        let place = schema.place(of)?;
        let field = schema.types[place].position(field)?;
        let planned = self.after.get(&(place, id)).and_then(|slot| slot.record.as_ref());
        if let Some(record) = planned {
            return Some(record.row[field].to_json());
        }
        match self.desk.record(place, id) {
            Ok(record) => record.map(|record| record.row[field].to_json()),
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
}

/// A value of a unit's field, as a number in its own scale.
pub(crate) fn scaled(field: &fieldbook_model::schema::Field, fields: Option<&Fields>) -> Option<i64> {
    use fieldbook_model::Value;
    match Value::read(field, fields?.find(&field.name)?).ok()? {
        Value::Int(number) => Some(number),
        Value::Decimal(number) => Some(number.0),
        _ => None,
    }
}

fn same_but_labels(units: &[UnitRow], others: &[UnitRow]) -> bool {
    let same =
        |unit: &UnitRow, other: &UnitRow| *unit == UnitRow { label: unit.label.clone(), ..other.clone() };
    units.len() == others.len() && units.iter().zip(others).all(|(unit, other)| same(unit, other))
}
