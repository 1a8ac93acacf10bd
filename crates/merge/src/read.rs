//! Checks a change against the schema. What comes out can be applied without looking at names again.

use std::collections::BTreeSet;

use fieldbook_model::decimal::Scaled;
use fieldbook_model::limits::JSON_DEPTH_MAX;
use fieldbook_model::op::Fields;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{Field, Kind, Merge, RecordType};
use fieldbook_model::value::Misfit;
use fieldbook_model::words::a;
use fieldbook_model::{Change, Code, Json, RecordId, Refusal, Schema, Value, Version};

use crate::stamp::Stamps;

/// The values of a record, one for each field of its type, in the type's order.
pub type Row = Vec<Value>;

/// A change that fits the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The place of the record's type in the schema.
    pub of: usize,
    /// The record.
    pub id: RecordId,
    /// The confirmed version that the user acted on; 0 for an insert.
    pub base: Version,
    /// What is done.
    pub verb: Verb,
}

/// What a change does to its record.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// Makes it, with all its values.
    Insert(Row),
    /// Edits fields, each named by its place; a field may stand more than once.
    Update(Vec<(usize, Edit)>),
    /// Edits fields as a person decided, if it is there. Made from a decision on a device only.
    Amend(Vec<(usize, Edit)>),
    /// Deletes it.
    Delete,
    /// Brings it back.
    Restore,
    /// Puts back what an op of this device wrote, where that still stands. Made from an undo only.
    Revert(Vec<Deed>),
    /// Takes back that an op of this device made it or brought it back.
    Unmake,
    /// Takes back that an op of this device deleted it; with the stamps of its life before that.
    Revive(Option<Stamps>),
}

/// What a write did to a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// The place of the field.
    pub field: usize,
    /// What it held.
    pub before: Value,
    /// What the write made of it.
    pub after: Value,
    /// Who had changed it last; a device does not know.
    pub stamps: Option<Stamps>,
}

/// What is done to one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// := a value.
    Set(Value),
    /// += a number in the field's own scale.
    Add(i64),
    /// A delta := what was counted, in the field's own scale.
    Count(i64),
    /// Gains elements, up to as many as the field takes.
    Include(BTreeSet<String>, u32),
    /// Loses elements.
    Exclude(BTreeSet<String>),
    /// := a value, if that is higher.
    Raise(Value),
    /// := a value, if that is lower.
    Lower(Value),
    /// := a value, though it is only ever raised or only ever lowered.
    Reset(Value),
    /// Loses some elements and gains others, up to as many as the field takes. Made from an undo only.
    Swap {
        /// These go.
        exclude: BTreeSet<String>,
        /// These come.
        include: BTreeSet<String>,
        /// As many as the field takes.
        max: u32,
    },
}

impl Edit {
    /// Whether it writes a value in the place of another, which is neither to add nor to join.
    pub fn writes(&self) -> bool {
        matches!(self, Self::Set(_) | Self::Raise(_) | Self::Lower(_) | Self::Reset(_))
    }
}

impl Verb {
    /// Whether the change means the same whatever the record held before: additions and set elements.
    pub fn commutes(&self) -> bool {
        match self {
            Self::Update(edits) => {
                edits.iter().all(|(_, edit)| !edit.writes() && !matches!(edit, Edit::Count(_)))
            }
            _ => false,
        }
    }

    /// The records that it refers to: `(field, id)` for each reference that it writes.
    pub fn references(&self) -> impl Iterator<Item = (usize, RecordId)> {
        let (row, edits) = match self {
            Self::Insert(row) => (row.as_slice(), &[][..]),
            Self::Update(edits) => (&[][..], edits.as_slice()),
            _ => (&[][..], &[][..]),
        };
        let written = row.iter().enumerate();
        let set = edits.iter().filter_map(|(field, edit)| match edit {
            Edit::Set(value) => Some((*field, value)),
            _ => None,
        });
        written.chain(set).filter_map(|(field, value)| match value {
            Value::Ref(id) => Some((field, *id)),
            _ => None,
        })
    }
}

/// Reads a change by the schema, or says what does not fit.
pub fn read(schema: &Schema, change: &Change) -> Result<Checked, Refusal> {
    let of = schema.types.iter().position(|ty| ty.name == change.of()).ok_or_else(|| {
        Refusal::at(Code::UnknownType, change.of(), format!("There is no record type {}.", change.of()))
    })?;
    let ty = &schema.types[of];
    if ty.system {
        let words = format!("{} is written by the server and by no action.", a(&ty.name));
        return Err(Refusal::at(Code::UnknownType, &ty.name, words));
    }
    if matches!(change, Change::Delete { .. }) && ty.fields.iter().any(|field| field.series) {
        let words = format!("{} has a number of a series and is never deleted.", a(&ty.spoken()));
        return Err(Refusal::at(Code::WrongVerb, &ty.name, words));
    }
    if ty.insert_only && !matches!(change, Change::Insert { .. }) {
        return Err(Refusal::at(
            Code::WrongVerb,
            &ty.name,
            format!("{} is written once and never changed.", a(&ty.name)),
        ));
    }
    let verb = match change {
        Change::Insert { fields, .. } => Verb::Insert(row(ty, fields)?),
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            let numbers: [Numbers<'_>; 2] = [(add, Edit::Add), (count, Edit::Count)];
            update(ty, set, numbers, [include, exclude], reset)?
        }
        Change::Delete { .. } => Verb::Delete,
        Change::Restore { .. } => Verb::Restore,
    };
    Ok(Checked { of, id: change.id(), base: change.base().unwrap_or_default(), verb })
}

