//! The device's encrypted SQLite database: the op log, what the server confirmed, and what is shown.
//!
//! Carries out what `fieldbook-device-sync` and `fieldbook-merge` decide, each time in one transaction. It
//! knows no network, reads no clock but the one that stops a long query, and draws no randomness: a
//! [`Moment`] is handed in with each act.
//!
//! ```text
//!   act, undo, resolve … ──► fb_op (the log) ──► collect ──► push    answers ──► status only (rule 1)
//!      └──► fb_pending + the shown tables ◄── incoming ◄── pull, live
//!                                   └──► Reader: guarded SQL, live queries
//! ```
//!
//! An op passes `judge` (or what it is about: `undo`, `resolve`, `discard`, `retry`), which plays it on a `board`;
//! `record` writes it down; `replay` says what it does when the news comes in under it.

mod about;
mod act;
mod alias;
mod anew;
mod answers;
mod apply;
mod board;
mod branch;
mod cell;
mod children;
mod collect;
mod coming;
mod compare;
mod conflicts;
mod connect;
mod cuts;
#[cfg(feature = "planted")]
mod damage;
mod defects;
mod diagnostics;
mod did;
mod discard;
mod error;
mod export;
mod facts;
mod files;
mod fill;
mod format;
pub mod forms;
mod functions;
mod guard;
mod history;
mod identity;
mod incoming;
mod judge;
mod labels;
pub mod lease;
mod letgo;
mod lies;
mod live;
mod log;
mod marks;
mod notes;
mod occasion;
mod one;
mod open;
mod oplog;
mod owners;
mod pending;
mod place;
mod plays;
mod policy;
mod queries;
mod reader;
pub mod recent;
mod record;
mod rekey;
mod replay;
mod rescue;
mod resolve;
mod retry;
mod schema_sql;
mod scopes;
mod select;
mod series;
pub mod session;
mod settle;
mod shown;
mod sink;
mod stack;
mod staging;
mod standing;
mod sums;
mod table;
mod trail;
mod undo;
mod upgrade;
mod wish;

pub use act::{ActError, Acted, Action, Moment, Together};
pub use collect::Ask;
pub use coming::Coming;
pub use compare::{Compared, Difference, Next};
pub use conflicts::{Conflict, ConflictUnit, Which};
pub use cuts::{CutOff, PruneError, Pruned, Pruning, Shrunk};
#[cfg(feature = "planted")]
pub use damage::Damage;
pub use diagnostics::{Payloads, Told};
pub use error::{Kind, StoreError};
pub use export::Export;
pub use facts::{Facts, LAST_SUCCESS};
pub use fieldbook_crypto::DatabaseKey;
pub use fieldbook_device_sync::Collected;
pub use identity::Identity;
pub use incoming::{Arrived, IncomingError, Snapshot};
pub use live::LiveQuery;
pub use log::{LogEntry, LogFilter, OpState};
pub use open::Store;
pub use policy::May;
pub use queries::QueryError;
pub use reader::Reader;
pub use rescue::{Rescued, rescue};
pub use scopes::{LoadedScope, ScopeError, ScopeState};
pub use series::Series;
pub use stack::StackEntry;
pub use table::{Cell, Table};
pub use undo::{Asks, Undone};
pub use upgrade::Follow;
pub use wish::{Side, Wish};
