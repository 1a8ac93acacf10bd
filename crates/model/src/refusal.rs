//! Why an op was refused: a stable code, the field, and words that a person understands.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with an op. The kebab-case names are part of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The bytes are no op of this protocol, though their place in the log can be read.
    BrokenForm,
    /// Written in the name of another user, device or workspace.
    WrongIdentity,
    /// The user may not do this.
    NoPermission,
    /// No action of this name in the schema.
    UnknownAction,
    /// No record type of this name in the schema.
    UnknownType,
    /// No field of this name in the record type.
    UnknownField,
    /// The value is not of the field's kind.
    WrongValue,
    /// A required field is empty.
    MissingField,
    /// The field or type does not take this verb.
    WrongVerb,
    /// An op without changes, or a change without effect on any field.
    Empty,
    /// The record does not exist.
    UnknownRecord,
    /// A reference names a record that does not exist.
    UnknownReference,
    /// The record is deleted.
    Deleted,
    /// The record was deleted so long ago that the server does not keep it any more.
    Gone,
    /// A record of this id exists, or existed.
    IdTaken,
    /// A sum would leave the range of its field.
    OutOfRange,
    /// More bytes than the server takes in one op.
    TooLarge,
    /// More changes than the server takes in one op.
    TooManyChanges,
    /// The idempotency key was used for another act.
    KeyReused,
    /// The op_id was used before with other bytes.
    OpAltered,
    /// An earlier op of this device, which this one builds upon, was refused.
    DependsOnRejected,
    /// A change of some members of a group and not of all (rule 43).
    IncompleteGroup,
    /// The record owns others that have to go first.
    HasChildren,
    /// The op that is to be undone, discarded or replaced is none of this device's.
    UnknownOp,
    /// There is no such conflict.
    UnknownConflict,
    /// The conflict was settled before; the first resolution stands.
    AlreadyResolved,
    /// What the person decided about has changed meanwhile; the conflict shows the fresh pair.
    MovedOn,
    /// The op is not held and was not refused, so that it cannot be discarded or sent again.
    NotHeld,
    /// What the action did cannot be taken back, and it declares no other way.
    NotUndoable,
    /// The record is not shown: a parent is deleted, or it waits in a conflict (rule 53).
    NotShown,
    /// Others changed meanwhile what is to be undone; asked on the device only.
    ChangedSince,
    /// The person is the workspace's last owner.
    LastOwner,
    /// There is nothing to undo or redo.
    NothingToUndo,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(deny_unknown_fields)]
#[error("{words}")]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// `type.field`, or `type`, that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For people: what is wrong and what would be right.
    pub words: String,
}

impl Refusal {
    /// A refusal that is about no field.
    pub fn new(code: Code, words: impl Into<String>) -> Self {
        Self { code, field: None, words: words.into() }
    }
    /// A refusal that is about a type or field.
    pub fn at(code: Code, field: impl Into<String>, words: impl Into<String>) -> Self {
        Self { code, field: Some(field.into()), words: words.into() }
    }
}
