//! The wire, sync-v2: what devices and servers say to each other, as types with one reading and one writing.
//!
//! Pure: text in, types out. Golden examples of each shape stand in `golden/`, for every language's client.

pub mod account;
pub mod auth;
pub mod blob;
pub mod branch;
pub mod diagnostics;
pub mod export;
pub mod fingerprint;
pub mod history;
pub mod live;
#[cfg(feature = "openapi")]
mod openapi;
pub mod page;
pub mod people;
pub mod problem;
pub mod push;
pub mod record;
pub mod row;
pub mod schema;
pub mod seen;
pub mod sums;
pub mod trail;
pub mod wipe;

pub use branch::{Branch, Common, CommonReply, CommonRequest};
pub use fingerprint::{Fingerprint, NoFingerprint};
pub use page::{Page, PageEnd, PageError};
pub use problem::{Problem, ProblemCode};
pub use push::{Answer, PushReply, PushRequest, Pushed, SettledState, Settlement, Verdict};
pub use sums::{PartSum, Sums};
pub use trail::{Mark, Standing, Trail};
pub use wipe::{Ordered, WipedReply, WipedRequest};

/// The protocol's number, in every path: `/v2/…`.
pub const PROTOCOL: u32 = 2;

/// The header of a `push`, `pull` or `live` in which a device says how many ops it has to send: for the operator's eyes. A server
/// decides nothing by it.
pub const WAITING: &str = "fieldbook-waiting";

/// The header of the reply to a `pull` or `live` in which a server says for how many seconds the device may be opened without
/// hearing from it; 0: for ever. An older device passes it over.
pub const LEASE: &str = "fieldbook-lease";

/// The header of a `push` in which its device signs the body, as it is before it is packed: 128 hexadecimal digits. Not in
/// the body, of which an older server knows every word.
pub const SIGNATURE: &str = "fieldbook-signature";
