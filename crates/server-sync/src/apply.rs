//! `decide`: what an op does to the workspace. First its place in its log, then whether it may be at all,
//! then its changes one by one on copies; the first thing that does not fit refuses the whole op.

use std::collections::BTreeMap;

use fieldbook_merge::merge::{id_taken, merge};
use fieldbook_merge::{Checked, Edit, Effect, Record, Stamp, UnitEffect, Verb, read};
use fieldbook_model::limits::{NAME_CHARS_MAX, RECORD_BYTES_MAX, TOUCHED_BYTES_MAX};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{EDIT, Kind};
use fieldbook_model::{Change, Code, Op, OpId, RecordId, Refusal, SealedOp, Value, Version};
use fieldbook_protocol::push::{Pushed, SameRecord};
use fieldbook_protocol::{Answer, Verdict};

use crate::idempotency::{key_use, same_act};
use crate::plan::{Decision, KeyUse, Park, Plan, Write};
use crate::policy::{Call, may};
use crate::view::{Known, Log, View, Workspace};

/// Why an op is refused, and the op that it depended on if that is why.
struct Rejection {
    refusal: Refusal,
    depends_on: Option<OpId>,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, depends_on: None }
    }
}

/// What looking at a view may end in: a refusal of the op, or a failure of the world.
enum Stop<E> {
    Reject(Rejection),
    Fail(E),
}

impl<E> From<Refusal> for Stop<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Reject(refusal.into())
    }
}

/// Decides about one pushed op. `next` is the place in the total order that a new op gets.
pub fn decide<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    log: Log,
    next: Version,
    pushed: &Pushed,
) -> Result<Decision, V::Error> {
    let known = view.known(pushed.op_id(), log.line, &pushed.hash())?;
    if let Some(known) = &known {
        if known.line == log.line && (known.hash == pushed.hash() || planted(Defect::AlteredOpIsAnswered)) {
            if !planted(Defect::ReplayIsApplied) {
                return Ok(Decision::Again(known.answer.clone()));
            }
        } else if pushed.seq() <= log.last_seq {
            return Ok(Decision::Altered(altered(pushed, known)));
        }
    }
    let replayed = planted(Defect::ReplayIsApplied) && known.is_some();
    if pushed.seq() > log.last_seq.next() && !planted(Defect::GapsAreAccepted) {
        return Ok(Decision::Expected(log.last_seq.next()));
    }
    let chained = pushed.previous() == log.last_hash || planted(Defect::GapsAreAccepted);
    if !replayed && (pushed.seq() <= log.last_seq || !chained) {
        return Ok(Decision::Forked);
    }
    let known = if replayed { None } else { known };
    fresh(workspace, view, log, next, pushed, known).map(|plan| Decision::Fresh(Box::new(plan)))
}

fn altered(pushed: &Pushed, known: &Known) -> Answer {
    let verdict = Verdict::Rejected { refusal: altered_words(), depends_on: None };
    Answer { seq: pushed.seq(), op_id: pushed.op_id(), version: known.answer.version, verdict }
}

fn altered_words() -> Refusal {
    Refusal::new(Code::OpAltered, "An op with this id but another content was sent before; that one stands.")
}

/// The plan for an op that takes the next place of its log and of the workspace, whatever becomes of it.
fn fresh<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    log: Log,
    next: Version,
    pushed: &Pushed,
    known: Option<Known>,
) -> Result<Plan, V::Error> {
    let judged = match (pushed, known) {
        (_, Some(_)) => Err(Stop::Reject(altered_words().into())),
        (Pushed::Whole(sealed), None) => judge(workspace, view, log, next, sealed),
        (Pushed::Broken(..), None) => Err(Stop::Reject(broken().into())),
        (Pushed::TooLarge(head), None) => Err(Stop::Reject(too_large(workspace, head.bytes).into())),
    };
    let answer = |verdict| Answer { seq: pushed.seq(), op_id: pushed.op_id(), version: next, verdict };
    let advanced = Log { last_seq: pushed.seq(), last_hash: pushed.hash(), ..log };
    match judged {
        Ok(outcome) => Ok(Plan {
            answer: answer(outcome.verdict),
            log: advanced,
            writes: outcome.writes,
            effects: outcome.effects,
            aliases: outcome.aliases,
            key: outcome.key,
            parks: Vec::new(),
        }),
        Err(Stop::Reject(Rejection { refusal, depends_on })) => {
            let parks = parks(workspace, view, log, pushed, next)?;
            let chain = if planted(Defect::RejectedBreaksChain) { log } else { advanced };
            Ok(Plan {
                answer: answer(Verdict::Rejected { refusal, depends_on }),
                log: Log { has_parked: log.has_parked || !parks.is_empty(), ..chain },
                writes: Vec::new(),
                effects: Vec::new(),
                aliases: Vec::new(),
                key: None,
                parks,
            })
        }
        Err(Stop::Fail(error)) => Err(error),
    }
}

