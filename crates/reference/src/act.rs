//! Which act an idempotency key stands for (rule 20): the action and the values of the key fields that it
//! declares. Never the bytes, never the ids that are made new each time.

use fieldbook_model::op::Fields;
use fieldbook_model::schema::{Field, Kind};
use fieldbook_model::{Change, Json, Op, RecordId, Value};

use crate::asked::has_changes;
use crate::history::{Event, History, NOW};
use crate::said::Same;
use crate::state::State;

/// The value of a key field: as the schema reads it, or as it stands where it does not fit.
#[derive(Debug, PartialEq)]
enum KeyValue {
    Fits(Value),
    Raw(Json),
}

impl History<'_> {
    /// The committed or held op under a key; a key that is the op's own id names nothing but that op.
    pub fn first_under(&self, op: &Op) -> Option<&Op> {
        let named = op.idempotency_key != op.op_id.to_string();
        let states = self.states();
        let takes = |event: &&Event<'_>| {
            matches!(states[&event.place()], State::Committed { .. } | State::Held { .. })
                && event.op.as_ref().is_some_and(has_changes)
        };
        let takers = self.events.iter().filter(takes);
        let mut ops = takers.filter_map(|event| event.op.as_ref()).filter(|first| first.op_id != op.op_id);
        ops.find(|first| {
            named
                && first.idempotency_key == op.idempotency_key
                && first.idempotency_key != first.op_id.to_string()
        })
    }

    /// Whether two ops are the same act.
    pub fn same_act(&self, first: &Op, second: &Op) -> bool {
        let declared =
            self.schema.action(&first.action).map(|action| action.key.as_slice()).unwrap_or_default();
        let paths = declared.iter().filter_map(|path| path.split_once('.'));
        let mut equal = paths.map(|(of, field)| self.key(first, of, field) == self.key(second, of, field));
        let same = match declared {
            [] => numbered(first) == numbered(second),
            _ => types(first) == types(second) && equal.all(|equal| equal),
        };
        first.action == second.action && same
    }

    /// What an op gives a key field, for each record of the type that it inserts or updates.
    fn key(&self, op: &Op, of: &str, name: &str) -> Vec<KeyValue> {
        let field = self.schema.find(of).and_then(|ty| ty.fields.iter().find(|field| field.name == name));
        let Some(field) = field else { return Vec::new() };
        let changes = op.payload.changes.iter().filter(|change| change.of() == of);
        let values = changes.filter_map(|change| match change {
            Change::Insert { fields, .. } => Some(self.given(field, fields, field.default.as_ref())),
            Change::Update { set, .. } => Some(self.given(field, set, None)),
            Change::Delete { .. } | Change::Restore { .. } => None,
        });
        values.collect()
    }

    fn given(&self, field: &Field, fields: &Fields, default: Option<&Json>) -> KeyValue {
        let json = fields.find(&field.name).or(default).unwrap_or(&Json::Null);
        match (Value::read(field, json), &field.kind) {
            (Ok(Value::Ref(id)), Kind::Ref { to, .. }) => {
                KeyValue::Fits(Value::Ref(self.in_force(to, id, NOW)))
            }
            (Ok(value), _) => KeyValue::Fits(value),
            (Err(_), _) => KeyValue::Raw(json.clone()),
        }
    }

    /// The records that the second made, each with the one that the first made in its place: the n-th of a
    /// type is the n-th of that type. An id that already names a record goes on naming that one.
    pub fn same_records(&self, first: &Op, second: &Op) -> Vec<Same> {
        let mut same: Vec<Same> = Vec::new();
        for (place, (of, own)) in made(second).iter().enumerate() {
            let nth = made(second)[..place].iter().filter(|(other, _)| other == of).count();
            let firsts = made(first);
            let Some((_, existing)) = firsts.iter().filter(|(other, _)| other == of).nth(nth) else {
                continue;
            };
            let named = self.exists(of, *own, NOW) || self.in_force(of, *own, NOW) != *own;
            if !named && !same.iter().any(|same| same.of == *of && same.own == *own) {
                same.push(Same { of: of.clone(), own: *own, existing: *existing });
            }
        }
        same
    }
}

/// The types of the records that an op makes, sorted.
fn types(op: &Op) -> Vec<String> {
    let mut types: Vec<String> = made(op).into_iter().map(|(of, _)| of).collect();
    types.sort();
    types
}

/// All that an op does, with each id that it makes replaced by its number, and no bases.
fn numbered(op: &Op) -> Vec<String> {
    let own = made(op);
    let text = |change: &Change| {
        let mut change = change.clone();
        if let Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. } =
            &mut change
        {
            *base = fieldbook_model::Version::ZERO;
        }
        let text = fieldbook_model::json::write(&change);
        let numbers = own.iter().enumerate();
        numbers.fold(text, |text, (n, (_, id))| text.replace(&format!("\"{id}\""), &n.to_string()))
    };
    op.payload.changes.iter().map(text).collect()
}

fn made(op: &Op) -> Vec<(String, RecordId)> {
    let inserts = op.payload.changes.iter().filter_map(|change| match change {
        Change::Insert { of, id, .. } => Some((of.clone(), *id)),
        _ => None,
    });
    inserts.collect()
}
