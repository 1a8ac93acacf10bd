//! `fieldbook admin invite`: an invitation, made by whoever runs the server.

use std::sync::Arc;

use clap::Args;
use fieldbook_model::{Role, WallTime};
use fieldbook_server_store::{INVITE_MS, INVITE_MS_MAX, NewInvite, Store};

use super::{account, operator, store, workspace};
use crate::commands::people::invite::Made;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::server_key::DataArgs;
use crate::{clock, output};

/// The milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// Invite somebody to a workspace: prints a link that works once
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin invite --workspace shop --role owner --url https://fieldbook.example.org --data shop/server

Whoever has the link joins: give it to nobody else. It is shown once and stored nowhere.")]
pub struct Invite {
    /// The workspace
    #[arg(long, value_name = "NAME")]
    workspace: String,
    /// What whoever takes it up is: owner, admin, member, viewer, or a role of the schema
    #[arg(long, default_value = "member")]
    role: Role,
    /// Whoever takes it up has to give this address
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// For how many hours it works; else 7 days
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(i64).range(1..=INVITE_MS_MAX / HOUR_MS))]
    hours: Option<i64>,
    /// Where people reach the server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4180")]
    url: String,
    #[command(flatten)]
    data: DataArgs,
}

impl Invite {
    /// Makes one.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let row = workspace(&folder, &self.workspace)?;
        let schema = Arc::clone(folder.open_store(row.id).map_err(store)?.schema());
        if !schema.has_role(&self.role) || self.role == Role::Nobody {
            let words = format!("there is no role {} here; there are: {}", self.role, schema.role_names());
            return Err(Failure::wrong(words));
        }
        let now = clock::wall();
        let expires_at = WallTime(now.0 + self.hours.map_or(INVITE_MS, |hours| hours * HOUR_MS));
        let (role, address) = (self.role.clone(), self.address);
        let new = NewInvite { workspace: row.id, role, grants: Vec::new(), address, expires_at };
        let made = folder.accounts().invite(&new, clock::random(), &operator(), now).map_err(account)?;
        let link = format!("{}/join#{}", self.url.trim_end_matches('/'), made.code);
        let (role, until) = (&self.role, clock::ahead(now, expires_at));
        let words = || format!("{link}\nmakes whoever opens it {role} of {}, once, within {until}", row.name);
        output::answer(words, &Made { id: &made.id, workspace: &row.name, role, link: &link, expires_at })?;
        Ok(Exit::Done)
    }
}