fn broken() -> Refusal {
    Refusal::new(
        Code::BrokenForm,
        "This server cannot read this action; it was made by another version of the app.",
    )
}

fn too_large(workspace: &Workspace<'_>, bytes: u64) -> Refusal {
    let max = workspace.limits.op_bytes_max;
    Refusal::new(
        Code::TooLarge,
        format!("This action has {bytes} bytes; the server takes at most {max} in one."),
    )
}

/// What a good op does.
struct Good {
    verdict: Verdict,
    writes: Vec<Write>,
    effects: Vec<Effect>,
    aliases: Vec<(usize, SameRecord)>,
    key: Option<(String, KeyUse)>,
}

fn judge<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    log: Log,
    next: Version,
    sealed: &SealedOp,
) -> Result<Good, Stop<V::Error>> {
    let op = &sealed.op;
    admissible(workspace, sealed)?;
    let key = match named_key(op) {
        None => None,
        Some(key) => {
            let this = key_use(workspace.schema, view, op).map_err(Stop::Fail)?;
            if let Some(first) = view.key(key).map_err(Stop::Fail)? {
                let ids = same_act(&first, &this)?;
                let aliases = aliases(workspace, view, ids).map_err(Stop::Fail)?;
                return Ok(duplicate(&first, aliases));
            }
            Some((key.to_owned(), this))
        }
    };
    let mut desk = Desk { workspace, view, records: BTreeMap::new(), touched_bytes: 0 };
    let mut effects = Vec::with_capacity(op.payload.changes.len());
    for change in &op.payload.changes {
        let mut checked = read::read(workspace.schema, change)?;
        desk.rename(&mut checked)?;
        desk.stands_alone(log, op, &checked)?;
        desk.references(&checked)?;
        effects.push(desk.merge(checked, Stamp { version: next, line: log.line })?);
    }
    Ok(Good { verdict: Verdict::Committed, writes: desk.writes(next), effects, aliases: Vec::new(), key })
}

/// An idempotency key that is more than the op's own id.
fn named_key(op: &Op) -> Option<&str> {
    let mut own = [0; 36];
    (op.idempotency_key != op.op_id.encode(&mut own)).then_some(op.idempotency_key.as_str())
}

/// What can be said of an op without looking at any record.
fn admissible(workspace: &Workspace<'_>, sealed: &SealedOp) -> Result<(), Refusal> {
    let (op, principal) = (&sealed.op, workspace.principal);
    let own = op.workspace_id == principal.workspace
        && op.user_id == principal.user
        && op.device_id == principal.device;
    if !own {
        let words = "This action was made for another user, device or workspace.";
        return Err(Refusal::new(Code::WrongIdentity, words));
    }
    if !may(principal, op.workspace_id, Call::Act) {
        let words = format!("Your role ({}) may read here but change nothing.", principal.role);
        return Err(Refusal::new(Code::NoPermission, words));
    }
    if op.idempotency_key.chars().count() > NAME_CHARS_MAX {
        let words = format!("An idempotency key has at most {NAME_CHARS_MAX} characters.");
        return Err(Refusal::new(Code::WrongValue, words));
    }
    if op.schema > workspace.schema.version {
        let words = "The app is newer than the server; ask for the server's update, then send this again.";
        return Err(Refusal::new(Code::UnknownSchema, words));
    }
    if op.action != EDIT && workspace.schema.action(&op.action).is_none() {
        let words = format!("There is no action {}.", op.action);
        return Err(Refusal::new(Code::UnknownAction, words));
    }
    if sealed.text.len() as u64 > u64::from(workspace.limits.op_bytes_max) {
        return Err(too_large(workspace, sealed.text.len() as u64));
    }
    let (changes, max) = (op.payload.changes.len(), workspace.limits.op_changes_max as usize);
    match changes {
        0 => Err(Refusal::new(Code::Empty, "This action changes nothing.")),
        _ if changes > max => {
            let words = format!("{changes} changes in one action; the server takes at most {max}.");
            Err(Refusal::new(Code::TooManyChanges, words))
        }
        _ => Ok(()),
    }
}

