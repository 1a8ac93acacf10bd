//! An app's record types: fields, kinds, merge rules, actions. Written in `schema.toml` (read by
//! [`toml`] with one error for each mistake), sent between machines as JSON.

#[cfg(feature = "toml")]
pub mod toml;

use serde::{Deserialize, Serialize};

use crate::json::Json;

/// An app's record types and actions at one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// The app's name.
    pub name: String,
    /// Grows with each change of the schema.
    pub version: u32,
    /// In the order of the file.
    pub types: Vec<RecordType>,
    /// In the order of the file.
    pub actions: Vec<Action>,
}

/// A type of record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordType {
    /// Also the name of its SQL table.
    pub name: String,
    /// The field that a person knows a record by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Records are made and then never changed or deleted.
    #[serde(default)]
    pub insert_only: bool,
    /// In the order of the file; also the order of columns.
    pub fields: Vec<Field>,
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Also the name of its SQL column.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// How concurrent changes of it merge.
    pub merge: Merge,
    /// Whether it may not be empty.
    #[serde(default)]
    pub required: bool,
    /// What an insert that does not name it gives it; `Null` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Json>,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// Text of at most `max` characters.
    Text {
        /// In Unicode scalar values.
        max: u32,
    },
    /// A whole number of at most 18 digits.
    Integer,
    /// An exact decimal with `scale` places; at most 18 digits in all.
    Decimal {
        /// Places behind the point, at most 9.
        scale: u8,
    },
    /// An exact amount in one currency.
    Money {
        /// Its three letters, as in ISO 4217.
        currency: String,
        /// Places behind the point, at most 9.
        scale: u8,
    },
    /// True or false.
    Boolean,
    /// A day such as `2026-05-19`.
    Date,
    /// An instant, kept in UTC with milliseconds.
    Timestamp,
    /// One of some words.
    Enum {
        /// The words.
        values: Vec<String>,
    },
    /// Any JSON; merges as a whole.
    Json,
    /// A set of texts, of at most `max` elements.
    Set {
        /// Elements.
        max: u32,
    },
    /// The id of a record.
    Ref {
        /// Of this type.
        to: String,
        /// Whether that record owns this one: it is not shown without it.
        #[serde(default)]
        owner: bool,
    },
    /// The SHA-256 of a blob.
    Blob,
}

/// How concurrent changes of a field merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Merge {
    /// The edit that reaches the server last wins; the other stays in the history.
    LastSynced,
    /// Only ever added to, after its first value: all additions count.
    Delta,
}

/// A kind of op that the app makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The op's `type`, such as `pos.bill.create`.
    pub name: String,
    /// `record-type.field` each: an op with the same idempotency key, action and values of these is the same act.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
}

/// The action of an op that an app gave no name: any changes of any records.
pub const EDIT: &str = "edit";

impl Schema {
    /// The record type of a name.
    pub fn find(&self, name: &str) -> Option<&RecordType> {
        self.types.iter().find(|ty| ty.name == name)
    }
    /// The declared action of a name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }
}

impl RecordType {
    /// The place of a field among its type's.
    pub fn position(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == field)
    }
}

impl Kind {
    /// The decimal places of an exact number, `None` for what is no number.
    pub fn scale(&self) -> Option<u8> {
        match self {
            Self::Integer => Some(0),
            Self::Decimal { scale } | Self::Money { scale, .. } => Some(*scale),
            _ => None,
        }
    }
}
