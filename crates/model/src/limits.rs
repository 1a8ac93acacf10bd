//! Limits on everything that comes from outside. A server advertises its own; these are the defaults.

use serde::{Deserialize, Serialize};

/// What a server takes. A server takes at least the largest it ever advertised in an epoch.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The bytes of one op as it is sent.
    pub op_bytes_max: u32,
    /// The bytes of one push, all its ops and what is around them.
    pub push_bytes_max: u32,
    /// The ops of one push.
    pub push_ops_max: u32,
    /// The changes of one op.
    pub op_changes_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { op_bytes_max: 256 << 10, push_bytes_max: 512 << 10, push_ops_max: 1000, op_changes_max: 5000 }
    }
}

/// The characters of an idempotency key, an op type, a name.
pub const NAME_CHARS_MAX: usize = 200;
/// The bytes of one record's values, about. A page holds whole records.
pub const RECORD_BYTES_MAX: usize = 4 << 20;
/// The bytes of all values that one op reads and writes, about. A page holds whole ops, and the history keeps
/// what each found and left: without this a small op on large records would fill both.
pub const TOUCHED_BYTES_MAX: usize = 16 << 20;
/// How deep the value of a `json` field is nested: with an op and a push around it, it stays below what the
/// one parser takes.
pub const JSON_DEPTH_MAX: usize = 12;
/// How deep such a value may be in a row: a conflict holds values of others within its own.
pub const ROW_JSON_DEPTH_MAX: usize = JSON_DEPTH_MAX + 4;