fn duplicate(first: &KeyUse, aliases: Vec<(usize, SameRecord)>) -> Good {
    let ids = aliases.iter().map(|(_, same)| same.clone()).collect();
    let verdict = Verdict::DuplicateOf { op: first.op, ids };
    Good { verdict, writes: Vec::new(), effects: Vec::new(), aliases, key: None }
}

/// Of the ids that a duplicate made those that name nothing yet. One that names a record, or is mapped, goes on
/// naming that for everybody: else one device could turn another's record into a third.
fn aliases<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    ids: Vec<SameRecord>,
) -> Result<Vec<(usize, SameRecord)>, V::Error> {
    let mut aliases: Vec<(usize, SameRecord)> = Vec::with_capacity(ids.len());
    for same in ids {
        let Some(of) = place(workspace, &same.of) else { continue };
        let twice = aliases.iter().any(|(other, earlier)| *other == of && earlier.own == same.own);
        if !twice && !view.exists(of, same.own)? && view.alias(of, same.own)?.is_none() {
            aliases.push((of, same));
        }
    }
    Ok(aliases)
}

/// The place of a type in the schema.
fn place(workspace: &Workspace<'_>, of: &str) -> Option<usize> {
    workspace.schema.types.iter().position(|ty| ty.name == of)
}

/// What a refused op touches, so that what builds upon it can be told from what stands alone.
fn parks<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    log: Log,
    pushed: &Pushed,
    version: Version,
) -> Result<Vec<Park>, V::Error> {
    let Pushed::Whole(sealed) = pushed else { return Ok(Vec::new()) };
    let mut parks: BTreeMap<(usize, RecordId), Park> = BTreeMap::new();
    for change in &sealed.op.payload.changes {
        let Some(of) = place(workspace, change.of()) else { continue };
        let inserts = matches!(change, Change::Insert { .. });
        // Later ops are renamed before they are compared with this, so this is too.
        let id = match inserts {
            true => change.id(),
            false => view.alias(of, change.id())?.unwrap_or(change.id()),
        };
        let park = match parks.get(&(of, id)) {
            Some(park) => Some(*park),
            None if log.has_parked => view.parked(log.line, of, id)?,
            None => None,
        };
        // An edit of what an earlier refused op would have made does not make that any more real.
        let made = (inserts || park.is_some_and(|park| park.made)) && !view.exists(of, id)?;
        parks.insert((of, id), Park { of, id, version, op: sealed.op.op_id, made });
    }
    Ok(parks.into_values().collect())
}

/// The records that an op works on, as copies.
struct Desk<'a, V: View> {
    workspace: &'a Workspace<'a>,
    view: &'a mut V,
    /// `true`: the record is new with this op.
    records: BTreeMap<(usize, RecordId), (bool, Option<Record>)>,
    /// About how many bytes of values were read and written so far.
    touched_bytes: usize,
}

