//! Which act an op is, for the idempotency key that names its occasion (rule 20): the values of the fields that
//! its action declares as its key. Server and device ask the same function.

use fieldbook_model::schema::{Field, Kind, RecordType};
use fieldbook_model::{Change, Json, RecordId, Schema, Value, json};

/// The values of an action's declared key fields: for each of them, in the order of the declaration, what each
/// insert or update of its type gives it. Two ops of one action are the same act when these texts are equal.
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
    let mut fields: Vec<Vec<Value>> = Vec::with_capacity(declared.len());
    for (of, name) in declared.iter().filter_map(|path| path.split_once('.')) {
        let Some((ty, field)) = find(schema, of, name) else { continue };
        let given = changes.iter().filter(|change| change.of() == ty.name);
        let given = given.filter_map(|change| given_to(field, change));
        fields.push(given.map(|json| value(schema, field, json, &mut in_force)).collect::<Result<_, E>>()?);
    }
    Ok(json::write(&fields))
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
