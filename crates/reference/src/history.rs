//! Everything that ever happened, as one list, and the questions that are answered by reading it from its
//! beginning.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::chain::Hash;
use fieldbook_model::decimal::{SCALED_MAX, Scaled};
use fieldbook_model::schema::RecordType;
use fieldbook_model::{DeviceId, Hlc, Op, OpId, RecordId, Schema, Seq, UserId, Value, Version, WallTime};

use crate::clash::Clash;
use crate::conflict::ConflictSeen;
use crate::memo::Memo;
use crate::said::{Part, Ruling, Settled};

/// The end of time: asks for the present.
pub const NOW: Version = Version(u64::MAX);

/// All that ever happened in a workspace.
#[derive(Debug, Clone)]
pub struct History<'s> {
    /// The record types.
    pub schema: &'s Schema,
    /// The versions before, oldest first.
    pub older: Vec<&'s Schema>,
    /// In the total order.
    pub events: Vec<Event<'s>>,
    /// For each log that is a copy of the beginning of another: that one, and its last op which is copied.
    pub copies: BTreeMap<DeviceId, (DeviceId, Seq, Hash)>,
    /// Of what was deleted the records that are forgotten: nobody can bring them back.
    pub forgotten: BTreeSet<(String, RecordId)>,
    /// What was deleted up to here may be forgotten.
    pub horizon: Version,
    /// What nobody has any more, as devices said.
    pub gone: Vec<Gone>,
    pub(crate) memo: Memo<'s>,
}

/// Ops that a device does not have any more, and that no event is of.
#[derive(Debug, Clone)]
pub struct Gone {
    /// Whose log.
    pub device: DeviceId,
    /// The last of them.
    pub last: (Seq, Hash),
    /// The numbers that they gave out: type, field, number.
    pub numbers: Vec<(String, String, String)>,
    /// The head when it was said.
    pub at: Version,
}

/// An op that took its place, whatever became of it.
#[derive(Debug, Clone)]
pub struct Event<'s> {
    /// In the total order.
    pub version: Version,
    /// When it came, by the server's clock.
    pub came: WallTime,
    /// Whose log.
    pub device: DeviceId,
    /// Who offered it.
    pub user: UserId,
    /// What it has on its side.
    pub by: Standing,
    /// In that device's log.
    pub seq: Seq,
    /// Its identity.
    pub op_id: OpId,
    /// Of its bytes.
    pub hash: Hash,
    /// What it says; `None` where that could not be read.
    pub op: Option<Op>,
    /// The verdict.
    pub ruling: Ruling,
    /// For the answer.
    pub parts: Vec<Part<'s>>,
    /// What it did. A write that lost did nothing; a write of an equal value did something (rule 41).
    pub deeds: Vec<Deed<'s>>,
    /// What became by it of earlier ops.
    pub settled: Vec<Settled>,
    /// The conflicts that it changed, as they are after it.
    pub conflicts: Vec<(OpId, ConflictSeen)>,
    /// Two records each that may share a key since then: the type and both ids.
    pub accepted: Vec<(&'s str, RecordId, RecordId)>,
    /// The ops that are held by a clash since then, and what clashed.
    pub(crate) opened: Vec<(OpId, Vec<Clash<'s>>)>,
    /// It waits, or waited last, with a name of something that was lost; what its author may do to that is not asked yet.
    pub(crate) lost: bool,
    /// What an undo that is held would do: the records.
    pub(crate) tried: Vec<(&'s str, RecordId)>,
}

impl Event<'_> {
    /// Of an op of that log, at its place and with its bytes' hash, that did nothing yet, by somebody of no role.
    pub(crate) fn new(
        version: Version,
        (device, user): (DeviceId, UserId),
        at: (Seq, OpId, Hash),
        op: Option<Op>,
    ) -> Self {
        let (seq, op_id, hash) = at;
        Self {
            version,
            came: WallTime::default(),
            device,
            user,
            by: Standing::default(),
            seq,
            op_id,
            hash,
            op,
            ruling: Ruling::Committed,
            parts: Vec::new(),
            deeds: Vec::new(),
            settled: Vec::new(),
            conflicts: Vec::new(),
            accepted: Vec::new(),
            opened: Vec::new(),
            lost: false,
            tried: Vec::new(),
        }
    }

    /// Its device and its place in that device's log, by which it is known.
    pub fn place(&self) -> (DeviceId, Seq) {
        (self.device, self.seq)
    }
}

/// Where a deed stands: its event's version, and the how manieth of that event it is.
pub type Place = (Version, usize);

/// One thing done to one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed<'s> {
    /// The record's type.
    pub of: &'s str,
    /// The record.
    pub id: RecordId,
    /// What.
    pub what: What<'s>,
    /// On whose line it counts: the author's, or that of the person who decided.
    pub line: DeviceId,
    /// The deed that it takes back. The unit then counts as changed last by whoever had changed it before that.
    pub back: Option<Place>,
    /// Of elements, what its author had read of what others put in.
    pub read: Version,
    /// With which role it was done, and when it was written.
    pub by: Standing,
}

