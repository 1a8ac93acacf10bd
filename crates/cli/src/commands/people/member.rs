//! `fieldbook member`: who is what in the workspace of this device.

use clap::{Args, Subcommand};
use fieldbook_device::Asking;
use fieldbook_model::{Role, Scope, json};
use fieldbook_protocol::account::DoneReply;
use fieldbook_protocol::people::{GrantRequest, MembersReply, RoleRequest};

use super::Asks;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::table::{Shown, table};

/// Members: who is what in the workspace of this device
#[derive(Debug, Subcommand)]
pub enum Member {
    List(List),
    Role(SetRole),
    Grant(Grant),
    Remove(Remove),
    Leave(Leave),
}

/// List the members, with their roles and grants
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook member list --home till-a")]
pub struct List {
    #[command(flatten)]
    asks: Asks,
}

/// Say what a member is
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook member role ann manager --home till-a")]
pub struct SetRole {
    /// The member's name
    user: String,
    /// The role: owner, admin, member, viewer, or one of the schema's
    role: Role,
    #[command(flatten)]
    asks: Asks,
}

/// Give a member another role in a scope and in all that lies there, or take that back
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook member grant ann floor/0198c0de-7a11-7000-8000-00000000002a viewer --home site-a"
)]
pub struct Grant {
    #[command(flatten)]
    granted: Granted,
    #[command(flatten)]
    asks: Asks,
}

/// Who is given what, and where.
#[derive(Debug, Args)]
pub struct Granted {
    /// The member's name
    pub user: String,
    /// The scope: a record type that opens scopes, and the record's id
    pub scope: Scope,
    /// The role there: owner, admin, member, viewer, nobody, or one of the schema's
    #[arg(required_unless_present = "take_back")]
    pub role: Option<Role>,
    /// Take the grant back
    #[arg(long, conflicts_with = "role")]
    take_back: bool,
}

impl Granted {
    /// What holds then, for people.
    pub fn words(&self, member: &str) -> String {
        match &self.role {
            Some(role) => format!("{member} is {role} in {}", self.scope),
            None => format!("{member} has no grant in {} any more", self.scope),
        }
    }
}

/// Remove a member: the devices of that person receive nothing more from that moment on
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook member remove ann --home till-a")]
pub struct Remove {
    /// The member's name
    user: String,
    #[command(flatten)]
    asks: Asks,
}

/// Leave the workspace yourself; what is on your devices stays there
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook member leave --home till-a")]
pub struct Leave {
    #[command(flatten)]
    asks: Asks,
}

impl Member {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::List(command) => command.run(),
            Self::Role(command) => set(&command.asks, Some(&command.user), &command.role),
            Self::Grant(command) => command.run(),
            Self::Remove(command) => set(&command.asks, Some(&command.user), &Role::Nobody),
            Self::Leave(command) => set(&command.asks, None, &Role::Nobody),
        }
    }
}

impl List {
    fn run(self) -> Result<Exit, Failure> {
        let MembersReply { workspace, members } = self.asks.open("the list of members")?.members()?;
        if output::in_json() {
            output::lines(members.iter().map(json::write))?;
            return Ok(Exit::Done);
        }
        output::line(&output::visible(&format!("members of {workspace}: {}", members.len())))?;
        let rows = members.iter().map(|line| {
            let grants = line.grants.iter().map(|grant| format!("{} in {}", grant.role, grant.scope));
            let grants = grants.collect::<Vec<_>>().join(", ");
            [line.name.clone(), line.role.to_string(), grants].map(Shown::Text).to_vec()
        });
        let columns = ["name", "role", "grants"].map(str::to_owned);
        output::line(&table(&columns, &rows.collect::<Vec<_>>()))?;
        Ok(Exit::Done)
    }
}

impl Grant {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("saying who is what")?;
        let Granted { user, scope, role, .. } = &self.granted;
        let id = voice.member(user)?;
        let wish = GrantRequest { scope: scope.clone(), role: role.clone() };
        let asking = Asking::here(format!("members/{id}/grant")).with(&wish);
        let done: DoneReply = voice.ask(&asking)?;
        output::answer(|| self.granted.words(user), &done)?;
        Ok(Exit::Done)
    }
}

/// Says what somebody is; without a name it is oneself.
fn set(asks: &Asks, user: Option<&str>, role: &Role) -> Result<Exit, Failure> {
    let voice = asks.open("saying who is what")?;
    let own = voice.device.file().user.clone();
    let name = user.unwrap_or(&own);
    let id = voice.member(name)?;
    let asking = Asking::here(format!("members/{id}/role")).with(&RoleRequest { role: role.clone() });
    let done: DoneReply = voice.ask(&asking)?;
    let workspace = voice.device.file().workspace.clone();
    let words = || match role {
        Role::Nobody if user.is_none() => {
            format!("you have left {workspace}; what is on this device stays here")
        }
        Role::Nobody => format!("{name} is no member of {workspace} any more"),
        role => format!("{name} is {role} of {workspace}"),
    };
    output::answer(words, &done)?;
    Ok(Exit::Done)
}
