//! The server's shell: HTTP, sign-in, and one writer for each workspace.
//!
//! It moves bytes, waits and counts. What an op does is decided in `fieldbook-server-sync`, who may do what
//! too; what is stored is `fieldbook-server-store`'s. No SQL and no merge rule stands here.
//!
//! ```text
//! connections (TLS) ─► routes ─► around (log line, headers, panics) ─► caller (who, may they) ─┬─► push ─► writer
//!                                                                                        ├─► pull ─► readers
//!                                                                                        └─► live ─► readers
//! ```
//!
//! The way of a push: the calling task reads, parses and hashes; the workspace's writer thread commits all
//! pushes that wait in one transaction, answers each, and publishes the head, which wakes the live streams. What an
//! operator wants of members goes the same way, from `accounts.db` through `members`.

mod account;
mod accounts;
mod apps;
mod around;
mod auth;
mod blobs;
mod body;
mod caller;
mod clock;
mod common;
mod compress;
mod config;
mod connections;
mod diagnostics;
mod export;
mod gate;
mod health;
mod history;
mod keeping;
mod lingering;
mod live;
mod lock;
mod members;
mod metrics;
mod metrics_now;
mod new_workspace;
mod open_files;
mod openapi;
mod origin;
mod page;
mod patience;
mod people;
mod places;
mod presence;
mod pull;
mod push;
mod readers;
mod records;
mod refusals;
mod refused;
mod reply;
mod rest;
mod routes;
mod schema;
mod seen;
mod self_signed;
mod serve;
mod size;
mod state;
mod tasks;
mod throttle;
mod tls;
mod turns;
mod whole;
mod workspace;
mod workspaces;
mod writer;

pub use apps::{Apps, AppsError};
pub use config::{
    BLOB_MIB, BLOBS_GIB, BlobLimits, CallLimits, Config, DAY, GroupLimit, KEEP_DELETED_DAYS, KEEP_NOTES_DAYS,
    MADE_MAX, Makers, SignInLimits,
};
pub use origin::Origin;
pub use routes::app;
pub use serve::{Ready, ServeError, serve};
pub use state::App;
pub use tls::{Tls, TlsError};
