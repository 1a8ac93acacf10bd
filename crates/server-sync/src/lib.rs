//! The server's decisions: what an op does to the workspace, and who may do what.
//!
//! Pure: it looks at a [`View`] and returns a [`Plan`], which a store carries out in one transaction.
//! It knows no SQL, no socket and no clock.

pub mod apply;
pub mod idempotency;
pub mod plan;
pub mod policy;
pub mod view;

pub use apply::decide;
pub use plan::{Decision, KeyUse, Park, Plan, Write};
pub use policy::{Call, Principal, Role};
pub use view::{Known, Log, View, Workspace};
