//! `fieldbook admin`: works on a server's data folder, also beside the server that serves it.

pub mod audit;
pub mod backup;
pub mod backup_mark;
pub mod device_list;
pub mod device_wipe;
pub mod diagnostics;
pub mod export;
pub mod invite;
pub mod key;
pub mod member;
pub mod queue;
pub mod recovery;
pub mod support_key;
pub mod user_add;
pub mod user_reset;
pub mod workspace_add;
pub mod workspace_lease;
pub mod workspace_life;
pub mod workspace_list;
pub mod workspace_schema;

use std::path::Path;

use clap::Subcommand;
use fieldbook_server_store::{
    AccountError, By, Data, DataError, KeysError, StoreError, WorkspaceRow, new_name,
};

use crate::exit::Exit;
use crate::failure::{Failure, of_file};
use crate::password::breached;

/// Administer a server's data folder
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Workspaces
    #[command(subcommand)]
    Workspace(Workspace),
    /// Users
    #[command(subcommand)]
    User(User),
    /// Members: who is what in a workspace
    #[command(subcommand)]
    Member(member::Member),
    /// Devices
    #[command(subcommand)]
    Device(Device),
    /// The key that opens the data
    #[command(subcommand)]
    Key(key::Key),
    /// What devices sent for whoever helps
    #[command(subcommand)]
    Diagnostics(diagnostics::Diagnostics),
    /// The key to which devices encrypt their diagnostics
    #[command(subcommand)]
    SupportKey(support_key::Support),
    Invite(invite::Invite),
    Audit(audit::Audit),
    Queue(queue::Queue),
    Export(export::Export),
    Backup(backup::Backup),
    BackupMark(backup_mark::BackupMark),
    Recovery(recovery::RecoveryOf),
}

/// What can be done about workspaces.
#[derive(Debug, Subcommand)]
pub enum Workspace {
    Add(workspace_add::WorkspaceAdd),
    List(workspace_list::WorkspaceList),
    Lease(workspace_lease::WorkspaceLease),
    Rename(workspace_life::Rename),
    Delete(workspace_life::Delete),
    Restore(workspace_life::Restore),
    Schema(workspace_schema::WorkspaceSchema),
}

/// What can be done about devices.
#[derive(Debug, Subcommand)]
pub enum Device {
    List(device_list::DeviceList),
    Wipe(device_wipe::DeviceWipe),
}

/// What can be done about users.
#[derive(Debug, Subcommand)]
pub enum User {
    Add(user_add::UserAdd),
    Reset(user_reset::UserReset),
}

impl Admin {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Workspace(Workspace::Add(command)) => command.run(),
            Self::Workspace(Workspace::List(command)) => command.run(),
            Self::Workspace(Workspace::Lease(command)) => command.run(),
            Self::Workspace(Workspace::Schema(command)) => command.run(),
            Self::Workspace(Workspace::Rename(command)) => command.run(),
            Self::Workspace(Workspace::Delete(command)) => command.run(),
            Self::Workspace(Workspace::Restore(command)) => command.run(),
            Self::User(User::Add(command)) => command.run(),
            Self::User(User::Reset(command)) => command.run(),
            Self::Invite(command) => command.run(),
            Self::Audit(command) => command.run(),
            Self::Member(command) => command.run(),
            Self::Device(Device::List(command)) => command.run(),
            Self::Device(Device::Wipe(command)) => command.run(),
            Self::Key(command) => command.run(),
            Self::Diagnostics(command) => command.run(),
            Self::SupportKey(command) => command.run(),
            Self::Queue(command) => command.run(),
            Self::Export(command) => command.run(),
            Self::Backup(command) => command.run(),
            Self::BackupMark(command) => command.run(),
            Self::Recovery(command) => command.run(),
        }
    }
}

/// Who works on a data folder, as far as the system knows.
fn operator() -> By {
    let names = ["USER", "LOGNAME"].map(std::env::var);
    By::operator(names.iter().flatten().next().map_or("an operator", String::as_str))
}

/// The workspace of a name.
fn workspace(folder: &Data, name: &str) -> Result<WorkspaceRow, Failure> {
    let found = folder.accounts().workspace(name).map_err(store)?;
    found.ok_or_else(|| account(AccountError::NoWorkspace(name.to_owned())))
}

/// Refuses a folder without accounts.
pub fn there(folder: &Path) -> Result<(), Failure> {
    match Data::is_there(folder) {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Wrong,
            "no-data",
            format!(
                "no server's data in {0}; make a workspace first: fieldbook admin workspace add NAME --schema FILE --data {0}",
                folder.display()
            ),
        )),
    }
}

/// A name that people can type, and that stands well in a file or an address.
fn name(what: &'static str, name: &str) -> Result<(), Failure> {
    new_name(what, name).map_err(|error| Failure::wrong(error.to_string()))
}

/// Why a data folder cannot be used.
pub fn data(error: DataError) -> Failure {
    let words = error.to_string();
    match error {
        DataError::Account(error) => account(error),
        DataError::Keys(error) => of_keys(error),
        DataError::Served(_) => Failure::new(Exit::Busy, "served", words),
        DataError::Folder(_, error) => {
            let (code, todo) = match of_file(&error) {
                "read-only" => ("read-only", "; make it writable for the user who runs this, then try again"),
                "disk-full" => ("disk-full", "; free some space, then try again"),
                _ => ("folder", ""),
            };
            Failure::new(Exit::Failed, code, format!("{words}{todo}"))
        }
    }
}

/// Why a data folder does not open under a key.
pub fn of_keys(error: KeysError) -> Failure {
    let words = error.to_string();
    let code = match &error {
        KeysError::Wrong { .. } => "wrong-server-key",
        KeysError::None(_) => "no-server-key",
        KeysError::NoKey(_) => "no-key",
        KeysError::Damaged => "damaged-keys",
        KeysError::Newer => "newer-keys",
        KeysError::Lost(_) => "lost-keys",
        KeysError::Clear(_) => "not-encrypted",
        KeysError::Elsewhere(_) => return Failure::new(Exit::Wrong, "key-elsewhere", words),
        KeysError::File(_, error) => of_file(error),
    };
    Failure::new(Exit::Failed, code, words)
}

fn account(error: AccountError) -> Failure {
    match error {
        AccountError::Store(error) => store(error),
        AccountError::Breached(error) => breached(&error),
        error => Failure::new(Exit::Wrong, "account", error.to_string()),
    }
}

/// Why a store did not do it.
pub fn store(error: StoreError) -> Failure {
    let code = match error {
        StoreError::Retry(_) => "store",
        StoreError::Unusable(_) => "unusable-database",
    };
    Failure::new(Exit::Failed, code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_people_can_type() {
        for good in ["shop", "Ann O-Neil", "ann@example.org", "Straße 4", "a_b.c", &"x".repeat(100)] {
            assert_eq!(name("user", good), Ok(()), "{good:?}");
        }
        for bad in ["", " ann", "ann ", ".ann", "ann.", "a/b", "a\tb", "a:b", "a\u{200b}b", &"x".repeat(101)]
        {
            assert!(name("user", bad).is_err(), "{bad:?}");
        }
    }
}