/// What a change has on its side where a rule compares two that did not know of each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The role of its author.
    pub role: String,
    /// Others in scopes, by the scope's text, as long as it is not said which of them counts.
    pub grants: BTreeMap<String, String>,
    /// When it was written, as far as that can be believed.
    pub hlc: Hlc,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub enum What<'s> {
    /// It was made.
    Made,
    /// It was deleted.
    Deleted,
    /// It was brought back.
    Restored,
    /// A field got a value.
    Wrote(&'s str, Value),
    /// A number was added.
    Added(&'s str, i64),
    /// A number was found by counting. It is asked for, and done as an addition.
    Counted(&'s str, i64),
    /// Elements came in.
    Included(&'s str, BTreeSet<String>),
    /// Elements are to go out. It is asked for, and done as the next.
    Excluded(&'s str, BTreeSet<String>),
    /// Elements were to go out, and some did.
    Left(&'s str, BTreeSet<String>, BTreeSet<String>),
    /// A lowest or highest value is offered. It is asked for, and written where it is one.
    Offered(&'s str, Value),
    /// A lowest or highest value is to be another. It is asked for, and written.
    Reset(&'s str, Value),
}

impl What<'_> {
    /// The field that it is done to; `None` for the record's life.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Made | Self::Deleted | Self::Restored => None,
            Self::Wrote(field, _)
            | Self::Added(field, _)
            | Self::Counted(field, _)
            | Self::Included(field, _)
            | Self::Excluded(field, _)
            | Self::Left(field, ..)
            | Self::Offered(field, _)
            | Self::Reset(field, _) => Some(field),
        }
    }

    /// Whether it puts a value in the place of another.
    pub fn writes(&self) -> bool {
        matches!(self, Self::Wrote(..) | Self::Offered(..) | Self::Reset(..))
    }
}

/// A record at some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// The last version at which anything was done to it.
    pub version: Version,
    /// Whether it is deleted.
    pub deleted: bool,
    /// Its values in the order of its type's fields.
    pub row: Vec<Value>,
}

/// A record: the name of its type, and its id.
pub type Key<'s> = (&'s str, RecordId);

impl<'s> History<'s> {
    /// The deeds of the events up to a version, first to last.
    pub fn deeds(&self, until: Version) -> impl Iterator<Item = (&Event<'s>, &Deed<'s>)> {
        let events = self.events.iter().filter(move |event| event.version <= until);
        events.flat_map(|event| event.deeds.iter().map(move |deed| (event, deed)))
    }

    /// Every record that was ever made, as it was at a version.
    pub fn records(&self, until: Version) -> BTreeMap<Key<'s>, Held> {
        let mut records = BTreeMap::new();
        self.replay(&mut records, Version::ZERO, until);
        records
    }

    /// Brings every record that was ever made from one version to another.
    pub fn replay(&self, records: &mut BTreeMap<Key<'s>, Held>, from: Version, until: Version) {
        for event in self.events.iter().filter(|event| event.version > from && event.version <= until) {
            let lay = self.homes(event, records);
            for deed in &event.deeds {
                let ty = self.schema.find(deed.of).expect("BUG: a deed on a type that is not there");
                let held: &mut Held = records.entry((deed.of, deed.id)).or_insert_with(|| unmade(ty));
                held.version = event.version;
                done(ty, held, &deed.what);
            }
            // What lay with something that moved is another record for who looks at scopes (rule 14).
            let moved = lay.into_iter().filter(|(key, home)| self.home(records, *key) != *home);
            for key in moved.map(|(key, _)| key).collect::<Vec<_>>() {
                records.entry(key).and_modify(|held| held.version = event.version);
            }
        }
    }

    /// Where everything lies that lies with other records, before an event that moves any.
    fn homes(
        &self,
        event: &Event<'s>,
        records: &BTreeMap<Key<'s>, Held>,
    ) -> BTreeMap<Key<'s>, Option<(String, RecordId)>> {
        let moves = |deed: &Deed<'s>| {
            let around = self.schema.find(deed.of).and_then(|ty| ty.inside.as_deref());
            around.is_some() && deed.what.field() == around
        };
        if !event.deeds.iter().any(moves) {
            return BTreeMap::new();
        }
        let carried = |key: &&Key<'s>| self.schema.find(key.0).is_some_and(|ty| ty.carried);
        records.keys().filter(carried).map(|key| (*key, self.home(records, *key))).collect()
    }

    /// The scope in which a record lies among some records; `None` at the root.
    pub fn home<'a>(&'a self, records: &BTreeMap<Key<'a>, Held>, key: Key<'a>) -> Option<(String, RecordId)> {
        let ty = self.schema.find(key.0)?;
        let (field, to) = ty.inside_of()?;
        let Value::Ref(id) = records.get(&key)?.row[field] else { return None };
        let around = self.schema.find(to)?;
        match around.scope {
            true => Some((to.to_owned(), id)),
            false => self.home(records, (around.name.as_str(), id)),
        }
    }

    /// One record as it was at a version; `None` where it was never made.
    pub fn record(&self, of: &str, id: RecordId, until: Version) -> Option<Held> {
        let ty = self.schema.find(of)?;
        let mut held = None;
        for (event, deed) in self.deeds(until).filter(|(_, deed)| deed.id == id && deed.of == of) {
            let held = held.get_or_insert_with(|| unmade(ty));
            held.version = event.version;
            done(ty, held, &deed.what);
        }
        held
    }

    /// Whether a record was ever made.
    pub fn exists(&self, of: &str, id: RecordId, until: Version) -> bool {
        self.deeds(until).any(|(_, deed)| deed.id == id && deed.of == of)
    }

    /// The id in force for an id: what a duplicate's own record is called by everybody (rule 20).
    pub fn in_force(&self, of: &str, id: RecordId, until: Version) -> RecordId {
        let events = self.events.iter().filter(|event| event.version <= until);
        let mut same = events.flat_map(|event| match &event.ruling {
            Ruling::DuplicateOf { ids, .. } => ids.as_slice(),
            _ => &[],
        });
        same.find(|same| same.of == of && same.own == id).map_or(id, |same| same.existing)
    }

    /// The last op of a device's log: its seq and hash.
    pub fn log_end(&self, device: DeviceId) -> (Seq, Hash) {
        let mut own = self.events.iter().rev().filter(|event| event.device == device);
        let begun = self.copies.get(&device).map_or((Seq::ZERO, Hash::ZERO), |(_, seq, hash)| (*seq, *hash));
        let last = own.next().map_or(begun, |event| (event.seq, event.hash));
        let gone = self.gone.iter().filter(|gone| gone.device == device).map(|gone| gone.last);
        gone.chain([last]).max_by_key(|(seq, _)| *seq).unwrap_or(last)
    }

    /// Whether an op of some log is also one of a log: it is in it, or in the part of another that it is a copy of.
    pub fn shares(&self, log: DeviceId, other: DeviceId, seq: Seq) -> bool {
        log == other
            || self.copies.get(&log).is_some_and(|(of, last, _)| seq <= *last && self.shares(*of, other, seq))
    }

    /// Whether what some log did at a version was done before a log was a copy of it: by the place of the last op that both have.
    pub fn did_itself(&self, log: DeviceId, other: DeviceId, at: Version) -> bool {
        if log == other {
            return true;
        }
        // What is only tried has no place in any log.
        let mut both =
            self.events.iter().rev().filter(|event| event.device == other && event.seq > Seq::ZERO);
        both.find(|event| self.shares(log, other, event.seq)).is_some_and(|last| at <= last.version)
    }

    /// The last version.
    pub fn head(&self) -> Version {
        self.events.last().map_or(Version::ZERO, |event| event.version)
    }
}

