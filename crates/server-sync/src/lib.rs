//! The server's decisions: what an op does to the workspace, and who may do what.
//!
//! Pure: it looks at a [`View`] and returns a [`Plan`], which a store carries out in one transaction.
//! It knows no SQL, no socket and no clock.

mod admissible;
pub mod apply;
mod case;
pub mod conflict;
mod depend;
mod desk;
pub mod epoch;
mod forgotten;
mod gaps;
mod hold;
mod home;
pub mod idempotency;
pub mod keys;
mod lost;
mod member;
pub mod plan;
pub mod policy;
mod resolve;
mod settle;
mod stop;
mod unique;
pub mod view;
pub mod wipe;
mod withdraw;

pub use apply::decide;
pub use conflict::Conflict;
pub use epoch::{Ended, Epochs, NewEpoch, Stand, stand};
pub use fieldbook_model::Role;
pub use home::CARRIED_MAX;
pub use plan::{Decision, Hold, KeyUse, Park, Plan, Touch, Write};
pub use policy::{Call, Principal};
pub use view::{
    Author, HeldOp, HeldTouch, Known, Log, LostNumber, Parked, ParkedBefore, Past, PastState, Toggle, View,
    Workspace,
};
