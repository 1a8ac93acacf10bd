//! What the records of a view come to, part for part: a device that asks for it (`POST …/pull?compare=true`) finds it in the
//! last page of its pull, read from the same snapshot, and compares it with what it holds (rule 35).

use fieldbook_model::{Scope, Sum};
use serde::{Deserialize, Serialize};

/// What a view comes to at the end of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// Whether the conflicts are among the records of the root, wherever they lie; else they are left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub conflicts: bool,
    /// The root first, then each scope that the device asked for.
    pub parts: Vec<PartSum>,
}

/// What a part comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartSum {
    /// The scope with those around it; the root where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// With all scopes that lie in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beneath: bool,
    /// Its records.
    pub is: Sum,
}
