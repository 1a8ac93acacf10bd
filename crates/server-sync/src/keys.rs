//! The keys by which records of a type are looked up: first those that the type declares `unique`, then the
//! references to owners whose deletion asks for the children, then the fields that number records, then the reference by
//! which records move with others, then what else keeps its target from being forgotten. A store keeps, for each record, the texts that [`of`] gives for its row, deleted
//! records included.

use fieldbook_merge::Row;
use fieldbook_model::schema::{Kind, OnDelete, RecordType};
use fieldbook_model::{Schema, Value, json};

/// The keys of a type, each as the places of its fields.
pub fn fields(ty: &RecordType) -> Vec<Vec<usize>> {
    let unique =
        ty.unique.iter().map(|unique| unique.fields.iter().filter_map(|name| ty.position(name)).collect());
    let others = owners(ty).chain(series(ty)).chain(inside(ty)).chain(keeps(ty));
    unique.chain(others.map(|field| vec![field])).collect()
}

/// The fields that number records.
fn series(ty: &RecordType) -> impl Iterator<Item = usize> {
    ty.fields.iter().enumerate().filter(|(_, field)| field.series).map(|(place, _)| place)
}

/// The key of a field that numbers records.
pub fn of_series(ty: &RecordType, field: usize) -> Option<usize> {
    let before = ty.unique.len() + owners(ty).count();
    series(ty).position(|numbered| numbered == field).map(|place| before + place)
}

/// The reference by which a type's records move with others.
fn inside(ty: &RecordType) -> Option<usize> {
    ty.inside_of().filter(|_| ty.carried).map(|(field, _)| field)
}

/// The key of the reference by which a type's records move with others.
pub fn of_inside(ty: &RecordType) -> Option<usize> {
    inside(ty).map(|_| ty.unique.len() + owners(ty).count() + series(ty).count())
}

/// The references whose target is kept as long as the record is, where they are no key for another reason.
fn keeps(ty: &RecordType) -> impl Iterator<Item = usize> {
    ty.keeps.iter().copied().filter(|field| of_owner(ty, *field).is_none() && inside(ty) != Some(*field))
}

/// The key of a reference whose target is kept as long as the record is.
pub fn of_kept(ty: &RecordType, field: usize) -> Option<usize> {
    let known = of_owner(ty, field).or_else(|| of_inside(ty).filter(|_| inside(ty) == Some(field)));
    let before = ty.unique.len() + owners(ty).count() + series(ty).count() + inside(ty).iter().count();
    known.or_else(|| keeps(ty).position(|kept| kept == field).map(|place| before + place))
}

/// The keys by which records keep one of a type: of each the type and the number.
pub fn keepers(schema: &Schema, of: usize) -> Vec<(usize, usize)> {
    let name = &schema.types[of].name;
    let mut found = Vec::new();
    for (child, ty) in schema.types.iter().enumerate() {
        let to = |field: &usize| matches!(&ty.fields[*field].kind, Kind::Ref { to, .. } if to == name);
        found.extend(
            ty.keeps.iter().filter(|field| to(field)).filter_map(|field| Some((child, of_kept(ty, *field)?))),
        );
    }
    found
}

/// The references to owners whose deletion looks at the children.
fn owners(ty: &RecordType) -> impl Iterator<Item = usize> {
    ty.fields.iter().enumerate().filter_map(|(place, field)| match &field.kind {
        Kind::Ref { owner: true, on_delete: OnDelete::Refuse | OnDelete::OrphanTo(_), .. } => Some(place),
        _ => None,
    })
}

/// The key of a reference to an owner.
pub fn of_owner(ty: &RecordType, field: usize) -> Option<usize> {
    owners(ty).position(|owner| owner == field).map(|place| ty.unique.len() + place)
}

/// The keys that a row has: the number of each, and its value as text. A key with an empty field is none.
pub fn of(ty: &RecordType, row: &Row) -> Vec<(usize, String)> {
    if ty.unique.is_empty() && fields(ty).is_empty() {
        return Vec::new();
    }
    let keys = fields(ty).into_iter().enumerate();
    keys.filter_map(|(number, fields)| Some((number, text(row, &fields)?))).collect()
}

/// The value of a key as text; `None` where a field of it is empty.
pub fn text(row: &Row, fields: &[usize]) -> Option<String> {
    let values: Vec<&Value> = fields.iter().map(|field| &row[*field]).collect();
    let whole = values.iter().all(|value| **value != Value::Null);
    whole.then(|| json::write(&values))
}

/// The owning references to a type whose deletion looks at the children: the child's type, the field, and how.
pub fn children(schema: &Schema, of: usize) -> Vec<(usize, usize, &OnDelete)> {
    let name = &schema.types[of].name;
    let mut found = Vec::new();
    for (child, ty) in schema.types.iter().enumerate() {
        for field in owners(ty) {
            if let Kind::Ref { to, on_delete, .. } = &ty.fields[field].kind
                && to == name
            {
                found.push((child, field, on_delete));
            }
        }
    }
    found
}
