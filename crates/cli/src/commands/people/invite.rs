//! `fieldbook invite`: who may come into the workspace of this device.

use clap::{Args, Subcommand};
use fieldbook_device::Asking;
use fieldbook_model::access::Grant;
use fieldbook_model::{Role, Scope, WallTime, json};
use fieldbook_protocol::account::DoneReply;
use fieldbook_protocol::people::{InviteReply, InviteRequest, InviteState, InvitesReply};
use serde::Serialize;

use super::Asks;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::{Shown, table};
use crate::{clock, output};

/// Invitations to the workspace of this device
#[derive(Debug, Subcommand)]
pub enum Invite {
    Make(Make),
    List(List),
    Revoke(Revoke),
}

/// Invite somebody: prints a link that works once
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook invite make --role cashier --home till-a

Whoever has the link joins: give it to nobody else. It is shown once and stored nowhere.")]
pub struct Make {
    /// What whoever takes it up is: admin, member, viewer, or one of the schema's; an owner also: owner
    #[arg(long, default_value = "member")]
    role: Role,
    /// And in a part of the workspace: ROLE@SCOPE, such as viewer@floor/0198c0de-7a11-7000-8000-00000000002a
    #[arg(long, value_name = "ROLE@SCOPE", value_parser = grant)]
    grant: Vec<Grant>,
    /// Whoever takes it up has to give this address
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,
    /// For how many hours it works; else 7 days
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=2160))]
    hours: Option<u32>,
    #[command(flatten)]
    asks: Asks,
}

/// List the invitations, with what became of them
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook invite list --home till-a")]
pub struct List {
    #[command(flatten)]
    asks: Asks,
}

/// Take an invitation back that nobody has taken up
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook invite revoke 3f9a1c2b7d4e5f60 --home till-a")]
pub struct Revoke {
    /// The invitation, as the list calls it
    invite: String,
    #[command(flatten)]
    asks: Asks,
}

/// An invitation, for programs.
#[derive(Serialize)]
pub struct Made<'a> {
    /// By what it is called.
    pub id: &'a str,
    /// The workspace's name.
    pub workspace: &'a str,
    /// What it gives.
    pub role: &'a Role,
    /// The link, told once.
    pub link: &'a str,
    /// Until when it works.
    pub expires_at: WallTime,
}

impl Invite {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Make(command) => command.run(),
            Self::List(command) => command.run(),
            Self::Revoke(command) => command.run(),
        }
    }
}

impl Make {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("an invitation")?;
        let Self { role, grant: grants, address, hours, .. } = &self;
        let (role, grants) = (role.clone(), grants.clone());
        let wish = InviteRequest { role, grants, address: address.clone(), hours: *hours };
        let made: InviteReply = voice.ask(&Asking::here("invites").with(&wish))?;
        let server = voice.device.file().server.trim_end_matches('/').to_owned();
        let link = format!("{server}/join#{}", made.code);
        let InviteReply { id, workspace, expires_at, .. } = &made;
        let until = clock::ahead(clock::wall(), *expires_at);
        let words = || {
            format!(
                "{link}\nmakes whoever opens it {} of {workspace}, once, within {until}; as {id} it can be taken back",
                wish.role
            )
        };
        let answer = Made { id, workspace, role: &wish.role, link: &link, expires_at: *expires_at };
        output::answer(words, &answer)?;
        Ok(Exit::Done)
    }
}

impl List {
    fn run(self) -> Result<Exit, Failure> {
        let told: InvitesReply = self.asks.open("the list of invitations")?.ask(&Asking::here("invites"))?;
        if output::in_json() {
            output::lines(told.invites.iter().map(json::write))?;
            return Ok(Exit::Done);
        }
        if told.invites.is_empty() {
            output::line(&output::visible(&format!("nobody was invited to {} yet", told.workspace)))?;
            return Ok(Exit::Done);
        }
        let now = clock::wall();
        let rows = told.invites.iter().map(|line| {
            let state = match line.state {
                InviteState::Open => format!("open, for {} more", clock::ahead(now, line.expires_at)),
                InviteState::Used => format!("used by {}", line.used_by.as_deref().unwrap_or_default()),
                InviteState::Revoked => "taken back".to_owned(),
                InviteState::Expired => "too old".to_owned(),
            };
            let whom = line.address.clone().unwrap_or_default();
            [line.id.clone(), line.role.to_string(), whom, line.made_by.clone(), state]
                .map(Shown::Text)
                .to_vec()
        });
        let columns = ["invitation", "role", "for", "made by", "state"].map(str::to_owned);
        output::line(&table(&columns, &rows.collect::<Vec<_>>()))?;
        Ok(Exit::Done)
    }
}

impl Revoke {
    fn run(self) -> Result<Exit, Failure> {
        let voice = self.asks.open("taking an invitation back")?;
        let id: String = self.invite.chars().filter(char::is_ascii_hexdigit).collect();
        let done: DoneReply = voice.ask(&Asking::here(format!("invites/{id}/revoke")).done())?;
        output::answer(|| format!("the invitation {id} works no more"), &done)?;
        Ok(Exit::Done)
    }
}

fn grant(text: &str) -> Result<Grant, String> {
    let (role, scope) = text.split_once('@').ok_or("a grant is ROLE@SCOPE")?;
    let role = role.parse::<Role>().map_err(|error| error.to_string())?;
    let scope = scope.parse::<Scope>().map_err(|error| error.to_string())?;
    Ok(Grant { scope, role })
}
