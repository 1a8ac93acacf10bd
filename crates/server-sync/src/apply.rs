//! `decide`: what an op does to the workspace. First its place in its log, then whether it may be at all, then what
//! it asks for, on copies; the first thing that does not fit refuses the whole op, and what only a person may
//! decide holds it.

use std::borrow::Cow;

use fieldbook_merge::{Effect, Outcome};
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Code, Op, OpId, Refusal, SealedOp, Version};
use fieldbook_protocol::push::{Pushed, SameRecord};
use fieldbook_protocol::{Answer, SettledState, Verdict};

use crate::admissible::{admissible, too_large};
use crate::case::{Case, Draft, named_key};
use crate::depend::LogPlace;
use crate::idempotency::{key_use, same_act};
use crate::plan::{Decision, Hold, KeyUse, Park, Plan, Touch, Write};
use crate::policy::rights;
use crate::stop::{Rejection, Stop};
use crate::view::{HeldOp, Known, Log, View, Workspace};

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
            // A copy offers what another copy sent in a log of its own: it is told that it is one.
            let copied = match pushed {
                Pushed::Whole(sealed) => known.line != log.line && is_copied(view, &sealed.op)?,
                _ => false,
            };
            return Ok(match copied {
                true => Decision::Forked,
                false => Decision::Altered(altered(pushed, known)),
            });
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
    let Some(pushed) = in_force(workspace, pushed) else { return Ok(Decision::Newer) };
    fresh(workspace, view, log, next, &pushed, known).map(|plan| Decision::Fresh(Box::new(plan)))
}

/// An op as the schema in force has it; its text and hash stay (rule 48). `None` for one of a newer version: no verdict
/// would be right about what is not known yet.
fn in_force<'p>(workspace: &Workspace<'_>, pushed: &'p Pushed) -> Option<Cow<'p, Pushed>> {
    let Pushed::Whole(sealed) = pushed else { return Some(Cow::Borrowed(pushed)) };
    if sealed.op.schema > workspace.schema.version {
        return None;
    }
    if !workspace.ladder.moves(sealed.op.schema) {
        return Some(Cow::Borrowed(pushed));
    }
    let op = workspace.ladder.op_up(sealed.op.clone());
    Some(Cow::Owned(Pushed::Whole(Box::new(SealedOp { op, ..(**sealed).clone() }))))
}

fn altered(pushed: &Pushed, known: &Known) -> Answer {
    let verdict = Verdict::Rejected { refusal: altered_words(), depends_on: None };
    Answer { seq: pushed.seq(), op_id: pushed.op_id(), version: known.answer.version, verdict, partly: false }
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
    let copied = match (pushed, &known) {
        (Pushed::Whole(sealed), Some(_)) => is_copied(view, &sealed.op)?,
        _ => false,
    };
    let judged = match (pushed, known) {
        (Pushed::Whole(sealed), Some(_)) if copied => {
            let case = Case::new(workspace, view, log, next, &sealed.op);
            let verdict = Verdict::DuplicateOf { op: sealed.op.op_id, ids: Vec::new() };
            case.judged(verdict, Vec::new()).map_err(Stop::Fail)
        }
        (_, Some(_)) => Err(Stop::from(altered_words())),
        (Pushed::Whole(sealed), None) => judge(workspace, view, log, next, sealed),
        (Pushed::Broken(..), None) => Err(Stop::from(broken())),
        (Pushed::TooLarge(head), None) => Err(Stop::from(too_large(workspace, head.bytes))),
    };
    let outcome = match judged {
        Ok(outcome) => outcome,
        Err(Stop::Reject(rejection)) => rejected(workspace, view, log, next, pushed, *rejection)?,
        Err(Stop::Fail(error)) => return Err(error),
    };
    let advanced = Log { last_seq: pushed.seq(), last_hash: pushed.hash(), ..log };
    let is_rejected = matches!(outcome.verdict, Verdict::Rejected { .. });
    let chain = if is_rejected && planted(Defect::RejectedBreaksChain) { log } else { advanced };
    Ok(outcome.plan(pushed, chain, next))
}

/// Whether an op that is known is this one under the name of another log: both logs began as copies of one, in which it
/// waited (rule 23). It counts once.
fn is_copied<V: View>(view: &mut V, op: &Op) -> Result<bool, V::Error> {
    let first = view.past(op.op_id)?.and_then(|past| past.op);
    Ok(first.is_some_and(|first| {
        let named = Op { device_id: op.device_id, seq: op.seq, previous: op.previous, ..first };
        named == *op
    }))
}

fn broken() -> Refusal {
    Refusal::new(
        Code::BrokenForm,
        "This server cannot read this action; it was made by another version of the app.",
    )
}

/// Whether something of what was to be done did not take hold.
pub(crate) fn took_hold_partly<'e>(effects: impl IntoIterator<Item = &'e Effect>) -> bool {
    let lost = |outcome: &Outcome| !outcome.took_hold() && *outcome != Outcome::Already;
    effects
        .into_iter()
        .any(|effect| effect.life.iter().any(lost) || effect.units.iter().any(|unit| lost(&unit.outcome)))
}

