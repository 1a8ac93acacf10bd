//! The server's stores: workspaces and accounts. SQL lives here; decisions come from `fieldbook-server-sync`.

pub mod error;
pub mod push;
pub mod store;

pub use error::StoreError;
pub use push::{Push, push_group};
pub use store::{Batch, Head, PageLimit, Reader, Store};
