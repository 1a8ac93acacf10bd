//! Which act an op is, for the idempotency key that names its occasion (rule 20): the values of the fields that
//! its action declares as its key, and how many records of each type it makes. An action that declares none is
//! compared by all that it does, but for the ids that it makes: what differs is refused and told, and nothing
//! is taken for a repetition that is none. Server and device ask the same function.

use std::collections::BTreeMap;

use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Change, Json, RecordId, Schema, Value, Version, json};

/// What an op is compared by: two ops of one action are the same act when these texts are equal. For each declared
/// key field, in the order of the declaration, it has what each insert or update of its type gives it.
///
/// A value has one spelling here (`1.5` is `1.50`), what is not given is its default or nothing, and a reference
/// is the id in force, which `in_force` knows: the id alone where no duplicate made it.
pub fn key_fields<E>(
    schema: &Schema,
    action: &str,
    changes: &[Change],
    mut in_force: impl FnMut(usize, RecordId) -> Result<RecordId, E>,
) -> Result<String, E> {
    let declared = schema.action(action).map(|action| action.key.as_slice()).unwrap_or_default();
    if declared.is_empty() {
        return Ok(content(changes));
    }
    let mut fields: Vec<Vec<Value>> = Vec::with_capacity(declared.len());
    for (of, name) in declared.iter().filter_map(|path| path.split_once('.')) {
        let Some((ty, field)) = find(schema, of, name) else { continue };
        let given = changes.iter().filter(|change| change.of() == ty.name);
        let given = given.filter_map(|change| given_to(field, change));
        fields.push(given.map(|json| value(schema, field, json, &mut in_force)).collect::<Result<_, E>>()?);
    }
    Ok(json::write(&(made(changes), fields)))
}

/// How many records of each type are made.
fn made(changes: &[Change]) -> BTreeMap<&str, usize> {
    let mut made = BTreeMap::new();
    for change in changes.iter().filter(|change| matches!(change, Change::Insert { .. })) {
        *made.entry(change.of()).or_default() += 1;
    }
    made
}

/// All that some changes do, with the n-th id that they make as a number and without what they were based on.
fn content(changes: &[Change]) -> String {
    let inserts = changes.iter().filter(|change| matches!(change, Change::Insert { .. }));
    let own: BTreeMap<String, usize> =
        inserts.enumerate().map(|(n, change)| (change.id().to_string(), n)).collect();
    let mut changes = changes.to_vec();
    for change in &mut changes {
        if let Change::Update { base, .. } | Change::Delete { base, .. } | Change::Restore { base, .. } =
            change
        {
            *base = Version::ZERO;
        }
    }
    let mut all: Json = json::parse(&json::write(&changes)).unwrap_or(Json::Null);
    number(&mut all, &own);
    json::write(&all)
}

fn number(json: &mut Json, own: &BTreeMap<String, usize>) {
    match json {
        Json::Text(text) => {
            if let Some(n) = own.get(text) {
                *json = Json::Int(i64::try_from(*n).unwrap_or(i64::MAX));
            }
        }
        Json::List(items) => items.iter_mut().for_each(|item| number(item, own)),
        Json::Object(entries) => entries.iter_mut().for_each(|(_, value)| number(value, own)),
        _ => {}
    }
}

fn find<'s>(schema: &'s Schema, of: &str, name: &str) -> Option<(&'s RecordType, &'s Field)> {
    let ty = schema.find(of)?;
    Some((ty, &ty.fields[ty.position(name)?]))
}

/// What a change gives a field; `None` for a change that gives no field anything.
fn given_to<'a>(field: &'a Field, change: &'a Change) -> Option<&'a Json> {
    const NOTHING: &Json = &Json::Null;
    match change {
        Change::Insert { fields, .. } => {
            Some(fields.find(&field.name).or(field.default.as_ref()).unwrap_or(NOTHING))
        }
        Change::Update { set, .. } => Some(set.find(&field.name).unwrap_or(NOTHING)),
        Change::Delete { .. } | Change::Restore { .. } => None,
    }
}

fn value<E>(
    schema: &Schema,
    field: &Field,
    json: &Json,
    in_force: &mut impl FnMut(usize, RecordId) -> Result<RecordId, E>,
) -> Result<Value, E> {
    // What does not fit is compared as it stands: whether the op is good is judged elsewhere.
    let value = Value::read(field, json).unwrap_or_else(|_| Value::Json(json.clone()));
    match (&value, &field.kind) {
        (Value::Ref(id), Kind::Ref { to, .. }) => match schema.types.iter().position(|ty| ty.name == *to) {
            Some(of) => in_force(of, *id).map(Value::Ref),
            None => Ok(value),
        },
        _ => Ok(value),
    }
}