/// A verdict and what follows from it.
struct Judged {
    verdict: Verdict,
    writes: Vec<Write>,
    aliases: Vec<(usize, SameRecord)>,
    draft: Draft,
}

impl Judged {
    fn plan(self, pushed: &Pushed, log: Log, next: Version) -> Plan {
        let Self { verdict, writes, aliases, draft } = self;
        let own = draft.effects.iter().filter(|effect| effect.held.is_none());
        let partly = verdict == Verdict::Committed && took_hold_partly(own);
        let parked = draft.parks.iter().any(|park| park.line == log.line);
        Plan {
            answer: Answer { seq: pushed.seq(), op_id: pushed.op_id(), version: next, verdict, partly },
            log: Log { has_parked: log.has_parked || parked, ..log },
            writes,
            effects: draft.effects,
            aliases,
            key: draft.key,
            parks: draft.parks,
            unparked: draft.unparked,
            holds: draft.holds,
            released: draft.released.into_iter().collect(),
            settled: draft.settled,
            freed: draft.freed,
            accepted: draft.accepted,
            toggled: draft.toggled,
            access: draft.access,
            closes: draft.closes,
        }
    }
}

/// A refused op does nothing, but what builds upon it has to know, and a number that it used stands in the gap list.
fn rejected<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    log: Log,
    next: Version,
    pushed: &Pushed,
    rejection: Rejection,
) -> Result<Judged, V::Error> {
    let Rejection { refusal, depends_on, ghost_of } = rejection;
    let verdict = Verdict::Rejected { refusal, depends_on };
    let Pushed::Whole(sealed) = pushed else {
        return Ok(Judged { verdict, writes: Vec::new(), aliases: Vec::new(), draft: Draft::default() });
    };
    let mut case = Case::new(workspace, view, log, next, &sealed.op);
    case.park(log.line, &sealed.op)?;
    case.gaps(&sealed.op, &workspace.principal.name, "rejected")?;
    if let Some(conflict) = ghost_of {
        case.ghost(conflict)?;
        // What it met is listed from now on, so that the next decision can be about it.
        case.draft.stale.insert(conflict);
        case.refresh()?;
    }
    case.judged(verdict, Vec::new())
}

fn judge<V: View>(
    workspace: &Workspace<'_>,
    view: &mut V,
    log: Log,
    next: Version,
    sealed: &SealedOp,
) -> Result<Judged, Stop<V::Error>> {
    let op = &sealed.op;
    let at = if planted(Defect::RoleAtWrite) { op.seen.version } else { next };
    let rights = rights(workspace.principal, view, at).map_err(Stop::Fail)?;
    admissible(workspace, &rights, sealed)?;
    let key = match named_key(op) {
        None => None,
        Some(key) => {
            let this = key_use(workspace.schema, view, op).map_err(Stop::Fail)?;
            if let Some(first) = view.key(key).map_err(Stop::Fail)? {
                let ids = same_act(&first, &this)?;
                let aliases = aliases(workspace, view, ids).map_err(Stop::Fail)?;
                return duplicate(Case::new(workspace, view, log, next, op), &first, aliases)
                    .map_err(Stop::Fail);
            }
            Some((key.to_owned(), this))
        }
    };
    let mut case = Case::new(workspace, view, log, next, op);
    case.draft.key = key;
    case.rights = rights;
    let verdict = case.verdict()?;
    case.wake().map_err(Stop::Fail)?;
    case.refresh().map_err(Stop::Fail)?;
    case.judged(verdict, Vec::new()).map_err(Stop::Fail)
}

/// A number that a duplicate used stands in the gap list: its record is another's.
fn duplicate<V: View>(
    mut case: Case<'_, V>,
    first: &KeyUse,
    aliases: Vec<(usize, SameRecord)>,
) -> Result<Judged, V::Error> {
    let ids = aliases.iter().map(|(_, same)| same.clone()).collect();
    let (op, by) = (case.op, &case.workspace().principal.name);
    case.gaps(op, by, "duplicate")?;
    case.desk.aliases.extend(aliases.iter().map(|(of, same)| ((*of, same.own), same.existing)));
    case.wake()?;
    case.refresh()?;
    case.judged(Verdict::DuplicateOf { op: first.op, ids }, aliases)
}

