//! `fieldbook admin`: works on a server's data folder, also beside the server that serves it.

pub mod backup;
pub mod backup_mark;
pub mod device_list;
pub mod device_wipe;
pub mod diagnostics;
pub mod export;
pub mod key;
pub mod member;
pub mod queue;
pub mod recovery;
pub mod support_key;
pub mod user_add;
pub mod workspace_add;
pub mod workspace_lease;
pub mod workspace_list;
pub mod workspace_schema;

use std::path::Path;

use clap::Subcommand;
use fieldbook_server_store::{AccountError, Data, DataError, KeysError, StoreError, WorkspaceRow};

use crate::exit::Exit;
use crate::failure::{Failure, of_file};

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
}

impl Admin {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Workspace(Workspace::Add(command)) => command.run(),
            Self::Workspace(Workspace::List(command)) => command.run(),
            Self::Workspace(Workspace::Lease(command)) => command.run(),
            Self::Workspace(Workspace::Schema(command)) => command.run(),
            Self::User(User::Add(command)) => command.run(),
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

/// The characters of a name.
const NAME_CHARS_MAX: usize = 100;

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
fn name(what: &str, name: &str) -> Result<(), Failure> {
    let fits = |c: char| c.is_alphanumeric() || " -_.@".contains(c);
    let count = name.chars().count();
    let bare = name.trim_matches([' ', '.']) == name;
    match (1..=NAME_CHARS_MAX).contains(&count) && bare && name.chars().all(fits) {
        true => Ok(()),
        false => Err(Failure::wrong(format!(
            "the name of a {what} has letters, digits, blanks and any of - _ . @, does not begin or end with a blank or a dot, and has at most {NAME_CHARS_MAX} characters"
        ))),
    }
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
