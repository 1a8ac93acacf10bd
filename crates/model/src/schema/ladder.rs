//! All versions of a schema that a workspace ever had, one above the other, and the way between them: what an older
//! device wrote as the newest version has it, and what there is now as an older device can read it (rule 48).
//!
//! Up: ops, rows, what histories keep. Down: rows only. Stored bytes never change; what comes out lives in memory, but
//! for the rows of a store that is brought to the next version.

use std::sync::Arc;

use super::convert::Conversion;
use super::steps::StepChange;
use super::{Field, Schema};
use crate::json::Json;
use crate::op::{About, Change, Choice, Fields, Op, Payload, Resolution, Take};
use crate::planted::{Defect, planted};

/// A named value, or several that go together (before and after).
pub type Named = (String, Vec<Json>);

/// The versions of a schema, the newest last, without gaps.
#[derive(Debug, Clone)]
pub struct Ladder {
    schemas: Vec<Arc<Schema>>,
    /// The steps that lead to each version but the first.
    rungs: Vec<Vec<Move>>,
}

/// A step with what it needs to know.
#[derive(Debug, Clone)]
struct Move {
    change: StepChange,
    conversion: Option<Conversion>,
    /// Of a dropped field: whether it is kept out of sight.
    kept: bool,
}

impl From<Schema> for Ladder {
    fn from(only: Schema) -> Self {
        Self::new(vec![Arc::new(only)])
    }
}

impl Ladder {
    /// The ladder of some versions, oldest first.
    ///
    /// # Panics
    /// Without a version, or with a gap: whoever keeps versions keeps all from one on.
    pub fn new(schemas: Vec<Arc<Schema>>) -> Self {
        assert!(!schemas.is_empty(), "BUG: a ladder without a version");
        let rung = |pair: &[Arc<Schema>]| {
            assert_eq!(pair[0].version + 1, pair[1].version, "BUG: a version of the schema is missing");
            moves(&pair[0], &pair[1])
        };
        let rungs = schemas.windows(2).map(rung).collect();
        Self { schemas, rungs }
    }

    /// The newest version.
    pub fn top(&self) -> &Arc<Schema> {
        self.schemas.last().expect("BUG: a ladder without a version")
    }

    /// A version that the ladder has.
    pub fn schema(&self, version: u32) -> Option<&Arc<Schema>> {
        self.schemas.iter().find(|schema| schema.version == version)
    }

    /// All versions, oldest first.
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// The moves from a version to the newest, oldest first. An unknown older version counts as the oldest.
    fn above(&self, version: u32) -> &[Vec<Move>] {
        let oldest = self.schemas[0].version;
        let place = (version.saturating_sub(oldest) as usize).min(self.rungs.len());
        &self.rungs[place..]
    }

    /// Whether something of a version has other names or values now.
    pub fn moves(&self, version: u32) -> bool {
        self.above(version).iter().any(|rung| !rung.is_empty())
    }

    /// What a type of an older version is called now.
    pub fn type_up(&self, version: u32, of: &str) -> String {
        let moves = self.above(version).iter().flatten();
        moves.fold(of.to_owned(), |of, step| step.change.renamed(&of).to_owned())
    }

    /// What a type of the newest version was called in an older one.
    pub fn type_down(&self, version: u32, of: &str) -> String {
        let moves = self.above(version).iter().flatten().rev();
        moves.fold(of.to_owned(), |of, step| step.change.named_before(&of).to_owned())
    }

    /// A field of an older version with values of it, as the newest has it: under another name, in parts, or not at all.
    pub fn field_up(&self, version: u32, of: &str, name: &str, values: &[Json]) -> Vec<Named> {
        let (mut of, mut named) = (of.to_owned(), vec![(name.to_owned(), values.to_vec())]);
        for step in self.above(version).iter().flatten() {
            named = named.into_iter().flat_map(|named| step.up(&of, named)).collect();
            of = step.change.renamed(&of).to_owned();
        }
        named
    }

    /// Fields of an older version as the newest has them.
    pub fn fields_up(&self, version: u32, of: &str, fields: &Fields) -> Fields {
        let up = |(name, value): &(String, Json)| {
            self.field_up(version, of, name, std::slice::from_ref(value))
                .into_iter()
                .filter_map(|(name, mut values)| Some((name, values.pop()?)))
        };
        Fields(fields.0.iter().flat_map(up).collect())
    }

    /// Fields of the newest version as an older one can have them. Parts of what was one are put together.
    pub fn fields_down(&self, version: u32, of: &str, fields: Fields) -> Fields {
        let (mut of, mut fields) = (of.to_owned(), fields);
        for step in self.above(version).iter().flatten().rev() {
            of = step.change.named_before(&of).to_owned();
            step.down(&of, &mut fields.0);
        }
        fields
    }

    /// A whole row of an older version as the newest has it: values in the order of its fields. `None` for a type that
    /// neither has.
    pub fn row_up(&self, version: u32, of: &str, values: Vec<Json>) -> Option<Vec<Json>> {
        let fields = named(self.schema(version)?, of, values)?;
        let fields = self.fields_up(version, of, &fields);
        ordered(self.top(), &self.type_up(version, of), fields)
    }

