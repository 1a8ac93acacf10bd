//! What a person has to decide about, and what was decided: units of records.

use std::collections::BTreeMap;

use fieldbook_model::op::Take;
use fieldbook_model::schema::RecordType;
use fieldbook_model::{Json, RecordId, Value};

use crate::said::Author;

/// A unit at which a change meets one that its author had not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash<'s> {
    /// The record's type.
    pub of: &'s str,
    /// The record.
    pub id: RecordId,
    /// The field or group; `None` for the record's life.
    pub unit: Option<&'s str>,
    /// What meets what.
    pub kind: Kind,
    /// The values in force, where they are those of the moment.
    pub theirs: Option<Values>,
    /// The values of the held op, likewise.
    pub mine: Option<Values>,
    /// The record that has the same key.
    pub other: Option<RecordId>,
}

/// Values of fields.
pub type Values = BTreeMap<String, Json>;

/// What meets what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Two values of a unit.
    Edit,
    /// A count, and additions that were not in it.
    Count,
    /// An edit, and the deletion of its record.
    EditOfDeleted,
    /// A deletion, and an edit of its record.
    DeleteOfEdited,
    /// Two records of one key.
    Unique,
}

impl Kind {
    /// Its name in a conflict.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Count => "count",
            Self::EditOfDeleted => "edit-of-deleted",
            Self::DeleteOfEdited => "delete-of-edited",
            Self::Unique => "unique",
        }
    }
}

/// What a person decided about a unit.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The record's type.
    pub of: String,
    /// The record.
    pub id: RecordId,
    /// The field or group; `None` for the record's life.
    pub unit: Option<String>,
    /// What met what.
    pub kind: &'static str,
    /// Which value it gets.
    pub take: Take,
    /// Where it was decided, and by whom.
    pub by: Author,
    /// What a count was compared with.
    pub counted: Option<Json>,
}

impl Decided {
    /// Whether it is the held op's value that it gets.
    pub fn is_mine(&self) -> bool {
        self.take == Take::Mine
    }
}

/// The fields of a unit.
pub fn fields_of<'t>(ty: &'t RecordType, unit: &str) -> Vec<&'t str> {
    let group = ty.groups.iter().find(|group| group.name == unit);
    match group {
        Some(group) => group.fields.iter().map(String::as_str).collect(),
        None => ty.fields.iter().map(|field| field.name.as_str()).filter(|name| *name == unit).collect(),
    }
}

/// Some fields of a row.
pub fn values(ty: &RecordType, row: &[Value], of: impl Fn(&str) -> bool) -> Values {
    let named = ty.fields.iter().zip(row).filter(|(field, _)| of(&field.name));
    named.map(|(field, value)| (field.name.clone(), value.to_json())).collect()
}
