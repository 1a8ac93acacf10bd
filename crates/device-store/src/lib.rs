//! The device's encrypted SQLite database: the op log, what the server confirmed, and what is shown.
//!
//! Carries out what `fieldbook-device-sync` and `fieldbook-merge` decide, each time in one transaction. It
//! knows no network, reads no clock but the one that stops a long query, and draws no randomness: a
//! [`Moment`] is handed in with each act.
//!
//! ```text
//!   act ──► fb_op (the log)  ──► collect ──► push          answers ──► status only (rule 1)
//!      └──► fb_pending + the shown tables ◄── incoming ◄── pull, live
//!                                   └──► Reader: guarded SQL, live queries
//! ```

mod act;
mod alias;
mod answers;
mod apply;
mod cell;
mod collect;
mod connect;
mod defects;
mod error;
mod export;
mod facts;
mod functions;
mod guard;
mod identity;
mod incoming;
mod judge;
mod key;
mod live;
mod log;
mod marks;
mod occasion;
mod open;
mod oplog;
mod pending;
mod reader;
mod schema_sql;
mod select;
pub mod session;
mod settle;
mod shown;
mod sink;
mod staging;
mod table;

pub use act::{ActError, Acted, Action, Moment};
pub use collect::Ask;
pub use error::{Kind, StoreError};
pub use export::Export;
pub use facts::{Facts, LAST_SUCCESS};
pub use fieldbook_device_sync::Collected;
pub use identity::Identity;
pub use incoming::{Arrived, IncomingError};
pub use key::DatabaseKey;
pub use live::LiveQuery;
pub use log::{LogEntry, LogFilter, OpState};
pub use open::Store;
pub use reader::{QueryError, Reader};
pub use table::{Cell, Table};
