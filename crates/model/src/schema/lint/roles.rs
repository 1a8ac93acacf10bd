//! What roles may regret: to see half of a thing, to be asked about what they cannot decide.

use crate::access::{reads, reads_field, writes};
use crate::role::Role;
use crate::schema::{Kind, RecordType, Schema};

/// A sentence for each thing to think about, of one type.
pub(super) fn of_type(schema: &Schema, ty: &RecordType) -> Vec<String> {
    let mut told = unread_targets(schema, ty);
    told.extend(half_read_keys(schema, ty));
    told.extend(idle_resolvers(ty));
    told
}

fn roles(schema: &Schema) -> impl Iterator<Item = Role> {
    schema.own_roles().chain([Role::Member, Role::Viewer])
}

fn names(roles: impl Iterator<Item = Role>) -> Option<String> {
    let names: Vec<String> = roles.map(|role| role.to_string()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// A reference to what one may not read names nothing on one's device; and what that owns is not shown there.
fn unread_targets(schema: &Schema, ty: &RecordType) -> Vec<String> {
    let told = |(place, field): (usize, &crate::schema::Field)| {
        let Kind::Ref { to, owner, .. } = &field.kind else { return None };
        let target = schema.find(to)?;
        let blind = names(roles(schema).filter(|role| reads_field(ty, place, role) && !reads(target, role)))?;
        let (name, field) = (&ty.name, &field.name);
        Some(match owner {
            true => format!(
                "{name}: {blind} may read it and not the {to} that owns it by {name}.{field}, and so is shown none; give \
                 both types the same readers"
            ),
            false => format!(
                "{name}: {blind} may read {name}.{field} and not the {to} that it names, which is missing there; give both \
                 types the same readers, or the field fewer"
            ),
        })
    };
    ty.fields.iter().enumerate().filter_map(told).collect()
}

/// A device cannot look whether a key is used that it does not see whole.
fn half_read_keys(schema: &Schema, ty: &RecordType) -> Vec<String> {
    let mut told = Vec::new();
    for unique in &ty.unique {
        let places = unique.fields.iter().filter_map(|name| ty.position(name));
        let hidden = |role: &Role| places.clone().find(|place| !reads_field(ty, *place, role));
        let blind = names(roles(schema).filter(|role| writes(ty, role) && hidden(role).is_some()));
        if let Some(blind) = blind {
            let (name, key) = (&ty.name, unique.fields.join(", "));
            told.push(format!(
                "{name}: {blind} may make one and not read its key ({key}), and hears only from the server that another has \
                 it; let them read the key"
            ));
        }
    }
    told
}

/// Whoever settles writes all that is in conflict (rule 50).
fn idle_resolvers(ty: &RecordType) -> Option<String> {
    let named = ty.resolve.iter().filter_map(|name| name.parse::<Role>().ok());
    let idle = names(named.filter(|role| !writes(ty, role)))?;
    let name = &ty.name;
    Some(format!(
        "{name}: {idle} is to settle its conflicts and may not read and write it, and so settles none; name others, or let \
         them write it"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::lint;
    use super::*;
    use crate::schema::{Field, Unique};

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn check(types: Vec<RecordType>, expected: &[&str]) {
        let roles = list(&["manager", "cashier"]);
        assert_eq!(lint(&Schema { roles, ..Schema::new("s", 1, types, Vec::new()) }), expected);
    }

    fn reference(owner: bool) -> Field {
        Field::new("of", Kind::Ref { to: "salary".into(), owner, on_delete: Default::default() })
    }

    fn salary() -> RecordType {
        let readers = list(&["manager"]);
        RecordType { readers, ..RecordType::new("salary", vec![Field::new("sum", Kind::Integer)]) }
    }

    #[test]
    fn a_reference_to_what_some_do_not_read_is_told() {
        let note = |field| vec![salary(), RecordType::new("note", vec![field])];
        check(
            note(reference(false)),
            &[
                "note: cashier, admin, member, viewer may read note.of and not the salary that it names, which is missing there; \
               give both types the same readers, or the field fewer",
            ],
        );
        check(
            note(reference(true)),
            &[
                "note: cashier, admin, member, viewer may read it and not the salary that owns it by note.of, and so is shown none; \
               give both types the same readers",
            ],
        );
        check(note(Field { readers: list(&["manager"]), ..reference(false) }), &[]);
    }

    #[test]
    fn a_key_that_some_who_make_records_do_not_read_is_told() {
        let code = Field { readers: list(&["manager"]), ..Field::new("code", Kind::Integer) };
        let unique = vec![Unique { fields: list(&["code"]), always: false }];
        let ty = RecordType { unique, ..RecordType::new("item", vec![code]) };
        let writers = list(&["manager"]);
        check(vec![RecordType { writers, ..ty.clone() }], &[]);
        check(
            vec![ty],
            &[
                "item: cashier, admin, member may make one and not read its key (code), and hears only from the server that another \
               has it; let them read the key",
            ],
        );
    }

    #[test]
    fn who_settles_and_may_not_write_is_told() {
        let ty = |resolve: &[&str]| RecordType { resolve: list(resolve), ..salary() };
        check(vec![ty(&["manager", "owner"])], &[]);
        check(
            vec![ty(&["manager", "cashier"])],
            &[
                "salary: cashier is to settle its conflicts and may not read and write it, and so settles none; name others, \
               or let them write it",
            ],
        );
    }
}
