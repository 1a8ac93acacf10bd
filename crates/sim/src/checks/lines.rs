//! Lines of an export, read as what they mean.

use std::collections::{BTreeMap, BTreeSet};

use fieldbook_model::schema::Kind;
use fieldbook_model::schema::system::{self, CONFLICT, GAP};
use fieldbook_model::{Fields, Json, OpId, RecordId, Schema, Version, json};
use fieldbook_reference::{ConflictSeen, UnitSeen};
use serde::Deserialize;

/// A record in an export.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its type.
    #[serde(rename = "type")]
    pub of: String,
    /// Its id.
    pub id: RecordId,
    /// The version of its last change.
    pub version: Version,
    /// Its values.
    pub fields: Fields,
}

/// Records by type and id.
pub type Lines = BTreeMap<(String, RecordId), Line>;

/// A type, its series field, a number.
pub type Number = (String, String, String);

impl Line {
    /// Reads the lines of an export.
    pub fn all(export: &[String]) -> Lines {
        let lines = export.iter().map(|line| json::parse::<Self>(line).expect("BUG: a line of an export"));
        lines.map(|line| ((line.of.clone(), line.id), line)).collect()
    }

    /// The text in a field; nothing where there is none.
    pub fn text(&self, field: &str) -> &str {
        match self.fields.find(field) {
            Some(Json::Text(text)) => text,
            _ => "",
        }
    }

    /// The whole number in a field.
    pub fn number(&self, field: &str) -> u64 {
        match self.fields.find(field) {
            Some(Json::Int(number)) => u64::try_from(*number).unwrap_or_default(),
            _ => 0,
        }
    }

    /// The owners of the record.
    pub fn owners(&self, schema: &Schema) -> Vec<(String, RecordId)> {
        let fields = schema.find(&self.of).into_iter().flat_map(|ty| &ty.fields);
        let owner = |field: &fieldbook_model::schema::Field| match &field.kind {
            Kind::Ref { to, owner: true, .. } => {
                Some((to.clone(), RecordId::parse(self.text(&field.name)).ok()?))
            }
            _ => None,
        };
        fields.filter_map(owner).collect()
    }

    /// The records that it refers to.
    pub fn refers(&self, schema: &Schema) -> Vec<RecordId> {
        let fields = schema.find(&self.of).into_iter().flat_map(|ty| &ty.fields);
        let refs = fields.filter(|field| matches!(field.kind, Kind::Ref { .. }));
        refs.filter_map(|field| RecordId::parse(self.text(&field.name)).ok()).collect()
    }

    fn conflict(&self) -> ConflictSeen {
        let Some(Json::List(units)) = self.fields.find("units") else {
            panic!("BUG: a conflict without units")
        };
        ConflictSeen {
            state: self.text("state").to_owned(),
            pair: Version(self.number("pair")),
            held: self.number("held"),
            units: by_name(units.iter().map(unit).collect()),
        }
    }
}

/// Whether a line of an export is about a record of the app's own types.
pub fn is_the_apps(line: &str) -> bool {
    let of = line.strip_prefix(r#"{"type":""#).and_then(|rest| rest.split_once('"'));
    of.is_none_or(|(of, _)| !system::NAMES.contains(&of))
}

/// The conflicts of an export.
pub fn conflicts(lines: &Lines) -> BTreeMap<OpId, ConflictSeen> {
    let conflicts = lines.values().filter(|line| line.of == CONFLICT);
    conflicts.map(|line| (line.id.as_op(), line.conflict())).collect()
}

/// The gap list of an export.
pub fn gaps(lines: &Lines) -> BTreeSet<Number> {
    let gaps = lines.values().filter(|line| line.of == GAP);
    gaps.map(|line| (line.text("type").into(), line.text("field").into(), line.text("number").into()))
        .collect()
}

/// Units in an order that does not depend on how types and fields are ordered.
pub fn by_name(mut units: Vec<UnitSeen>) -> Vec<UnitSeen> {
    units.sort_by_key(|unit| (unit.of.clone(), unit.id, unit.unit.clone()));
    units
}

const KINDS: [&str; 5] = ["edit", "edit-of-deleted", "delete-of-edited", "count", "unique"];

fn unit(json: &Json) -> UnitSeen {
    let Json::Object(entries) = json else { panic!("BUG: a unit that is no object") };
    let find = |name: &str| entries.iter().find(|(own, _)| own == name).map(|(_, value)| value);
    let text = |name: &str| match find(name) {
        Some(Json::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let values = |name: &str| match find(name) {
        Some(Json::Object(entries)) => Some(entries.iter().cloned().collect()),
        _ => None,
    };
    let kind = text("kind").expect("BUG: a unit without a kind");
    UnitSeen {
        of: text("type").expect("BUG: a unit of no type"),
        id: RecordId::parse(&text("id").expect("BUG: a unit of no record")).expect("BUG: an id"),
        unit: text("unit"),
        kind: KINDS.into_iter().find(|known| *known == kind).expect("BUG: a kind that is none"),
        with: text("with").map(|id| RecordId::parse(&id).expect("BUG: an id")),
        theirs: values("theirs"),
        mine: values("mine"),
    }
}