impl<V: View> Case<'_, V> {
    fn judged(self, verdict: Verdict, aliases: Vec<(usize, SameRecord)>) -> Result<Judged, V::Error> {
        Ok(Judged { verdict, writes: self.desk.writes()?, aliases, draft: self.draft })
    }

    fn verdict(&mut self) -> Result<Verdict, Stop<V::Error>> {
        match &self.op.payload.about {
            None => self.changes(None),
            Some(About::Replaces(target)) => self.changes(Some(*target)),
            Some(About::Resolves(resolution)) => {
                self.resolve(resolution)?;
                Ok(Verdict::Committed)
            }
            Some(About::Discards(target)) => {
                self.discard(*target)?;
                Ok(Verdict::Committed)
            }
            Some(About::Undoes(target)) => {
                let inverse = self.undo(*target)?;
                self.permitted(&inverse)?;
                self.make(inverse)
            }
            Some(About::Member(membership)) => {
                self.member(membership)?;
                Ok(Verdict::Committed)
            }
            Some(About::Grant(granting)) => {
                self.grant(granting)?;
                Ok(Verdict::Committed)
            }
            Some(About::Closes(epoch)) => {
                self.close_recovery(*epoch)?;
                Ok(Verdict::Committed)
            }
        }
    }

    /// An op that makes changes itself.
    fn changes(&mut self, replaces: Option<OpId>) -> Result<Verdict, Stop<V::Error>> {
        let asked = self.asked(self.op, self.log.line)?;
        let lacks = self.lacks(self.op, &asked).map_err(Stop::Fail)?;
        // What is not there lies nowhere: what its author may do to it is asked when it has come.
        if lacks.is_empty() {
            self.permitted(&asked)?;
        }
        let replaced = replaces.map(|target| self.replace(target)).transpose()?;
        let uses = self.uses(&asked);
        let (line, seen) = (self.log.line, self.op.seen);
        self.upon_refused(&LogPlace { line, before: self.op.seq, seen }, &uses)?;
        let basis = self.upon_held(line, seen, self.next(), &uses).map_err(Stop::Fail)?;
        let verdict = match basis {
            Some(basis) => {
                let own = planted(Defect::DependentsAreConflicts);
                let conflict = if own { self.op.op_id } else { basis.conflict };
                self.hold_for(self.held(), conflict, &uses, lacks).map_err(Stop::Fail)?;
                Verdict::Conflicted { conflict, depends_on: Some(basis.op) }
            }
            None if !lacks.is_empty() => {
                let conflict = self.op.op_id;
                self.hold_for(self.held(), conflict, &uses, lacks).map_err(Stop::Fail)?;
                Verdict::Conflicted { conflict, depends_on: None }
            }
            None => self.make(asked)?,
        };
        if let Some((target, past)) = replaced {
            self.tell(&past, target, SettledState::Replaced);
        }
        Ok(verdict)
    }

    /// Makes changes, or holds the op if a person has to decide about one of them.
    fn make(&mut self, asked: Vec<fieldbook_merge::Checked>) -> Result<Verdict, Stop<V::Error>> {
        let saved = self.desk.saved();
        let uses = self.uses(&asked);
        let by = self.by();
        let made = self.desk.make(asked, &by)?;
        if made.clashes.is_empty() {
            self.happened(self.op, self.log.line, made).map_err(Stop::Fail)?;
            return Ok(Verdict::Committed);
        }
        self.desk.restore(saved);
        let conflict = self.op.op_id;
        self.hold(self.held(), conflict, &uses).map_err(Stop::Fail)?;
        Ok(Verdict::Conflicted { conflict, depends_on: None })
    }

    /// The op at hand as one that waits.
    fn held(&self) -> HeldOp {
        HeldOp {
            op: self.op.clone(),
            version: self.next(),
            line: self.log.line,
            ghost: false,
            lost: false,
            hlc: self.hlc,
            role: self.rights.role.to_string(),
        }
    }

    /// Keeps a refused resolution as something upon which later ops may build (rule 47).
    fn ghost(&mut self, conflict: OpId) -> Result<(), V::Error> {
        let Some(row) = self.conflict(conflict)?.filter(|row| row.is_open()) else { return Ok(()) };
        let mut touches: Vec<Touch> = Vec::new();
        for unit in &row.units {
            if !touches.iter().any(|touch| (touch.of, touch.id) == (unit.of, unit.id)) {
                touches.push(Touch { of: unit.of, id: unit.id, made: false });
            }
        }
        let (op, version, line) = (self.op.op_id, self.next(), self.log.line);
        if planted(Defect::RefusedResolutionRejects) {
            let park = |touch: &Touch| {
                let (of, id, seq) = (touch.of, touch.id, self.op.seq);
                Park { of, id, line, version, op, seq, inserts: false, missing: false }
            };
            self.draft.parks.extend(touches.iter().map(park));
            return Ok(());
        }
        let role = self.rights.role.to_string();
        self.draft.holds.push(Hold {
            op,
            version,
            line,
            conflict,
            ghost: true,
            role,
            touches,
            lacks: Vec::new(),
        });
        Ok(())
    }
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
        let Some(of) = workspace.schema.place(&same.of) else { continue };
        let twice = aliases.iter().any(|(other, earlier)| *other == of && earlier.own == same.own);
        if !twice && !view.exists(of, same.own)? && view.alias(of, same.own)?.is_none() {
            aliases.push((of, same));
        }
    }
    Ok(aliases)
}
