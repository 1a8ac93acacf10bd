//! What merges as one: a field, a group of fields, or whether the record is there at all.

use std::collections::BTreeMap;

use fieldbook_model::schema::RecordType;
use fieldbook_model::{Fields, Refusal, Value};

use crate::read;
use crate::stamp::Stamp;

/// A unit of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Whether it is there: insert, delete, restore.
    Life,
    /// A field, by its place.
    Field(usize),
    /// A group, by its place.
    Group(usize),
}

impl Unit {
    /// The unit that a field belongs to.
    pub fn of(ty: &RecordType, field: usize) -> Self {
        ty.group_of(field).map_or(Self::Field(field), Self::Group)
    }

    /// The unit of a name; `None` stands for the record's life.
    pub fn named(ty: &RecordType, name: Option<&str>) -> Option<Self> {
        let Some(name) = name else { return Some(Self::Life) };
        let group = ty.groups.iter().position(|group| group.name == name).map(Self::Group);
        let alone = |field: &usize| ty.group_of(*field).is_none();
        group.or_else(|| ty.position(name).filter(alone).map(Self::Field))
    }

    /// Its name; `None` for the record's life.
    pub fn name(self, ty: &RecordType) -> Option<&str> {
        match self {
            Self::Life => None,
            Self::Field(field) => Some(&ty.fields[field].name),
            Self::Group(group) => Some(&ty.groups[group].name),
        }
    }

    /// Its fields, in the order of the type.
    pub fn fields(self, ty: &RecordType) -> Vec<usize> {
        match self {
            Self::Life => Vec::new(),
            Self::Field(field) => vec![field],
            Self::Group(group) => {
                let names = &ty.groups[group].fields;
                (0..ty.fields.len()).filter(|field| names.contains(&ty.fields[*field].name)).collect()
            }
        }
    }

    /// Reads the values that a person gives a unit, one for each of its fields.
    pub fn values(self, ty: &RecordType, given: &Fields) -> Result<Vec<(usize, Value)>, Refusal> {
        let fields = self.fields(ty);
        read::given(ty, given, &fields)
    }
}

/// What a person decided about the units of one record, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Rulings {
    /// The stamp of the resolution.
    pub by: Stamp,
    /// Unit by unit.
    pub units: BTreeMap<Unit, Ruling>,
}

/// What a person decided about one unit.
#[derive(Debug, Clone, PartialEq)]
pub enum Ruling {
    /// The held op's write is done.
    Mine,
    /// It is not done.
    Theirs,
    /// These values are written in its place.
    Value(Vec<(usize, Value)>),
    /// A held count: this is added, in the field's own scale.
    Shift(i64),
    /// A held count stands: it adds what was counted less this, which was in force when the op was held.
    Counted(i64),
}

impl Ruling {
    /// The value that a field was given, if it was.
    pub fn value(&self, field: usize) -> Option<&Value> {
        let Self::Value(values) = self else { return None };
        values.iter().find(|(place, _)| *place == field).map(|(_, value)| value)
    }

    /// What the decision means for a later op of the same chain: "mine" is the value at its end, and every
    /// other decision stands whatever the later op says (rule 9).
    pub fn for_dependents(&self) -> Self {
        match self {
            Self::Mine => Self::Mine,
            Self::Counted(over) => Self::Counted(*over),
            Self::Theirs | Self::Value(_) | Self::Shift(_) => Self::Theirs,
        }
    }
}
