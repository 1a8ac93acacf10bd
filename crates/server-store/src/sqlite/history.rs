//! The history of a record, or of an op: walks back from the last op that was about the record, from op to op by their
//! links, and tells what each did, with the sentence that a person reads. Whoever asks is told of no more than a page
//! would bring: not in a unit, not in a label, not in a sentence.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use fieldbook_merge::{DoneVerb, text as kept};
use fieldbook_model::access::Access;
use fieldbook_model::json::{self, Json};
use fieldbook_model::op::About;
use fieldbook_model::words::{self, Labels, Told, Touched};
use fieldbook_model::{Change, Op, OpId, RecordId, Version, WallTime};
use fieldbook_protocol::history::{HistoryLine, HistoryUnit};
use fieldbook_protocol::{SettledState, Verdict};
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::{int, line, nat};
use super::records::Records;
use super::sight::Eyes;
use super::{answer, effects, gone, held, past};
use crate::error::{StoreError, damaged};

const RECORD: &str = "SELECT rid, touched FROM record WHERE of = ? AND id = ?";
const ROW: &str = "SELECT row FROM record WHERE of = ? AND id = ?";
const ALIAS: &str = "SELECT existing FROM alias WHERE of = ? AND own = ?";
pub(super) const OP: &str = "SELECT version, line, received_at, links, effects, text, answer, seq FROM op";