    /// A whole row of the newest version as an older one can have it. `None` for a type that the older does not have.
    pub fn row_down(&self, version: u32, of: &str, values: Vec<Json>) -> Option<Vec<Json>> {
        let fields = named(self.top(), of, values)?;
        let fields = self.fields_down(version, of, fields);
        ordered(self.schema(version)?, &self.type_down(version, of), fields)
    }

    /// For each field of a type of the newest version the field of an older version that it comes from.
    pub fn sources(&self, version: u32, of: &str) -> Vec<(String, String)> {
        let old = self.schema(version).and_then(|schema| schema.find(&self.type_down(version, of)));
        let fields = old.iter().flat_map(|ty| &ty.fields);
        let up = |field: &Field| {
            let up = self.field_up(version, &old?.name, &field.name, &[Json::Null]);
            Some(up.into_iter().map(|(name, _)| (name, field.name.clone())).collect::<Vec<_>>())
        };
        fields.filter_map(up).flatten().collect()
    }

    /// Whether a field of the newest version is a part of what was one text in an older one.
    pub fn is_part(&self, version: u32, of: &str, field: &str) -> bool {
        let of = self.type_down(version, of);
        let fields = self.schema(version).and_then(|schema| schema.find(&of)).map(|ty| &ty.fields);
        fields.into_iter().flatten().any(|old| {
            let parts = self.field_up(version, &of, &old.name, &[Json::Null]);
            parts.len() > 1 && parts.iter().any(|(name, _)| name == field)
        })
    }

    /// An op as the newest version has it. Its text, and so its hash, stays what it is.
    pub fn op_up(&self, op: Op) -> Op {
        if !self.moves(op.schema) || planted(Defect::OpsStayUntranslated) {
            return op;
        }
        let version = op.schema;
        let changes = op.payload.changes.iter().map(|change| self.change_up(version, change)).collect();
        let about = match op.payload.about {
            Some(About::Resolves(resolution)) => {
                Some(About::Resolves(self.resolution_up(version, resolution)))
            }
            about => about,
        };
        Op { payload: Payload { changes, about }, ..op }
    }

    fn change_up(&self, version: u32, change: &Change) -> Change {
        let of = self.type_up(version, change.of());
        let fields = |fields: &Fields| self.fields_up(version, change.of(), fields);
        match change {
            Change::Insert { id, fields: first, .. } => Change::Insert { of, id: *id, fields: fields(first) },
            Change::Update { id, base, set, add, count, include, exclude, reset, .. } => Change::Update {
                of,
                id: *id,
                base: *base,
                set: fields(set),
                add: fields(add),
                count: fields(count),
                include: fields(include),
                exclude: fields(exclude),
                reset: fields(reset),
            },
            Change::Delete { id, base, .. } => Change::Delete { of, id: *id, base: *base },
            Change::Restore { id, base, .. } => Change::Restore { of, id: *id, base: *base },
        }
    }

    fn resolution_up(&self, version: u32, resolution: Resolution) -> Resolution {
        let choices = resolution.choices.into_iter().flat_map(|choice| self.choice_up(version, choice));
        Resolution { choices: choices.collect(), ..resolution }
    }

    fn choice_up(&self, version: u32, choice: Choice) -> Vec<Choice> {
        let Choice { of: old, id, unit, take } = choice;
        let of = self.type_up(version, &old);
        let take = match take {
            Take::Value(fields) => Take::Value(self.fields_up(version, &old, &fields)),
            take => take,
        };
        let Some(unit) = unit else { return vec![Choice { of, id, unit: None, take }] };
        let units = self.field_up(version, &old, &unit, &[]);
        let alone = units.len() < 2;
        let of_unit = |name: &str| match &take {
            Take::Value(fields) if !alone => {
                let own = fields.find(name).cloned();
                Take::Value(Fields(own.map(|value| (name.to_owned(), value)).into_iter().collect()))
            }
            take => take.clone(),
        };
        let choice = |(name, _): Named| Choice { of: of.clone(), id, take: of_unit(&name), unit: Some(name) };
        units.into_iter().map(choice).collect()
    }
}

/// The values of a row by their names.
fn named(schema: &Schema, of: &str, values: Vec<Json>) -> Option<Fields> {
    let names = schema.find(of)?.fields.iter().map(|field| field.name.clone());
    Some(Fields(names.zip(values).collect()))
}

/// Named values in the order of a type's fields; a field without one has what an insert would give it.
fn ordered(schema: &Schema, of: &str, fields: Fields) -> Option<Vec<Json>> {
    let value = |field: &Field| fields.find(&field.name).cloned().unwrap_or_else(|| field.unsaid());
    Some(schema.find(of)?.fields.iter().map(value).collect())
}