/// A value that an op gives, which may stand within a conflict later.
fn fitting(field: &Field, json: &Json) -> Result<Value, Misfit> {
    match (&field.kind, json.depth()) {
        (Kind::Json, depth) if depth > JSON_DEPTH_MAX => {
            Err(Misfit(format!("JSON nested {depth} deep where at most {JSON_DEPTH_MAX} fit")))
        }
        _ => Value::read(field, json),
    }
}

/// The full row of an insert: what is named, else the default.
fn row(ty: &RecordType, fields: &Fields) -> Result<Row, Refusal> {
    for (name, _) in &fields.0 {
        field(ty, name)?;
    }
    ty.fields
        .iter()
        .map(|field| {
            let json = fields.find(&field.name).or(field.default.as_ref());
            let value = json.map_or(Ok(Value::Null), |json| fitting(field, json));
            let value = value.map_err(|misfit| wrong(ty, field, &misfit.0))?;
            filled(ty, field, if value == Value::Null { empty(field) } else { value })
        })
        .collect()
}

/// What an insert gives a field that it does not name.
pub fn unsaid(field: &Field) -> Value {
    let default = field.default.as_ref().and_then(|json| Value::read(field, json).ok());
    default.filter(|value| *value != Value::Null).unwrap_or_else(|| empty(field))
}

/// What a field without a default holds when nobody said: nothing, but zero where additions are counted.
pub fn empty(field: &Field) -> Value {
    match (field.merge, field.kind.scale(), &field.kind) {
        (Merge::Delta, _, Kind::Integer) => Value::Int(0),
        (Merge::Delta, Some(scale), _) => Value::Decimal(Scaled(0, scale)),
        _ => Value::Null,
    }
}

/// Fields with numbers, and what is done with each.
type Numbers<'f> = (&'f Fields, fn(i64) -> Edit);

