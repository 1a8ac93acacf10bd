//! `fieldbook admin member`: who is what in a workspace. A change is an op of the server's own in the workspace's log:
//! the server that serves the folder carries it there, or this command does where none serves.

mod grant;
mod list;
mod queue;
mod remove;
mod role;

use std::time::Duration;

use clap::{Args, Subcommand};
use fieldbook_model::op::About;
use fieldbook_model::{Limits, OpId, Refusal, Role, WallTime};
use fieldbook_server_store::{Data, DataError, MemberRow, Wanted, WorkspaceRow, carry};
use serde::Serialize;

use super::{account, data, operator, store};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::server_key::DataArgs;

/// How often it is looked whether the server has done it.
const LOOK: Duration = Duration::from_millis(50);
/// After this the server is not going to.
const PATIENCE_MS: i64 = 15_000;

/// What can be done about members.
#[derive(Debug, Subcommand)]
pub enum Member {
    Role(role::MemberRole),
    Grant(grant::MemberGrant),
    Remove(remove::MemberRemove),
    List(list::MemberList),
    Queue(queue::MemberQueue),
}

impl Member {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Role(command) => command.run(),
            Self::Grant(command) => command.run(),
            Self::Remove(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Queue(command) => command.run(),
        }
    }
}

/// What somebody is now, for programs.
#[derive(Serialize)]
pub(super) struct Is<'a> {
    pub member: &'a str,
    /// `nobody` once removed.
    pub role: &'a Role,
    pub workspace: &'a str,
}

/// Where the members are.
#[derive(Debug, Args)]
pub struct Place {
    /// The workspace
    #[arg(long, value_name = "NAME")]
    pub(super) workspace: String,
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// A workspace whose members, or whose losses, are looked at.
pub(super) struct Of {
    pub folder: Data,
    pub row: WorkspaceRow,
}

impl Place {
    pub(super) fn open(&self) -> Result<Of, Failure> {
        let folder = self.data.open()?;
        let row = super::workspace(&folder, &self.workspace)?;
        Ok(Of { folder, row })
    }
}

impl Of {
    fn member(&self, name: &str) -> Result<MemberRow, Failure> {
        self.folder.accounts().member(self.row.id, name).map_err(account)
    }

    /// Has a change made, and waits for what becomes of it.
    pub(super) fn change(&self, about: About) -> Result<(), Failure> {
        let (op, at) = (OpId::v7(clock::wall_ms(), clock::random()), clock::wall());
        let wanted = Wanted { op, workspace: self.row.id, about, at, by: operator(), rights_of: None };
        self.folder.accounts().want(&wanted).map_err(store)?;
        match self.outcome(op, at)? {
            Ok(()) => Ok(()),
            Err(Refusal { words, .. }) => Err(Failure::new(Exit::Wrong, "refused", words)),
        }
    }

    fn outcome(&self, op: OpId, since: WallTime) -> Result<Result<(), Refusal>, Failure> {
        loop {
            if let Some(outcome) = self.folder.accounts().outcome(op).map_err(store)? {
                return Ok(outcome);
            }
            match self.folder.serve() {
                Ok(_alone) => self.carry()?,
                Err(DataError::Served(_)) if clock::wall().0 - since.0 < PATIENCE_MS => rest(),
                Err(DataError::Served(_)) => {
                    let words = "the server has not taken the change yet; it will when it can: see its log, and: fieldbook admin member list";
                    return Err(Failure::new(Exit::Busy, "waiting", words));
                }
                Err(error) => return Err(data(error)),
            }
        }
    }

    /// Does what waits, since no server does.
    fn carry(&self) -> Result<(), Failure> {
        let accounts = self.folder.accounts();
        let mut wanted = accounts.wanted().map_err(store)?;
        wanted.retain(|wanted| wanted.workspace == self.row.id);
        let members = accounts.members(self.row.id).map_err(store)?;
        let mut workspace = self.folder.open_store(self.row.id).map_err(store)?;
        let limits = Limits::default();
        let outcomes = carry(&mut workspace, &limits, self.row.id, &members, &wanted).map_err(store)?;
        accounts.settle(&wanted, &outcomes).map_err(store)
    }
}

/// Another process does the work, and rings no bell.
#[expect(clippy::disallowed_methods, reason = "the server is another process")]
fn rest() {
    std::thread::sleep(LOOK);
}