/// The steps from one version to the next, with what they need to know of both.
fn moves(old: &Schema, new: &Schema) -> Vec<Move> {
    let steps: Vec<&StepChange> =
        new.steps.iter().filter(|step| step.to == new.version).map(|step| &step.change).collect();
    let with = |(place, change): (usize, &&StepChange)| {
        let (conversion, kept) = match change {
            StepChange::ChangeKind { of, field, values } => {
                let (was, is) = ends(&steps, place, of, field);
                let kind = |schema: &Schema, (of, field): &(String, String)| {
                    let ty = schema.find(of)?;
                    Some(ty.fields[ty.position(field)?].kind.clone())
                };
                let kinds = kind(old, &was).zip(kind(new, &is));
                (kinds.and_then(|(old, new)| Conversion::between(&old, &new, values)), false)
            }
            StepChange::DropField { of, field } => {
                let (_, (of, field)) = ends(&steps, place, of, field);
                (None, new.find(&of).is_some_and(|ty| ty.position(&field).is_some()))
            }
            _ => (None, false),
        };
        Move { change: (*change).clone(), conversion, kept }
    };
    steps.iter().enumerate().map(with).collect()
}

/// What a field that a step names was called at first, and is called in the end, with its type.
pub(super) fn ends(
    steps: &[&StepChange],
    place: usize,
    of: &str,
    field: &str,
) -> ((String, String), (String, String)) {
    let (mut was, mut is) = ((of.to_owned(), field.to_owned()), (of.to_owned(), field.to_owned()));
    for step in steps[..place].iter().rev() {
        match step {
            StepChange::RenameField { of, from, to } if *of == was.0 && *to == was.1 => {
                was.1.clone_from(from)
            }
            step => was.0 = step.named_before(&was.0).to_owned(),
        }
    }
    for step in &steps[place + 1..] {
        match step {
            StepChange::RenameField { of, from, to } if *of == is.0 && *from == is.1 => is.1.clone_from(to),
            step => is.0 = step.renamed(&is.0).to_owned(),
        }
    }
    (was, is)
}

impl Move {
    fn up(&self, of: &str, (name, values): Named) -> Vec<Named> {
        match &self.change {
            StepChange::RenameField { of: own, from, to } if own == of && *from == name => {
                vec![(to.clone(), values)]
            }
            StepChange::ChangeKind { of: own, field, .. } if own == of && *field == name => {
                let up = |value: &Json| match &self.conversion {
                    Some(way) => way.up(value),
                    None => value.clone(),
                };
                vec![(name, values.iter().map(up).collect())]
            }
            StepChange::Split { of: own, field, into, by } if own == of && *field == name => {
                let parts: Vec<Vec<Json>> = values.iter().map(|value| split(value, by, into.len())).collect();
                let part = |(place, name): (usize, &String)| {
                    (name.clone(), parts.iter().map(|parts| parts[place].clone()).collect())
                };
                into.iter().enumerate().map(part).collect()
            }
            StepChange::DropField { of: own, field } if own == of && *field == name && !self.kept => {
                Vec::new()
            }
            _ => vec![(name, values)],
        }
    }

    /// `of` is the type's name before this step.
    fn down(&self, of: &str, fields: &mut Vec<(String, Json)>) {
        match &self.change {
            StepChange::RenameField { of: own, from, to } if own == of => {
                fields.iter_mut().filter(|(name, _)| name == to).for_each(|(name, _)| name.clone_from(from));
            }
            StepChange::ChangeKind { of: own, field, .. } if own == of => {
                if let Some(way) = &self.conversion {
                    let own = fields.iter_mut().filter(|(name, _)| name == field);
                    own.for_each(|(_, value)| *value = way.down(value));
                }
            }
            StepChange::Split { of: own, field, into, by } if own == of => {
                let Some(place) = fields.iter().position(|(name, _)| into.contains(name)) else { return };
                let part = |name: &String| {
                    let found = fields.iter().find(|(own, _)| own == name);
                    found.map_or(Json::Null, |(_, value)| value.clone())
                };
                let whole = joined(into.iter().map(part).collect(), by);
                fields[place] = (field.clone(), whole);
                fields.retain(|(name, _)| name == field || !into.contains(name));
            }
            _ => {}
        }
    }
}

/// A text in parts; the last takes all that is left, and what is not there is empty.
fn split(value: &Json, by: &str, parts: usize) -> Vec<Json> {
    let Json::Text(text) = value else { return vec![value.clone(); parts] };
    let mut split: Vec<Json> = text.splitn(parts, by).map(|part| Json::Text(part.to_owned())).collect();
    split.resize(parts, Json::Null);
    split
}

/// Parts as one text. Nothing where there is none.
fn joined(mut parts: Vec<Json>, by: &str) -> Json {
    while parts.last() == Some(&Json::Null) {
        parts.pop();
    }
    if parts.is_empty() {
        return Json::Null;
    }
    let text = |part: &Json| match part {
        Json::Text(text) => text.clone(),
        _ => String::new(),
    };
    Json::Text(parts.iter().map(text).collect::<Vec<_>>().join(by))
}