fn update(
    ty: &RecordType,
    set: &Fields,
    numbers: [Numbers<'_>; 2],
    [include, exclude]: [&Fields; 2],
    reset: &Fields,
) -> Result<Verb, Refusal> {
    not_fixed(ty, [set, numbers[0].0, numbers[1].0, include, exclude, reset])?;
    let mut edits = Vec::new();
    for (name, json) in &set.0 {
        let (place, field) = field(ty, name)?;
        if field.merge == Merge::Delta {
            return Err(verb(ty, field, "is only ever added to", "add"));
        }
        let value = fitting(field, json).map_err(|misfit| wrong(ty, field, &misfit.0))?;
        edits.push((place, written(ty, field, filled(ty, field, value)?)?));
    }
    for (fields, edit) in numbers {
        for (name, json) in &fields.0 {
            let (place, number) = number(ty, name, json)?;
            edits.push((place, edit(number)));
        }
    }
    for (name, json) in &include.0 {
        let (place, max, elements) = elements(ty, name, json)?;
        edits.push((place, Edit::Include(elements, max)));
    }
    for (name, json) in &exclude.0 {
        let (place, _, elements) = elements(ty, name, json)?;
        edits.push((place, Edit::Exclude(elements)));
    }
    for (name, json) in &reset.0 {
        let (place, field) = field(ty, name)?;
        if !field.merge.is_bound() {
            return Err(verb(ty, field, "is neither only ever raised nor only ever lowered", "set"));
        }
        let value = fitting(field, json).map_err(|misfit| wrong(ty, field, &misfit.0))?;
        edits.push((place, Edit::Reset(filled(ty, field, value)?)));
    }
    if edits.is_empty() {
        return Err(Refusal::at(Code::Empty, &ty.name, "This change changes nothing."));
    }
    whole_groups(ty, set)?;
    Ok(Verb::Update(edits))
}

/// A fixed field is written when its record is made.
fn not_fixed(ty: &RecordType, changes: [&Fields; 6]) -> Result<(), Refusal> {
    let fixed = |name: &&String| ty.fields.iter().any(|field| field.fixed && field.name == **name);
    let mut names = changes.into_iter().flat_map(|fields| &fields.0).map(|(name, _)| name);
    match names.find(fixed) {
        None => Ok(()),
        Some(name) => {
            let path = format!("{}.{name}", ty.name);
            let words = format!("{path} is written when a {} is made, and never after.", ty.spoken());
            Err(Refusal::at(Code::WrongVerb, path, words))
        }
    }
}

/// What `set` comes to: of a lowest or a highest value an offer.
fn written(ty: &RecordType, field: &Field, value: Value) -> Result<Edit, Refusal> {
    match (field.merge, &value) {
        (Merge::Max, Value::Null) => Err(verb(ty, field, "is only ever raised", "reset")),
        (Merge::Min, Value::Null) => Err(verb(ty, field, "is only ever lowered", "reset")),
        (Merge::Max, _) => Ok(Edit::Raise(value)),
        (Merge::Min, _) => Ok(Edit::Lower(value)),
        _ => Ok(Edit::Set(value)),
    }
}

/// A change of one member of a group names them all, since they mean something only together (rule 43).
fn whole_groups(ty: &RecordType, set: &Fields) -> Result<(), Refusal> {
    if planted(Defect::GroupsTornApart) {
        return Ok(());
    }
    for group in &ty.groups {
        let named = group.fields.iter().filter(|name| set.find(name).is_some()).count();
        if named != 0 && named != group.fields.len() {
            let words = format!("{} go together: {}.", group.fields.join(", "), group.name);
            return Err(Refusal::at(Code::IncompleteGroup, format!("{}.{}", ty.name, group.name), words));
        }
    }
    Ok(())
}

/// The place of a delta, and a number in its own scale.
fn number(ty: &RecordType, name: &str, json: &Json) -> Result<(usize, i64), Refusal> {
    let (place, field) = field(ty, name)?;
    if field.merge != Merge::Delta {
        return Err(verb(ty, field, "is not counted by additions", "set"));
    }
    match fitting(field, json) {
        Ok(Value::Int(number)) => Ok((place, number)),
        Ok(Value::Decimal(scaled)) => Ok((place, scaled.0)),
        Ok(_) => Err(wrong(ty, field, "nothing where a number belongs")),
        Err(misfit) => Err(wrong(ty, field, &misfit.0)),
    }
}

/// Reads a value for each of some fields, in their order.
pub(crate) fn given(
    ty: &RecordType,
    given: &Fields,
    fields: &[usize],
) -> Result<Vec<(usize, Value)>, Refusal> {
    for (name, _) in &given.0 {
        let (place, it) = field(ty, name)?;
        if !fields.contains(&place) {
            return Err(wrong(ty, it, "a field that is not asked about"));
        }
    }
    let value = |place: &usize| {
        let field = &ty.fields[*place];
        let json = given.find(&field.name).ok_or_else(|| wrong(ty, field, "no value"))?;
        let value = fitting(field, json).map_err(|misfit| wrong(ty, field, &misfit.0))?;
        Ok((*place, filled(ty, field, value)?))
    };
    fields.iter().map(value).collect()
}

/// The place of a set field, how many elements it takes, and the elements that are named.
fn elements(ty: &RecordType, name: &str, json: &Json) -> Result<(usize, u32, BTreeSet<String>), Refusal> {
    let (place, field) = field(ty, name)?;
    let Kind::Set { max } = field.kind else { return Err(verb(ty, field, "is not a set", "set")) };
    match fitting(field, json) {
        Ok(Value::Set(elements)) => Ok((place, max, elements)),
        Ok(_) => Err(wrong(ty, field, "nothing where a list of texts belongs")),
        Err(misfit) => Err(wrong(ty, field, &misfit.0)),
    }
}

fn field<'a>(ty: &'a RecordType, name: &str) -> Result<(usize, &'a Field), Refusal> {
    let place = ty.position(name).ok_or_else(|| {
        let names = ty.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(", ");
        let words = format!("{} has no field {name}; it has {names}.", a(&ty.name));
        Refusal::at(Code::UnknownField, format!("{}.{name}", ty.name), words)
    })?;
    Ok((place, &ty.fields[place]))
}

fn filled(ty: &RecordType, field: &Field, value: Value) -> Result<Value, Refusal> {
    if field.required && value == Value::Null {
        let path = format!("{}.{}", ty.name, field.name);
        let words = format!("{}.{} may not be empty.", ty.name, field.name);
        return Err(Refusal::at(Code::MissingField, path, words));
    }
    Ok(value)
}

fn wrong(ty: &RecordType, field: &Field, misfit: &str) -> Refusal {
    let path = format!("{}.{}", ty.name, field.name);
    let words = format!("{path}: {misfit}.");
    Refusal::at(Code::WrongValue, path, words)
}

fn verb(ty: &RecordType, field: &Field, is: &str, instead: &str) -> Refusal {
    let path = format!("{}.{}", ty.name, field.name);
    let words = format!("{path} {is}: use {instead}.");
    Refusal::at(Code::WrongVerb, path, words)
}
