//! What changed between two versions of a schema and cannot be seen by comparing them: declared in `schema.toml` as
//! `[[step]]`, each for the version that it leads to. Additions need none.

use serde::{Deserialize, Serialize};

/// One declared change. Those that lead to one version are done in their order, each on what the one before left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The schema's version that it leads to.
    pub to: u32,
    /// What is done.
    pub change: StepChange,
}

/// What a step does. Names are those that stand when it is its turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum StepChange {
    /// A record type has another name.
    RenameType {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// A field has another name.
    RenameField {
        /// Its type.
        #[serde(rename = "type")]
        of: String,
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// A field is of another kind, which the type names.
    ChangeKind {
        /// Its type.
        #[serde(rename = "type")]
        of: String,
        /// The field.
        field: String,
        /// Old words with the new ones, for enums; each word once on either side. What is not named stays as it is.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<(String, String)>,
    },
    /// A text becomes several.
    Split {
        /// Its type.
        #[serde(rename = "type")]
        of: String,
        /// The text.
        field: String,
        /// The texts that it becomes, in their order; the last takes all that is left.
        into: Vec<String>,
        /// What stands between two of them.
        by: String,
    },
    /// A field is not shown any more. What it holds is kept for devices of older versions.
    DropField {
        /// Its type.
        #[serde(rename = "type")]
        of: String,
        /// The field.
        field: String,
    },
}

impl StepChange {
    /// Its key in the file.
    pub fn word(&self) -> &'static str {
        match self {
            Self::RenameType { .. } => "rename-type",
            Self::RenameField { .. } => "rename-field",
            Self::ChangeKind { .. } => "change-kind",
            Self::Split { .. } => "split",
            Self::DropField { .. } => "drop-field",
        }
    }

    /// What a type of a name is called after this step.
    pub fn renamed<'a>(&'a self, of: &'a str) -> &'a str {
        match self {
            Self::RenameType { from, to } if from == of => to,
            _ => of,
        }
    }

    /// What a type of a name was called before this step.
    pub fn named_before<'a>(&'a self, of: &'a str) -> &'a str {
        match self {
            Self::RenameType { from, to } if to == of => from,
            _ => of,
        }
    }
}
