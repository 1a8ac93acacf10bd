//! Whether a role may make a change: asked by a device before an act, and by the server at the op's place in the order.

use fieldbook_model::access::{acts, idle, writes, writes_field};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::Action;
use fieldbook_model::words::a;
use fieldbook_model::{Code, Refusal, Role, Schema};

use crate::read::{Checked, Verb, unsaid};
use crate::unit::Unit;

/// Refuses a change that a role may not make, and says who may.
pub fn may_change(schema: &Schema, role: &Role, change: &Checked) -> Result<(), Refusal> {
    may_write_type(schema, role, change.of)?;
    written(schema, change).into_iter().try_for_each(|field| may_write(schema, role, change.of, field))
}

/// Refuses a role that may not make, change and delete records of a type, and says who may.
pub fn may_write_type(schema: &Schema, role: &Role, of: usize) -> Result<(), Refusal> {
    let ty = &schema.types[of];
    if !role.acts() {
        return Err(Refusal { field: Some(ty.name.clone()), ..idle(role) });
    }
    if !writes(ty, role) {
        let who = named(schema, |role| writes(ty, role));
        let words = format!("{} is made, changed and deleted by: {who}.", a(&ty.spoken()));
        return Err(Refusal::at(Code::NoPermission, &ty.name, words));
    }
    Ok(())
}

/// Refuses the writing of a field that a role may not write, and says who may.
pub fn may_write(schema: &Schema, role: &Role, of: usize, field: usize) -> Result<(), Refusal> {
    let ty = &schema.types[of];
    if writes_field(ty, field, role) {
        return Ok(());
    }
    let who = named(schema, |role| writes_field(ty, field, role));
    let field = &ty.fields[field];
    let words = format!("{} is set by: {who}.", a(&field.spoken()));
    Err(Refusal::at(Code::NoPermission, format!("{}.{}", ty.name, field.name), words))
}

/// Refuses the settling of a conflict about a unit: to whom the type does not name for it, and to who may not write
/// all of the unit (rule 50).
pub fn may_settle(schema: &Schema, role: &Role, of: usize, unit: Option<Unit>) -> Result<(), Refusal> {
    let ty = &schema.types[of];
    let named_for_it = ty.resolve.is_empty() || ty.resolve.iter().any(|name| name == role.name());
    if !named_for_it && !planted(Defect::AnybodyResolves) {
        let words = format!("A conflict about a {} is settled by: {}.", ty.spoken(), ty.resolve.join(", "));
        return Err(Refusal::at(Code::NoPermission, &ty.name, words));
    }
    if planted(Defect::ResolverNeedNotWrite) {
        return Ok(());
    }
    may_write_type(schema, role, of)?;
    let fields = unit.map(|unit| unit.fields(ty)).unwrap_or_default();
    fields.into_iter().try_for_each(|field| may_write(schema, role, of, field))
}

/// Refuses an action that a role may not do, and says who may.
pub fn may_act(schema: &Schema, role: &Role, action: &Action) -> Result<(), Refusal> {
    if acts(action, role) {
        return Ok(());
    }
    let who = named(schema, |role| acts(action, role));
    Err(Refusal::new(Code::NoPermission, format!("The action {} is done by: {who}.", action.name)))
}

/// The roles that may, by name: the app's in their order, then those that every app has.
pub fn named(schema: &Schema, may: impl Fn(&Role) -> bool) -> String {
    let who = schema.own_roles().chain([Role::Member, Role::Owner]).filter(may);
    who.map(|role| role.to_string()).collect::<Vec<_>>().join(", ")
}

/// The fields that a change writes. An insert writes those that it gives another value than nobody gives.
fn written(schema: &Schema, change: &Checked) -> Vec<usize> {
    let ty = &schema.types[change.of];
    match &change.verb {
        Verb::Insert(row) => {
            (0..row.len()).filter(|place| row[*place] != unsaid(&ty.fields[*place])).collect()
        }
        Verb::Update(edits) | Verb::Amend(edits) => edits.iter().map(|(place, _)| *place).collect(),
        Verb::Revert(deeds) => deeds.iter().map(|deed| deed.field).collect(),
        Verb::Delete | Verb::Restore | Verb::Unmake | Verb::Revive(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use fieldbook_model::schema::{RecordType, Vocabulary};

    use super::*;

    #[test]
    fn who_may_change_nothing_is_told_of_which_type() {
        let schema = Schema {
            name: "shop".to_owned(),
            version: 1,
            roles: Vec::new(),
            types: vec![RecordType::new("product", Vec::new())],
            actions: Vec::new(),
            status: Vocabulary::Counter,
            steps: Vec::new(),
        };
        let refusal = may_write_type(&schema, &Role::Viewer, 0).expect_err("a viewer");
        assert_eq!((refusal.code, refusal.field.as_deref()), (Code::NoPermission, Some("product")));
        assert_eq!(may_write_type(&schema, &Role::Member, 0), Ok(()));
    }
}
