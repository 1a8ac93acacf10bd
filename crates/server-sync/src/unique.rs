//! Records that share a key (rules 21 and 22): looked for whenever an op makes a record live or changes a key field.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_merge::{Clash, ClashKind, Record, Ruling, Stamp, Unit};
use fieldbook_model::RecordId;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Unique;

use crate::desk::{By, Desk, Made, Place};
use crate::keys;
use crate::stop::Stop;
use crate::view::View;

/// A key that a record has now and had not before.
struct Gained {
    number: usize,
    fields: Vec<usize>,
    text: String,
    /// What of the record the op changed so that it has the key.
    units: Vec<Unit>,
}

/// Records by type, number and text of a key.
type LaidKeys = BTreeMap<(usize, usize, String), Vec<RecordId>>;

impl<V: View> Desk<'_, V> {
    pub(crate) fn unique(&mut self, by: &By<'_>, made: &mut Made) -> Result<(), Stop<V::Error>> {
        let places: Vec<(Place, Option<Record>)> = made.were().collect();
        let laid = self.laid_keys(&places);
        for ((of, id), before) in places {
            for key in self.gained(of, id, before.as_ref()).map_err(Stop::Fail)? {
                self.meet((of, id), &key, &laid, by, made).map_err(Stop::Fail)?;
            }
        }
        Ok(())
    }

    /// The live records on the desk by their keys, of the types that an op touched.
    fn laid_keys(&self, touched: &[(Place, Option<Record>)]) -> LaidKeys {
        let types: BTreeSet<usize> = touched.iter().map(|((of, _), _)| *of).collect();
        let mut laid = LaidKeys::new();
        for ((of, id), slot) in self.records.iter().filter(|((of, _), _)| types.contains(of)) {
            let Some(record) = slot.record.as_ref().filter(|record| !record.deleted) else { continue };
            for (number, text) in keys::of(&self.workspace.schema.types[*of], &record.row) {
                laid.entry((*of, number, text)).or_default().push(*id);
            }
        }
        laid
    }

    fn gained(&mut self, of: usize, id: RecordId, before: Option<&Record>) -> Result<Vec<Gained>, V::Error> {
        let ty = &self.workspace.schema.types[of];
        let Some(now) = self.record(of, id)?.filter(|record| !record.deleted) else { return Ok(Vec::new()) };
        let was = before.filter(|record| !record.deleted);
        if before.is_some() && planted(Defect::UniqueAtInsertOnly) {
            return Ok(Vec::new());
        }
        let mut gained = Vec::new();
        for (number, fields) in keys::fields(ty).into_iter().enumerate().take(ty.unique.len()) {
            let Some(text) = keys::text(&now.row, &fields) else { continue };
            let units = match was {
                None => vec![Unit::Life],
                Some(was) => {
                    let changed = fields.iter().filter(|field| was.row[**field] != now.row[**field]);
                    changed.map(|field| Unit::of(ty, *field)).collect::<BTreeSet<_>>().into_iter().collect()
                }
            };
            if !units.is_empty() {
                gained.push(Gained { number, fields, text, units });
            }
        }
        Ok(gained)
    }

    /// Looks for live records with the key that the author of an op had not seen.
    fn meet(
        &mut self,
        (of, id): Place,
        key: &Gained,
        laid: &LaidKeys,
        by: &By<'_>,
        made: &mut Made,
    ) -> Result<(), V::Error> {
        let unique = &self.workspace.schema.types[of].unique[key.number];
        let decided = |unit: &Unit| by.decided.and_then(|(_, all)| all.get(&(of, id, *unit)));
        let accepts = key.units.iter().all(|unit| matches!(decided(unit), Some(Ruling::Mine)));
        for other in self.sharing(of, id, key, laid)? {
            let Some(theirs) = self.unseen_sharing(of, other, key, unique, by)? else { continue };
            if self.view.accepted(of, id, other)? {
                continue;
            }
            if accepts {
                made.accepted.push((of, id, other));
                continue;
            }
            for unit in &key.units {
                let clash = Clash { unit: *unit, kind: ClashKind::Unique, theirs };
                let mut noted = made.clashes.iter_mut();
                match noted.find(|(place, noted)| *place == (of, id) && noted.unit == *unit) {
                    Some((_, noted)) if noted.kind == ClashKind::Unique => continue,
                    // Whoever decides has to know of the other record.
                    Some((_, noted)) => *noted = clash,
                    None => made.clashes.push(((of, id), clash)),
                }
                made.rivals.entry((of, id)).or_insert(other);
            }
        }
        Ok(())
    }

    /// The other live records with a key, in the order of their ids.
    fn sharing(
        &mut self,
        of: usize,
        id: RecordId,
        key: &Gained,
        laid: &LaidKeys,
    ) -> Result<Vec<RecordId>, V::Error> {
        let mut ids: BTreeSet<RecordId> = self.view.keyed(of, key.number, &key.text)?.into_iter().collect();
        ids.extend(laid.get(&(of, key.number, key.text.clone())).into_iter().flatten());
        ids.remove(&id);
        let mut sharing = Vec::new();
        for other in ids {
            let record = self.record(of, other)?.filter(|record| !record.deleted);
            if record.and_then(|record| keys::text(&record.row, &key.fields)).as_ref() == Some(&key.text) {
                sharing.push(other);
            }
        }
        Ok(sharing)
    }

    /// The change that gave another record its key, where the author of this op had not seen it.
    fn unseen_sharing(
        &mut self,
        of: usize,
        other: RecordId,
        key: &Gained,
        unique: &Unique,
        by: &By<'_>,
    ) -> Result<Option<Stamp>, V::Error> {
        let seen = self.workspace.seen(by.seen);
        let kin = self.view.kin(by.line)?;
        let Some(record) = self.record(of, other)? else { return Ok(None) };
        let stamps = || key.fields.iter().map(|field| &record.units[*field]).chain([&record.life]);
        let unseen = stamps().filter_map(|stamps| kin.unseen(*stamps, seen));
        let last = stamps().map(|stamps| stamps.last).max_by_key(|stamp| stamp.version);
        let any = unique.always || planted(Defect::UniqueIgnoresSeen);
        Ok(unseen.max_by_key(|stamp| stamp.version).or(last.filter(|_| any)))
    }
}