/// Every change of a record, oldest first, also those that were refused or given up; last what waits in a conflict. To
/// somebody with rights as far as those read it by now.
pub fn of_record(
    connection: &Connection,
    frame: &Frame,
    of: usize,
    id: RecordId,
    reader: Option<Access>,
) -> Result<Vec<HistoryLine>, StoreError> {
    let teller = Teller::new(connection, frame, reader);
    let id = teller.in_force(of, id)?;
    let key = params![frame.number(of), id.bytes()];
    let mut find = connection.prepare_cached(RECORD)?;
    let found = find.query_row(key, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()?;
    let found = match found {
        None => gone::find(connection, frame, of, id)?.map(|gone| (gone.rid, int(gone.touched.0))),
        found => found,
    };
    let mut lines = Vec::new();
    if let Some((rid, touched)) = found {
        let mut next = Some(Version(nat(touched)?)).filter(|_| !frame.ty(of).system);
        while let Some(version) = next {
            let entry = teller.entry_at(version)?;
            // Backwards, since the whole is turned round at the end.
            let own = teller.lines(&entry)?.into_iter().rev();
            lines.extend(own.filter(|line| line.of == frame.ty(of).name && line.id == id));
            next = past::link(&entry.links, rid.unsigned_abs(), version)?;
        }
    }
    lines.reverse();
    for version in held::attempts(connection, frame, of, id)? {
        let entry = teller.entry_at(version)?;
        let own = teller.became(&entry)?.into_iter();
        let own = own.filter(|line| line.of == frame.ty(of).name && line.id == id);
        // What was done after all is told by the record already.
        let fresh: Vec<HistoryLine> =
            own.filter(|line| !lines.iter().any(|it| it.op_id == line.op_id)).collect();
        lines.extend(fresh);
    }
    let waits = |line: &HistoryLine| line.outcome.as_deref() == Some(HELD);
    lines.sort_by_key(|line| (waits(line), line.version));
    Ok(lines)
}

/// Every change that an op made, or wanted to make.
pub fn of_op(
    connection: &Connection,
    frame: &Frame,
    op: OpId,
    reader: Option<Access>,
) -> Result<Vec<HistoryLine>, StoreError> {
    let teller = Teller::new(connection, frame, reader);
    let Some(entry) = teller.entry_of(op)? else { return Ok(Vec::new()) };
    teller.became(&entry)
}

/// Every change of the app's records, in the order in which the server took the ops, to somebody with rights as far as those read it by
/// now; for as long as `take` says so. What was held and let happen is told where it happened.
pub fn of_all(
    connection: &Connection,
    frame: &Frame,
    reader: Access,
    take: &mut dyn FnMut(HistoryLine) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, StoreError> {
    let teller = Teller::new(connection, frame, Some(reader));
    let mut find = connection.prepare_cached(&format!("{OP} ORDER BY version"))?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let Some(entry) = Entry::read(frame, row)? else { continue };
        let settled = past::settlement(connection, entry.op.op_id)?;
        let happened = settled.filter(|settled| settled.state == SettledState::Committed);
        if happened.is_some_and(|settled| settled.version != entry.version) {
            continue;
        }
        for line in teller.became(&entry)? {
            let is_own = frame.schema.find(&line.of).is_some_and(|ty| !ty.system);
            if is_own && take(line).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

const HELD: &str = "held";
const UPDATE: &str = "update";

/// An op of the total order, as far as the history needs it.
pub(super) struct Entry {
    pub version: Version,
    line: fieldbook_merge::Line,
    received_at: WallTime,
    links: Vec<u8>,
    effects: Option<Vec<u8>>,
    pub verdict: Verdict,
    pub op: Op,
}

/// One change as it is kept.
struct Kept {
    of: usize,
    id: RecordId,
    verb: String,
    life: Vec<Json>,
    units: Vec<HistoryUnit>,
    held: Option<OpId>,
}

impl Kept {
    /// Whether anything of it took hold, or is told as what it is: held, or given up.
    fn took_hold(&self) -> bool {
        let life = outcome(&self.life).0.is_some_and(|life| !is_lost(&life));
        life || self.units.iter().any(|unit| !is_lost(&unit.outcome))
            || (self.units.is_empty() && !self.is_lost())
    }

    fn is_lost(&self) -> bool {
        let life = outcome(&self.life).0.is_some_and(|life| is_lost(&life));
        life || self.units.iter().any(|unit| is_lost(&unit.outcome))
    }
}

/// Whether a write is the word for one that did not take hold.
fn is_lost(outcome: &str) -> bool {
    ["lost-to-delete", "lost-to-edit", "lost-to-choice", "superseded", "not-undone"].contains(&outcome)
}

/// Tells lines of a history to somebody.
pub(super) struct Teller<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    /// Of whoever is told; `None` tells all.
    eyes: Option<RefCell<Eyes<'a>>>,
}

impl<'a> Teller<'a> {
    pub fn new(connection: &'a Connection, frame: &'a Frame, reader: Option<Access>) -> Self {
        let eyes = reader.map(|access| Eyes::new(connection, frame, access));
        Self { connection, frame, eyes: eyes.filter(|eyes| !eyes.see_all()).map(RefCell::new) }
    }

    /// Leaves of a change what its reader may know; `false` where that is nothing.
    fn is_seen(&self, kept: &mut Kept) -> Result<bool, StoreError> {
        let Some(eyes) = &self.eyes else { return Ok(true) };
        let Some(seen) = eyes.borrow_mut().fields(kept.of, kept.id)? else { return Ok(false) };
        let ty = self.frame.ty(kept.of);
        let was_told = !kept.units.is_empty();
        kept.units.retain(|unit| ty.position(&unit.field).is_some_and(|field| seen.contains(&field)));
        // Of an edit of other fields there is nothing to tell; a life is told without what it held.
        Ok(!was_told || !kept.units.is_empty() || kept.verb != UPDATE)
    }
    fn in_force(&self, of: usize, id: RecordId) -> Result<RecordId, StoreError> {
        let key = params![self.frame.number(of), id.bytes()];
        let found = self.connection.prepare_cached(ALIAS)?.query_row(key, |row| row.get(0)).optional()?;
        Ok(found.map_or(id, RecordId::from_bytes))
    }

    fn entry_at(&self, version: Version) -> Result<Entry, StoreError> {
        let mut find = self.connection.prepare_cached(&format!("{OP} WHERE version = ?"))?;
        let mut rows = find.query([int(version.0)])?;
        let row = rows.next()?.ok_or_else(|| damaged("the history"))?;
        Entry::read(self.frame, row)?.ok_or_else(|| damaged("an op"))
    }

    /// The first op of an id, if it is one that can be read.
    fn entry_of(&self, op: OpId) -> Result<Option<Entry>, StoreError> {
        let mut find =
            self.connection.prepare_cached(&format!("{OP} WHERE op_id = ? ORDER BY version LIMIT 1"))?;
        let mut rows = find.query([op.bytes()])?;
        match rows.next()? {
            Some(row) => Entry::read(self.frame, row),
            None => Ok(None),
        }
    }

    /// What became of an op.
    fn became(&self, entry: &Entry) -> Result<Vec<HistoryLine>, StoreError> {
        let op = entry.op.op_id;
        let settled = past::settlement(self.connection, op)?;
        let outcome = match (&settled.as_ref().map(|settled| settled.state), &entry.verdict) {
            (Some(SettledState::Committed), _) => {
                let at = settled.map_or(entry.version, |settled| settled.version);
                let lines = self.lines(&self.entry_at(at)?)?;
                return Ok(lines.into_iter().filter(|line| line.op_id == op).collect());
            }
            (Some(SettledState::Rejected), _) => "rejected",
            (Some(SettledState::Discarded), _) => "discarded",
            (Some(SettledState::Withdrawn), _) => "withdrawn",
            (Some(SettledState::Replaced), _) => "replaced",
            (Some(SettledState::Conflicted), _) | (None, Verdict::Conflicted { .. }) => HELD,
            (None, Verdict::Committed) => return self.lines(entry),
            (None, Verdict::Rejected { .. }) => "rejected",
            (None, Verdict::DuplicateOf { .. }) => "duplicate",
        };
        self.wanted(entry, outcome)
    }

    /// What happened with an op, each change in the name of whoever made it.
    pub fn lines(&self, entry: &Entry) -> Result<Vec<HistoryLine>, StoreError> {
        let mut by_op: BTreeMap<Option<OpId>, Vec<Kept>> = BTreeMap::new();
        let mut order = Vec::new();
        for kept in self.kept(entry)? {
            if !order.contains(&kept.held) {
                order.push(kept.held);
            }
            by_op.entry(kept.held).or_default().push(kept);
        }
        let mut lines = Vec::new();
        for held in order {
            let changes = by_op.remove(&held).unwrap_or_default();
            match held {
                None => lines.extend(self.told(entry, entry.version, None, changes)?),
                Some(op) => {
                    let own = self.entry_of(op)?.ok_or_else(|| damaged("the history"))?;
                    lines.extend(self.told(&own, entry.version, Some(entry), changes)?);
                }
            }
        }
        Ok(lines)
    }

    /// What an op that did nothing wanted to do.
    fn wanted(&self, entry: &Entry, outcome: &str) -> Result<Vec<HistoryLine>, StoreError> {
        let changes = entry.op.payload.changes.iter();
        let mut wanted: Vec<Kept> =
            changes.filter_map(|change| wanted(self.frame, change, outcome)).collect();
        for (kept, change) in wanted.iter_mut().zip(&entry.op.payload.changes) {
            if let Change::Update { base, .. } = change {
                self.found(kept, *base)?;
            }
        }
        self.told(entry, entry.version, None, wanted)
    }

    /// Fills in what the author of an edit had before them.
    fn found(&self, kept: &mut Kept, base: Version) -> Result<(), StoreError> {
        kept.id = self.in_force(kept.of, kept.id)?;
        let mut records = Records::new(self.connection, self.frame)?;
        let Some((rid, touched, row)) = records.now(kept.of, kept.id)? else { return Ok(()) };
        let walk = past::Walk { of: kept.of, id: kept.id, rid, touched, row };
        let Some(row) = past::row_at(self.connection, self.frame, walk, base)? else { return Ok(()) };
        for unit in &mut kept.units {
            if let Some(place) = self.frame.ty(kept.of).position(&unit.field) {
                unit.before = row[place].to_json();
            }
        }
        Ok(())
    }

    fn told(
        &self,
        entry: &Entry,
        version: Version,
        settled_by: Option<&Entry>,
        all: Vec<Kept>,
    ) -> Result<Vec<HistoryLine>, StoreError> {
        let mut changes = Vec::with_capacity(all.len());
        for mut kept in all {
            if self.is_seen(&mut kept)? {
                changes.push(kept);
            }
        }
        let author = past::author(self.connection, entry.line)?;
        let schema = &self.frame.schema;
        let mut lookup = Lookup { teller: self, failed: None };
        // The sentence tells what took hold; if nothing did, what was wanted.
        let in_vain = !changes.iter().any(Kept::took_hold);
        let touched = changes.iter().filter(|kept| in_vain || kept.took_hold()).map(|kept| Touched {
            of: &schema.types[kept.of].name,
            id: kept.id,
            verb: &kept.verb,
            fields: kept
                .units
                .iter()
                .filter(|unit| in_vain || !is_lost(&unit.outcome))
                .map(|unit| (unit.field.as_str(), &unit.before, &unit.after))
                .collect(),
        });
        let told = Told { name: &author.name, action: &entry.op.action, touched: touched.collect() };
        let mut says = words::sentence(schema, &told, &mut lookup);
        if in_vain && changes.iter().any(Kept::is_lost) {
            says += ", which did not take hold";
        }
        if let Some(decision) =
            settled_by.filter(|by| matches!(by.op.payload.about, Some(About::Resolves(_))))
        {
            let who = past::author(self.connection, decision.line)?;
            says = format!("{says}, as {} decided", who.name);
        }
        let mut lines = Vec::with_capacity(changes.len());
        for kept in &changes {
            let of = schema.types[kept.of].name.clone();
            let label = words::label(schema, &of, kept.id, &mut lookup);
            let (outcome, other) = outcome(&kept.life);
            lines.push(HistoryLine {
                version: Some(version),
                op_id: entry.op.op_id,
                settled_by: settled_by.map(|by| by.op.op_id),
                action: entry.op.action.clone(),
                user: entry.op.user_id,
                name: author.name.clone(),
                device: entry.op.device_id,
                edited_at: entry.op.created_at,
                synced_at: Some(entry.received_at),
                clock_ahead: entry.op.hlc.bounded(entry.received_at) != entry.op.hlc,
                of,
                id: kept.id,
                label: Some(label),
                verb: kept.verb.clone(),
                outcome,
                other,
                units: kept.units.clone(),
                says: says.clone(),
            });
        }
        lookup.failed.map_or(Ok(lines), Err)
    }

    fn kept(&self, entry: &Entry) -> Result<Vec<Kept>, StoreError> {
        let Some(text) = &entry.effects else {
            let done = effects::read_back(self.frame, entry.version, None, &entry.op).unwrap_or_default();
            return Ok(done.into_iter().map(|(done, _)| made(self.frame, done)).collect());
        };
        let text =
            effects::in_force(self.frame, entry.version, text).ok_or_else(|| damaged("the history"))?;
        let entries: Vec<Vec<Json>> = json::parse(&text).map_err(|_| damaged("the history"))?;
        let read = |entry: Vec<Json>| stored(self.frame, &entry).ok_or_else(|| damaged("the history"));
        entries.into_iter().map(read).collect()
    }
}

impl Entry {
    /// `None` where the op cannot be read.
    pub fn read(frame: &Frame, row: &rusqlite::Row<'_>) -> Result<Option<Self>, StoreError> {
        let text = row.get_ref(5)?.as_str().map_err(|_| damaged("an op"))?;
        let Ok(op) = json::parse::<Op>(text) else { return Ok(None) };
        let op = frame.ladder.op_up(op);
        let version = Version(nat(row.get(0)?)?);
        let kept: Option<String> = row.get(6)?;
        let answer = answer::read(version, op.seq, op.op_id, kept.as_deref())?;
        Ok(Some(Self {
            version,
            line: line(row.get(1)?)?,
            received_at: WallTime(row.get(2)?),
            links: row.get::<_, Option<_>>(3)?.unwrap_or_default(),
            effects: row.get(4)?,
            verdict: answer.verdict,
            op,
        }))
    }
}

/// What a plain insert did.
fn made(frame: &Frame, done: fieldbook_merge::Done) -> Kept {
    let unit = |deed: fieldbook_merge::Deed| HistoryUnit {
        field: frame.ty(done.of).fields[deed.field].name.clone(),
        before: Json::Null,
        after: deed.after.to_json(),
        outcome: "applied".to_owned(),
        other: None,
    };
    let units = done.deeds.into_iter().map(unit).collect();
    let (of, id, verb) = (done.of, done.id, kept::verb(DoneVerb::Insert).to_owned());
    Kept { of, id, verb, life: vec!["applied".into()], units, held: None }
}

/// An entry as `fieldbook_merge::text` writes it; `None` when it is damaged.
fn stored(frame: &Frame, entry: &[Json]) -> Option<Kept> {
    let [Json::Text(verb), Json::Text(of), Json::Text(id), life, Json::List(units), rest @ ..] = entry else {
        return None;
    };
    let held = match rest {
        [Json::Text(held)] => Some(OpId::parse(held).ok()?),
        _ => None,
    };
    let life = match life {
        Json::List(life) => life.clone(),
        _ => Vec::new(),
    };
    let units = units.iter().map(unit).collect::<Option<_>>()?;
    let (of, id) = (frame.schema.place(of)?, RecordId::parse(id).ok()?);
    Some(Kept { of, id, verb: verb.clone(), life, units, held })
}

/// `[field, before, after]`, behind it an outcome that is more than "applied" and the stamps that undo needs.
fn unit(parts: &Json) -> Option<HistoryUnit> {
    let Json::List(parts) = parts else { return None };
    let [Json::Text(field), before, after, rest @ ..] = &parts[..] else { return None };
    let (outcome, other) = outcome(rest);
    let outcome = outcome.unwrap_or_else(|| "applied".to_owned());
    Some(HistoryUnit { field: field.clone(), before: before.clone(), after: after.clone(), outcome, other })
}

/// The word for what became of a write, and the version of the change that it met.
fn outcome(parts: &[Json]) -> (Option<String>, Option<Version>) {
    let word = match parts.first() {
        Some(Json::Text(word)) => Some(word.clone()),
        _ => None,
    };
    let other = match parts.get(1) {
        Some(Json::Int(version)) => u64::try_from(*version).ok().map(Version),
        _ => None,
    };
    (word, other)
}

/// What a change that was not made was to do; `None` for a type that the schema does not know.
fn wanted(frame: &Frame, change: &Change, outcome: &str) -> Option<Kept> {
    let (verb, fields): (_, Vec<_>) = match change {
        Change::Insert { fields, .. } => ("insert", fields.0.iter().collect()),
        Change::Update { set, add, count, include, exclude, reset, .. } => (
            UPDATE,
            [set, add, count, include, exclude, reset].into_iter().flat_map(|fields| &fields.0).collect(),
        ),
        Change::Delete { .. } => ("delete", Vec::new()),
        Change::Restore { .. } => ("restore", Vec::new()),
    };
    let unit = |(field, value): &(String, Json)| HistoryUnit {
        field: field.clone(),
        before: Json::Null,
        after: value.clone(),
        outcome: outcome.to_owned(),
        other: None,
    };
    let units = fields.into_iter().map(unit).collect();
    let (of, verb) = (frame.schema.place(change.of())?, verb.to_owned());
    Some(Kept { of, id: change.id(), verb, life: vec![outcome.into()], units, held: None })
}

/// Looks values up for a sentence.
struct Lookup<'t, 'a> {
    teller: &'t Teller<'a>,
    failed: Option<StoreError>,
}

impl Lookup<'_, '_> {
    fn sees(&self, of: usize, id: RecordId, field: usize) -> Result<bool, StoreError> {
        let Some(eyes) = &self.teller.eyes else { return Ok(true) };
        Ok(eyes.borrow_mut().fields(of, id)?.is_some_and(|seen| seen.contains(&field)))
    }

    fn row(&self, of: usize, id: RecordId) -> Result<Option<Vec<Json>>, StoreError> {
        let Teller { connection, frame, .. } = self.teller;
        let mut find = connection.prepare_cached(ROW)?;
        let text: Option<String> =
            find.query_row(params![frame.number(of), id.bytes()], |row| row.get(0)).optional()?;
        text.map(|text| json::parse(&text).map_err(|_| damaged("a record"))).transpose()
    }
}

impl Labels for Lookup<'_, '_> {
    fn value(&mut self, of: &str, id: RecordId, field: &str) -> Option<Json> {
        let schema = &self.teller.frame.schema;
        let place = schema.place(of)?;
        let field = schema.types[place].position(field)?;
        match self.sees(place, id, field).and_then(|sees| if sees { self.row(place, id) } else { Ok(None) }) {
            Ok(row) => row.and_then(|row| row.get(field).cloned()),
            Err(error) => {
                self.failed = Some(error);
                None
            }
        }
    }
}
