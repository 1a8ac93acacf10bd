//! What a schema allows and its author may regret, as sentences. Nothing here is a mistake: a schema with warnings is
//! read, sent and obeyed like any. No action declares which records it writes, so most of this speaks of types.

mod roles;

use super::{Action, Merge, RecordType, Schema};

/// A sentence for each thing to think about, in the order of the types and then of the actions.
pub fn lint(schema: &Schema) -> Vec<String> {
    let types = schema.types.iter().filter(|ty| !ty.system);
    let of_types = types.flat_map(|ty| {
        let of_type = [held_additions(ty), held_numbers(ty), blocked_numbers(ty), stuck_numbers(schema, ty)];
        of_type.into_iter().flatten().chain(roles::of_type(schema, ty))
    });
    let of_actions =
        schema.actions.iter().flat_map(|action| [double_key(schema, action), idle_sets(schema, action)]);
    of_types.chain(of_actions.flatten()).collect()
}

/// Rule 7: an op that adds, and that a conflict holds, leaves the sum wrong while it waits.
fn held_additions(ty: &RecordType) -> Option<String> {
    let name = &ty.name;
    let delta = &ty.fields.iter().find(|field| field.merge == Merge::Delta)?.name;
    let unit = manual_unit(ty)?;
    Some(format!(
        "{name}: an op that adds to {name}.{delta} and sets {name}.{unit} would be held whole; write them in two ops"
    ))
}

/// Rule 30: a number that is printed belongs to a record that others cannot see while its op is held.
fn held_numbers(ty: &RecordType) -> Option<String> {
    let (name, number, unit) = (&ty.name, series(ty)?, manual_unit(ty)?);
    Some(format!(
        "{name}: an op that makes one, with its {name}.{number}, and sets {name}.{unit} of another would be held whole, \
         with a number that may be printed; write them in two ops"
    ))
}

fn blocked_numbers(ty: &RecordType) -> Option<String> {
    let (name, number, key) = (&ty.name, series(ty)?, ty.unique.first()?.fields.join(", "));
    Some(format!(
        "{name}: one that shares its key ({key}) with another is held, with its {name}.{number} that may be printed; \
         have the device number it, or check the key, and not both"
    ))
}

/// A record of a series is never deleted, so undo has to set something.
fn stuck_numbers(schema: &Schema, ty: &RecordType) -> Option<String> {
    let (name, number) = (&ty.name, series(ty)?);
    let of_type = |path: &str| path.split_once('.').is_some_and(|(of, _)| of == name);
    let is_set = schema.actions.iter().any(|action| action.sets.iter().any(|(path, _)| of_type(path)));
    (!is_set).then(|| {
        format!(
            "{name}: one, with its {name}.{number}, cannot be undone; give the action that makes it an undo, whose action \
             sets a field, such as sets = {{ \"{name}.status\" = \"void\" }}"
        )
    })
}

/// Rule 20: an idempotency key means the same act, `unique` that two may be the same.
fn double_key(schema: &Schema, action: &Action) -> Option<String> {
    let twice = schema.types.iter().find(|ty| {
        let path = |field: &String| format!("{}.{field}", ty.name);
        ty.unique.iter().any(|unique| unique.fields.iter().map(path).eq(action.key.iter().cloned()))
    })?;
    let (name, ty) = (&action.name, &twice.name);
    Some(format!(
        "{name}: its key is also one that two records of {ty} may not share; a second act is either the same one or \
         another one, so say it in one place"
    ))
}

fn idle_sets(schema: &Schema, action: &Action) -> Option<String> {
    let name = &action.name;
    let named = schema.actions.iter().any(|other| other.undo.as_ref() == Some(name));
    (!named && !action.sets.is_empty()).then(|| {
        format!(
            "{name}: it sets fields when it takes another action back, and no action names it as its undo"
        )
    })
}

/// A field or group about which a person decides.
fn manual_unit(ty: &RecordType) -> Option<&str> {
    let manual = (0..ty.fields.len()).find(|field| ty.rule(*field) == Merge::Manual)?;
    Some(ty.unit(manual).0)
}

