//! The server's stores: workspaces and accounts. SQL lives here; decisions come from `fieldbook-server-sync`.
//!
//! It makes no time and no randomness: both are handed in. It never prints or logs.

pub mod accounts;
pub mod blobs;
pub mod chase;
mod cipher;
pub mod data;
mod encrypt;
pub mod epoch;
pub mod error;
mod file;
#[cfg(test)]
mod fuzz;
pub mod inbox;
pub mod keys;
pub mod members;
pub mod push;
mod queue;
mod recovery;
pub mod sqlite;
pub mod store;
mod stuck;

pub use accounts::{
    AccountError, Accounts, AddUser, Breached, BreachedError, By, CONFIRMED_FOR, Candidate, Claim, Confirmed,
    Deed, DeletedRow, DeviceRow, Entry, FreshKeys, FreshOrder, GivenKeys, INVITE_MS, INVITE_MS_MAX,
    InviteRow, InviteState, MadeInvite, NewInvite, NewPassword, NewWorkspace, Own, PasswordRules, ResetCode,
    Session, SessionLimits, SignedIn, StandingWipe, SupportKey, Taken, Taking, Unsent, WipeRow, WorkspaceRow,
    check_sign_in, new_name,
};
pub use blobs::{BLOBS, Blobs, Kept, Put};
pub use chase::{Chase, Next};
pub use data::{Data, DataError, Files};
pub use epoch::part;
pub use error::{StoreError, UpgradeError};
pub use inbox::{INBOX, Inbox, InboxLimits, Sent};
pub use keys::{KeysError, Outer, SERVER_KEY, Unlock};
pub use members::{MemberRow, Outcome, Wanted, carry};
pub use push::{Push, push_group};
pub use queue::{HeldRow, LogRow};
pub use recovery::{Ended as EndedEpoch, LostOps, Recovery, Waits};
pub use sqlite::SqliteStore;
pub use store::{
    Amount, Batch, Collected, Exported, Head, Listed, PageLimit, Place, Reader, Reads, Store, Stretch, Test,
};
pub use stuck::{Stuck, Why};
