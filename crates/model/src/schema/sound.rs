//! Whether a schema that came as JSON holds together: names stand once, what is named is there, defaults are values of their
//! fields. What a schema file says wrong is told by its reader, with places; this is for what a server sends, which was such a
//! file once, so it only says that there is something wrong.

use std::collections::BTreeSet;

use super::{Field, Kind, OnDelete, RecordType, Schema};
use crate::value::Value;

/// Places behind the point.
const SCALE_MAX: u8 = 9;
/// The bytes of a name.
const NAME_MAX: usize = 63;
/// What names of the engine and of SQLite begin with.
const OWN: [&str; 2] = ["fb_", "sqlite_"];

/// Whether it can be what some schema file says.
pub(super) fn is_sound(schema: &Schema) -> bool {
    let own = schema.types.iter().filter(|ty| !ty.system);
    is_once(schema.types.iter().map(|ty| ty.name.as_str()))
        && is_once(schema.actions.iter().map(|action| action.name.as_str()))
        && own.clone().all(|ty| is_sound_type(schema, ty))
}

fn is_sound_type(schema: &Schema, ty: &RecordType) -> bool {
    let has = |name: &String| ty.position(name).is_some();
    let named = [&ty.label, &ty.inside, &ty.prune];
    let grouped: Vec<&String> = ty.groups.iter().flat_map(|group| &group.fields).collect();
    let units = ty.fields.iter().map(|field| &field.name).chain(ty.groups.iter().map(|group| &group.name));
    is_name(&ty.name)
        && is_once(units.map(String::as_str))
        && ty.fields.iter().all(|field| is_name(&field.name) && is_sound_field(schema, field))
        && named.into_iter().flatten().all(has)
        && is_once(grouped.iter().map(|name| name.as_str()))
        && grouped.into_iter().all(has)
        && ty.groups.iter().all(|group| !group.fields.is_empty())
        && ty.unique.iter().all(|key| !key.fields.is_empty() && key.fields.iter().all(has))
        && ty.counter.iter().all(|counter| has(&counter.of) && counter.negate.iter().all(has))
        && (ty.inside.is_none() || ty.inside_of().is_some())
}

fn is_sound_field(schema: &Schema, field: &Field) -> bool {
    let is_kind = match &field.kind {
        Kind::Decimal { scale } | Kind::Money { scale, .. } => *scale <= SCALE_MAX,
        Kind::Enum { values } => !values.is_empty() && is_once(values.iter().map(String::as_str)),
        Kind::Ref { to, on_delete, .. } => schema.find(to).is_some_and(|owner| match on_delete {
            OnDelete::OrphanTo(Some(heir)) => owner.position(heir).is_some(),
            _ => true,
        }),
        _ => true,
    };
    is_kind && field.default.as_ref().is_none_or(|default| Value::read(field, default).is_ok())
}

fn is_name(name: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    starts
        && name.len() <= NAME_MAX
        && name != "id"
        && !OWN.iter().any(|own| name.starts_with(own))
        && name.bytes().all(sign)
}

fn is_once<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut known = BTreeSet::new();
    names.into_iter().all(|name| known.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::schema::Group;

    fn ty(fields: Vec<Field>) -> RecordType {
        RecordType::new("product", fields)
    }

    fn text(name: &str) -> Field {
        Field::new(name, Kind::Text { max: 9 })
    }

    #[test]
    fn a_schema_that_does_not_hold_together_is_none() {
        let to = |to: &str| Kind::Ref { to: to.to_owned(), owner: false, on_delete: OnDelete::default() };
        let group = |fields: &[&str]| Group {
            name: "place".to_owned(),
            fields: fields.iter().map(|name| (*name).to_owned()).collect(),
            merge: Default::default(),
            order: Vec::new(),
        };
        let cases = [
            ("a field", vec![ty(vec![text("a")])], true),
            ("a field twice", vec![ty(vec![text("a"), text("a")])], false),
            ("a type twice", vec![ty(vec![]), ty(vec![])], false),
            ("a type of the engine's own name", vec![RecordType::new("conflict", vec![])], false),
            ("a name that is none", vec![ty(vec![text("a b")])], false),
            ("the id as a field", vec![ty(vec![text("id")])], false),
            ("a table of the engine", vec![RecordType::new("fb_op", vec![])], false),
            ("a reference to a type", vec![ty(vec![Field::new("a", to("product"))])], true),
            ("a reference to nothing", vec![ty(vec![Field::new("a", to("shelf"))])], false),
            ("places", vec![ty(vec![Field::new("a", Kind::Decimal { scale: 9 })])], true),
            ("more places than digits", vec![ty(vec![Field::new("a", Kind::Decimal { scale: 40 })])], false),
            ("a default", vec![ty(vec![Field { default: Some("box".into()), ..text("a") }])], true),
            (
                "a default of another kind",
                vec![ty(vec![Field { default: Some(1.into()), ..text("a") }])],
                false,
            ),
            ("no word to choose", vec![ty(vec![Field::new("a", Kind::Enum { values: vec![] })])], false),
            ("a group", vec![RecordType { groups: vec![group(&["a"])], ..ty(vec![text("a")]) }], true),
            (
                "a group of nothing",
                vec![RecordType { groups: vec![group(&[])], ..ty(vec![text("a")]) }],
                false,
            ),
            (
                "a group of another's",
                vec![RecordType { groups: vec![group(&["b"])], ..ty(vec![text("a")]) }],
                false,
            ),
            ("a label", vec![RecordType { label: Some("b".to_owned()), ..ty(vec![text("a")]) }], false),
            ("an age", vec![RecordType { prune: Some("b".to_owned()), ..ty(vec![text("a")]) }], false),
            ("in a text", vec![RecordType { inside: Some("a".to_owned()), ..ty(vec![text("a")]) }], false),
        ];
        for (what, types, expected) in cases {
            let text = json::write(&Schema::new("s", 1, types, Vec::new()));
            assert_eq!(json::parse::<Schema>(&text).is_ok(), expected, "{what}: {text}");
        }
    }
}