impl<V: View> Desk<'_, V> {
    /// Replaces ids that a duplicate made by the ids in force. The op's bytes stay as they are.
    fn rename(&mut self, checked: &mut Checked) -> Result<(), Stop<V::Error>> {
        if !matches!(checked.verb, Verb::Insert(_))
            && let Some(id) = self.view.alias(checked.of, checked.id).map_err(Stop::Fail)?
        {
            checked.id = id;
        }
        let written: Vec<_> = checked.verb.references().collect();
        for (field, id) in written {
            let Some(to) = self.target(checked.of, field) else { continue };
            if let Some(existing) = self.view.alias(to, id).map_err(Stop::Fail)? {
                rewrite(&mut checked.verb, field, existing);
            }
        }
        Ok(())
    }

    /// The type that a reference field refers to.
    fn target(&self, of: usize, field: usize) -> Option<usize> {
        let schema = self.workspace.schema;
        match &schema.types[of].fields[field].kind {
            Kind::Ref { to, .. } => schema.types.iter().position(|ty| ty.name == *to),
            _ => None,
        }
    }

    /// Refuses what builds upon a refused op without knowing of the refusal: it changes a record that the
    /// refused op changed, or changes or refers to one that it would have made (rule 19). Additions to a
    /// record that exists stand alone: what they count happened.
    fn stands_alone(&mut self, log: Log, op: &Op, checked: &Checked) -> Result<(), Stop<V::Error>> {
        if !log.has_parked || planted(Defect::DependentsFlow) {
            return Ok(());
        }
        let mut basis = self.parked(log, op, checked.of, checked.id)?;
        basis = basis.filter(|park| park.made || !checked.verb.commutes());
        if matches!(checked.verb, Verb::Insert(_)) {
            basis = basis.filter(|park| park.made);
        }
        for (field, id) in checked.verb.references().collect::<Vec<_>>() {
            let Some(to) = self.target(checked.of, field) else { continue };
            basis = basis.or(self.parked(log, op, to, id)?.filter(|park| park.made));
        }
        match basis {
            None => Ok(()),
            Some(park) => {
                let words = "This builds upon an earlier action that was refused; settle that one first.";
                let refusal = Refusal::new(Code::DependsOnRejected, words);
                Err(Stop::Reject(Rejection { refusal, depends_on: Some(park.op) }))
            }
        }
    }

    fn parked(&mut self, log: Log, op: &Op, of: usize, id: RecordId) -> Result<Option<Park>, Stop<V::Error>> {
        let park = self.view.parked(log.line, of, id).map_err(Stop::Fail)?;
        Ok(park.filter(|park| self.workspace.unseen(op.seen, park.version)))
    }

    /// Refuses a reference to nothing. A deleted record may still be referred to.
    fn references(&mut self, checked: &Checked) -> Result<(), Stop<V::Error>> {
        for (field, id) in checked.verb.references().collect::<Vec<_>>() {
            let Some(to) = self.target(checked.of, field) else { continue };
            let here = self.records.get(&(to, id)).is_some_and(|(_, record)| record.is_some());
            let own = to == checked.of && id == checked.id;
            if !here && !own && !self.view.exists(to, id).map_err(Stop::Fail)? {
                let (ty, target) =
                    (&self.workspace.schema.types[checked.of], &self.workspace.schema.types[to].name);
                let path = format!("{}.{}", ty.name, ty.fields[field].name);
                let words = format!("{path} names a {target} that does not exist.");
                return Err(Refusal::at(Code::UnknownReference, path, words).into());
            }
        }
        Ok(())
    }

    fn merge(&mut self, checked: Checked, stamp: Stamp) -> Result<Effect, Stop<V::Error>> {
        let (of, id) = (checked.of, checked.id);
        if !self.records.contains_key(&(of, id)) {
            let record = self.view.record(of, id).map_err(Stop::Fail)?;
            if matches!(checked.verb, Verb::Insert(_))
                && self.view.alias(of, id).map_err(Stop::Fail)?.is_some()
            {
                return Err(id_taken(&self.workspace.schema.types[of]).into());
            }
            self.touched_bytes += record.as_ref().map_or(0, weight);
            self.records.insert((of, id), (record.is_none(), record));
        }
        let (_, record) = self.records.get_mut(&(of, id)).expect("BUG: the record was just laid out");
        let effect = merge(&self.workspace.schema.types[of], record, checked, stamp)?;
        let read_and_written = |unit: &UnitEffect| unit.before.weight() + unit.after.weight();
        self.touched_bytes += effect.units.iter().map(read_and_written).sum::<usize>();
        let whole = record.as_ref().map_or(0, weight);
        self.fits(of, whole)?;
        Ok(effect)
    }

    /// Refuses what would make a record, or the page that this op stands in, too large for a device to take in.
    fn fits(&self, of: usize, record_bytes: usize) -> Result<(), Refusal> {
        let ty = &self.workspace.schema.types[of].name;
        if record_bytes > RECORD_BYTES_MAX {
            let words = format!("A {ty} may hold at most {} MiB.", RECORD_BYTES_MAX >> 20);
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

    /// The records that this op really changed.
    fn writes(self, next: Version) -> Vec<Write> {
        let changed = self.records.into_iter().filter_map(|((of, id), (fresh, record))| {
            let record = record.filter(|record| record.version == next)?;
            Some(Write { of, id, fresh, record })
        });
        changed.collect()
    }
}

fn weight(record: &Record) -> usize {
    record.row.iter().map(Value::weight).sum()
}

fn rewrite(verb: &mut Verb, field: usize, id: RecordId) {
    match verb {
        Verb::Insert(row) => row[field] = Value::Ref(id),
        Verb::Update(edits) => {
            for (place, edit) in edits {
                if *place == field && matches!(edit, Edit::Set(Value::Ref(_))) {
                    *edit = Edit::Set(Value::Ref(id));
                }
            }
        }
        Verb::Delete | Verb::Restore => {}
    }
}