fn unmade(ty: &RecordType) -> Held {
    Held { version: Version::ZERO, deleted: false, row: vec![Value::Null; ty.fields.len()] }
}

fn done(ty: &RecordType, held: &mut Held, what: &What<'_>) {
    match what {
        What::Made | What::Restored => held.deleted = false,
        What::Deleted => held.deleted = true,
        What::Wrote(field, value) => *slot(ty, held, field) = value.clone(),
        What::Added(field, number) => {
            let slot = slot(ty, held, field);
            *slot = added(slot, *number).expect("BUG: a sum that was refused is in the history");
        }
        What::Counted(..) | What::Excluded(..) | What::Offered(..) | What::Reset(..) => {
            unreachable!("BUG: {what:?} is done as something else")
        }
        What::Included(field, elements) => {
            let slot = slot(ty, held, field);
            *slot = Value::Set(elements_of(slot).union(elements).cloned().collect());
        }
        What::Left(field, _, gone) => {
            let slot = slot(ty, held, field);
            // Taking from nothing leaves nothing, not an empty set.
            if *slot != Value::Null {
                *slot = Value::Set(elements_of(slot).difference(gone).cloned().collect());
            }
        }
    }
}

fn slot<'a>(ty: &RecordType, held: &'a mut Held, field: &str) -> &'a mut Value {
    let place = ty.position(field).expect("BUG: a deed on a field that is not there");
    &mut held.row[place]
}

/// A number and another, exactly; `None` where the sum has more than 18 digits.
pub fn added(value: &Value, number: i64) -> Option<Value> {
    let within = |sum: i128| i64::try_from(sum).ok().filter(|sum| sum.unsigned_abs() <= SCALED_MAX as u64);
    match value {
        Value::Int(old) => within(i128::from(*old) + i128::from(number)).map(Value::Int),
        Value::Decimal(Scaled(old, scale)) => {
            let sum = within(i128::from(*old) + i128::from(number))?;
            Some(Value::Decimal(Scaled(sum, *scale)))
        }
        _ => None,
    }
}

/// The digits of a number; nothing is 0.
pub fn number_of(value: &Value) -> i64 {
    match value {
        Value::Int(number) | Value::Decimal(Scaled(number, _)) => *number,
        _ => 0,
    }
}

/// The elements of a set field; none where it is empty.
pub fn elements_of(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Set(elements) => elements.clone(),
        _ => BTreeSet::new(),
    }
}
