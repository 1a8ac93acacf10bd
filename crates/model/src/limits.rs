//! Limits on everything that comes from outside. A server advertises its own; these are the defaults.

use serde::{Deserialize, Serialize};

/// What a server takes. A server takes at least the largest it ever advertised in an epoch.
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
