//! What builds upon an earlier op of the same log that was refused or is held, without its author's having known
//! (rules 19 and 27).

use std::collections::BTreeMap;

use fieldbook_merge::{Checked, Line, Verb};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Change, Code, Cursor, Op, OpId, RecordId, Refusal, Seq, Version};

use crate::case::Case;
use crate::plan::{Park, Touch};
use crate::stop::{Rejection, Stop};
use crate::view::{HeldTouch, Parked, ParkedBefore, View};

/// An earlier op upon which one builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Basis {
    pub op: OpId,
    pub version: Version,
    pub conflict: OpId,
}

/// Where an op stands in its log, and what its author knew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogPlace {
    pub line: Line,
    pub before: Seq,
    pub seen: Cursor,
}

/// What a change does to records, for telling upon what it builds.
pub(crate) struct Use {
    of: usize,
    id: RecordId,
    /// Only additions and elements, which mean the same whatever was there.
    commutes: bool,
    inserts: bool,
    refers: Vec<(usize, RecordId)>,
}

impl Use {
    /// Whether it builds upon what an earlier op does to the same record.
    fn builds(&self, made: bool) -> bool {
        made || !(self.commutes || self.inserts)
    }
}

impl<V: View> Case<'_, V> {
    pub(crate) fn uses(&self, asked: &[Checked]) -> Vec<Use> {
        let of = |change: &Checked| Use {
            of: change.of,
            id: change.id,
            commutes: change.verb.commutes(),
            inserts: matches!(change.verb, Verb::Insert(_)),
            refers: self.referred(change),
        };
        asked.iter().map(of).collect()
    }

    fn referred(&self, change: &Checked) -> Vec<(usize, RecordId)> {
        let targets = change.verb.references();
        targets.filter_map(|(field, id)| Some((self.desk.target(change.of, field)?, id))).collect()
    }

    /// Refuses what builds upon a refused op: it changes a record that the refused op changed, or changes or
    /// refers to one that it would have made. Additions to a record that exists stand alone: what they count happened.
    pub(crate) fn upon_refused(&mut self, place: &LogPlace, uses: &[Use]) -> Result<(), Stop<V::Error>> {
        if planted(Defect::DependentsFlow) {
            return Ok(());
        }
        let made = |parked: &Parked| parked.missing && parked.inserted;
        let mut basis = None;
        for it in uses {
            let own = self.unseen_refusal(place, it.of, it.id).map_err(Stop::Fail)?;
            basis = basis.or(own.filter(|parked| it.builds(made(parked))));
            for (of, id) in &it.refers {
                let parked = self.unseen_refusal(place, *of, *id).map_err(Stop::Fail)?;
                let parked = parked.filter(|_| !planted(Defect::ReferencesDependOnNothing));
                basis = basis.or(parked.filter(made));
            }
        }
        match basis {
            None => Ok(()),
            Some(parked) => {
                let words = "This builds upon an earlier action that was refused; settle that one first.";
                let refusal = Refusal::new(Code::DependsOnRejected, words);
                let rejection = Rejection { refusal, depends_on: Some(parked.op), ghost_of: None };
                Err(Stop::Reject(Box::new(rejection)))
            }
        }
    }

    /// The last refusal of a change of a record of which an op does not know.
    fn unseen_refusal(
        &mut self,
        place: &LogPlace,
        of: usize,
        id: RecordId,
    ) -> Result<Option<Parked>, V::Error> {
        let parked = self.parked(place, of, id)?;
        Ok(parked.filter(|parked| self.workspace().unseen(place.seen, parked.version)))
    }

    fn parked(&mut self, place: &LogPlace, of: usize, id: RecordId) -> Result<Option<Parked>, V::Error> {
        let asked = ParkedBefore {
            line: place.line,
            of,
            id,
            before: place.before,
            but: self.draft.unparked.last().copied(),
        };
        let mut before = None;
        if place.line != self.log.line || self.log.has_parked {
            for (line, last) in self.desk.view.kin(place.line)?.logs() {
                let asked =
                    ParkedBefore { line, before: asked.before.min(Seq(last.0.saturating_add(1))), ..asked };
                before = self.desk.view.parked(&asked)?.or(before);
            }
        }
        let new = self.draft.parks.iter().rev();
        let mut new = new
            .filter(|park| (park.line, park.of, park.id) == (place.line, of, id) && park.seq < place.before);
        let Some(last) = new.next().copied() else { return Ok(before) };
        let inserted =
            last.inserts || new.any(|park| park.inserts) || before.is_some_and(|before| before.inserted);
        Ok(Some(Parked { version: last.version, op: last.op, missing: last.missing, inserted }))
    }

    /// The held op upon which one builds, the latest if there are several.
    pub(crate) fn upon_held(
        &mut self,
        line: Line,
        seen: Cursor,
        before: Version,
        uses: &[Use],
    ) -> Result<Option<Basis>, V::Error> {
        if !self.desk.view.any_held()? && self.draft.holds.is_empty() {
            return Ok(None);
        }
        let kin = self.desk.view.kin(line)?;
        let mut basis: Option<Basis> = None;
        for it in uses {
            let own = self.touches_on(it.of, it.id)?.into_iter();
            let mut touches: Vec<HeldTouch> = own.filter(|touch| it.builds(touch.made)).collect();
            for (of, id) in it.refers.iter().filter(|_| !planted(Defect::ReferencesDependOnNothing)) {
                let own = self.touches_on(*of, *id)?;
                touches.extend(own.into_iter().filter(|touch| touch.made));
            }
            for touch in touches.iter().filter(|it| kin.owns(it.line, it.version) && it.version < before) {
                let unseen =
                    self.workspace().unseen(seen, touch.version) || planted(Defect::HeldRecordSwallows);
                if unseen && basis.is_none_or(|basis| basis.version < touch.version) {
                    basis = Some(Basis { op: touch.op, version: touch.version, conflict: touch.conflict });
                }
            }
        }
        Ok(basis)
    }

    /// The held ops that touch a record, as far as is decided. One that exists by now none of them would make.
    pub(crate) fn touches_on(&mut self, of: usize, id: RecordId) -> Result<Vec<HeldTouch>, V::Error> {
        let mut touches = self.desk.view.held_on(of, id)?;
        touches.retain(|touch| !self.draft.released.contains(&touch.op));
        for hold in &self.draft.holds {
            let own = hold.touches.iter().find(|touch| (touch.of, touch.id) == (of, id));
            touches.extend(own.map(|touch| HeldTouch {
                op: hold.op,
                version: hold.version,
                line: hold.line,
                conflict: hold.conflict,
                made: touch.made,
            }));
        }
        if touches.iter().any(|touch| touch.made) && self.desk.exists(of, id)? {
            touches.iter_mut().for_each(|touch| touch.made = false);
        }
        Ok(touches)
    }

    /// What a held op touches. "Would make" passes on from the op upon which it builds.
    pub(crate) fn touched(&mut self, line: Line, uses: &[Use]) -> Result<Vec<Touch>, V::Error> {
        let kin = self.desk.view.kin(line)?;
        let mut touches: Vec<Touch> = Vec::with_capacity(uses.len());
        for it in uses {
            let earlier = self.touches_on(it.of, it.id)?;
            let passed = earlier.iter().any(|touch| kin.owns(touch.line, touch.version) && touch.made);
            let made = (it.inserts || passed) && !self.desk.view.exists(it.of, it.id)?;
            match touches.iter_mut().find(|touch| (touch.of, touch.id) == (it.of, it.id)) {
                Some(touch) => touch.made |= made,
                None => touches.push(Touch { of: it.of, id: it.id, made }),
            }
        }
        Ok(touches)
    }

    /// Keeps what a refused op would have changed, so that what builds upon it can be told from what stands alone.
    pub(crate) fn park(&mut self, line: Line, op: &Op) -> Result<(), V::Error> {
        let mut parks: BTreeMap<(usize, RecordId), Park> = BTreeMap::new();
        for change in &op.payload.changes {
            let Some(of) = self.workspace().schema.place(change.of()) else { continue };
            let inserts = matches!(change, Change::Insert { .. });
            // Later ops are renamed before they are compared with this, so this is too.
            let id = match inserts {
                true => change.id(),
                false => self.desk.view.alias(of, change.id())?.unwrap_or(change.id()),
            };
            let missing = !self.desk.exists(of, id)?;
            let version = self.next();
            let park = Park { of, id, line, version, op: op.op_id, seq: op.seq, inserts, missing };
            parks.entry((of, id)).or_insert(park).inserts |= inserts;
        }
        self.draft.parks.extend(parks.into_values());
        Ok(())
    }
}
