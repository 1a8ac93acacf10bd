//! `fieldbook admin member list`: who is what.

use clap::Args;
use fieldbook_server_store::Store;
use fieldbook_server_sync::Role;

use super::super::store;
use super::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::table::{Shown, table};

/// List the members of a workspace, with their roles and grants
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin member list --workspace shop --data shop/server")]
pub struct MemberList {
    #[command(flatten)]
    place: Place,
}

impl MemberList {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let workspace = of.folder.open_store(of.row.id).map_err(store)?;
        let mut reader = workspace.reader().map_err(store)?;
        let head = reader.head().map_err(store)?.version;
        let mut rows = Vec::new();
        for member in of.folder.accounts().members(of.row.id).map_err(store)? {
            let said = reader.access(member.user, head).map_err(store)?.map(|(_, access)| access);
            let role = said.as_ref().map_or(&member.role, |access| &access.role);
            let role = if *role == Role::Nobody { "removed".to_owned() } else { role.to_string() };
            let grants = said.iter().flat_map(|access| &access.grants);
            let grants = grants.map(|grant| format!("{} in {}", grant.role, grant.scope));
            let grants = grants.collect::<Vec<_>>().join(", ");
            rows.push([member.name, role, grants].map(Shown::Text).to_vec());
        }
        let columns = ["name", "role", "grants"].map(str::to_owned);
        output::line(&table(&columns, &rows))?;
        Ok(Exit::Done)
    }
}