fn series(ty: &RecordType) -> Option<&str> {
    ty.fields.iter().find(|field| field.series).map(|field| field.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Group, Kind, Unique};
    use super::*;
    use crate::Json;

    fn field(name: &str, merge: Merge) -> Field {
        Field { merge, ..Field::new(name, Kind::Integer) }
    }

    fn number() -> Field {
        Field { series: true, ..Field::new("number", Kind::Text { max: 20 }) }
    }

    fn check(types: Vec<RecordType>, actions: Vec<Action>, expected: &[&str]) {
        assert_eq!(lint(&Schema::new("s", 1, types, actions)), expected);
    }

    #[test]
    fn additions_beside_what_a_person_decides_are_told() {
        let stock = || field("stock", Merge::Delta);
        let ty = |fields| vec![RecordType::new("product", fields)];
        let told = "product: an op that adds to product.stock and sets product.price would be held whole; write them in \
                    two ops";
        check(ty(vec![stock(), field("price", Merge::Manual)]), vec![], &[told]);
        check(ty(vec![stock(), field("price", Merge::LastSynced)]), vec![], &[]);
        check(ty(vec![field("price", Merge::Manual)]), vec![], &[]);
        let place = Group {
            name: "place".into(),
            fields: vec!["x".into(), "y".into()],
            merge: Merge::Manual,
            order: vec![],
        };
        let fields = ["x", "y"].map(|name| field(name, Merge::LastSynced));
        let grouped = RecordType {
            groups: vec![place],
            ..RecordType::new("product", fields.into_iter().chain([stock()]).collect())
        };
        check(vec![grouped], vec![], &[&told.replace("price", "place")]);
    }

    #[test]
    fn a_number_that_can_be_held_or_not_be_undone_is_told() {
        let invoice =
            |more: Vec<Field>| RecordType::new("invoice", [number()].into_iter().chain(more).collect());
        let void = Action { sets: vec![("invoice.status".into(), Json::Int(1))], ..Action::new("void") };
        let make = Action { undo: Some("void".into()), ..Action::new("make") };
        let actions = || vec![make.clone(), void.clone()];
        check(vec![invoice(vec![])], actions(), &[]);
        check(
            vec![invoice(vec![])],
            vec![Action::new("make")],
            &[
                "invoice: one, with its invoice.number, cannot be undone; give the action that makes it an undo, whose action \
               sets a field, such as sets = { \"invoice.status\" = \"void\" }",
            ],
        );
        check(
            vec![invoice(vec![field("status", Merge::Manual)])],
            actions(),
            &[
                "invoice: an op that makes one, with its invoice.number, and sets invoice.status of another would be held \
               whole, with a number that may be printed; write them in two ops",
            ],
        );
        let unique = vec![Unique { fields: vec!["code".into()], always: false }];
        check(
            vec![RecordType { unique, ..invoice(vec![field("code", Merge::LastSynced)]) }],
            actions(),
            &[
                "invoice: one that shares its key (code) with another is held, with its invoice.number that may be printed; \
               have the device number it, or check the key, and not both",
            ],
        );
    }

    #[test]
    fn an_action_that_says_a_thing_twice_or_for_nobody_is_told() {
        let unique = vec![Unique { fields: vec!["code".into()], always: true }];
        let ty = RecordType { unique, ..RecordType::new("customer", vec![field("code", Merge::LastSynced)]) };
        let make = |key: &str| Action { key: vec![key.into()], ..Action::new("make") };
        check(vec![ty.clone()], vec![make("customer.name")], &[]);
        check(
            vec![ty.clone()],
            vec![make("customer.code")],
            &[
                "make: its key is also one that two records of customer may not share; a second act is either the same \
               one or another one, so say it in one place",
            ],
        );
        let void = Action { sets: vec![("customer.code".into(), Json::Int(1))], ..Action::new("void") };
        check(
            vec![ty],
            vec![void],
            &["void: it sets fields when it takes another action back, and no action names it as its undo"],
        );
    }
}
