//! The words of Fieldbook as types: ids, versions, clocks, values, schemas, ops.
//!
//! Pure: no clock, socket, file, thread or randomness. What a merge *does* with these types is not
//! here but in `fieldbook-merge`, so that the reference model can share the words and none of the rules.

pub mod access;
pub mod chain;
pub mod clock;
pub mod cut;
pub mod decimal;
#[cfg(test)]
mod fuzz;
pub mod id;
pub mod json;
pub mod limits;
pub mod member;
pub mod op;
#[cfg(feature = "openapi")]
mod openapi;
pub mod planted;
pub mod refusal;
pub mod role;
pub mod schema;
pub mod scope;
pub mod sum;
pub mod value;
pub mod version;
pub mod words;

pub use access::Access;
pub use chain::{Hash, SealedOp};
pub use clock::{Hlc, WallTime};
pub use cut::Cut;
pub use id::{DeviceId, OpId, RecordId, UserId, WorkspaceId};
pub use json::Json;
pub use limits::Limits;
pub use member::{Granting, Membership};
pub use op::{Change, Fields, Op, Payload};
pub use refusal::{Code, Refusal};
pub use role::Role;
pub use schema::Schema;
pub use scope::Scope;
pub use sum::Sum;
pub use value::Value;
pub use version::{Cursor, Epoch, Seq, Version};
