//! `fieldbook admin`: works on a server's data folder, also beside the server that serves it.

pub mod export;
pub mod user_add;
pub mod workspace_add;

use clap::Subcommand;
use fieldbook_server_store::{AccountError, DataError, StoreError};

use crate::exit::Exit;
use crate::failure::Failure;

/// Administer a server's data folder
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Workspaces
    #[command(subcommand)]
    Workspace(Workspace),
    /// Users
    #[command(subcommand)]
    User(User),
    Export(export::Export),
}

/// What can be done about workspaces.
#[derive(Debug, Subcommand)]
pub enum Workspace {
    Add(workspace_add::WorkspaceAdd),
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
            Self::User(User::Add(command)) => command.run(),
            Self::Export(command) => command.run(),
        }
    }
}

fn data(error: DataError) -> Failure {
    let words = error.to_string();
    match error {
        DataError::Account(error) => account(error),
        DataError::Served(_) => Failure::new(Exit::Busy, "served", words),
        DataError::Folder(..) => Failure::new(Exit::Failed, "folder", words),
    }
}

fn account(error: AccountError) -> Failure {
    match error {
        AccountError::Store(error) => store(error),
        error => Failure::new(Exit::Wrong, "account", error.to_string()),
    }
}

fn store(error: StoreError) -> Failure {
    Failure::new(Exit::Failed, "store", error.to_string())
}
