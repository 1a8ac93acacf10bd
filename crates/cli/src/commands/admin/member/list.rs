//! `fieldbook admin member list`: who is what.

use clap::Args;
use fieldbook_model::{Role, Scope, json};
use fieldbook_server_store::Store;
use serde::Serialize;

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

/// A member, for programs.
#[derive(Serialize)]
struct Listed {
    member: String,
    /// `nobody` once removed.
    role: Role,
    grants: Vec<Given>,
}

/// A grant, for programs.
#[derive(Serialize)]
struct Given {
    role: Role,
    scope: Scope,
}

impl MemberList {
    /// Lists them.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let workspace = of.folder.open_store(of.row.id).map_err(store)?;
        let mut reader = workspace.reader().map_err(store)?;
        let head = reader.head().map_err(store)?.version;
        let (mut rows, mut answers) = (Vec::new(), Vec::new());
        for member in of.folder.accounts().members(of.row.id).map_err(store)? {
            let said = reader.access(member.user, head).map_err(store)?.map(|(_, access)| access);
            let role = said.as_ref().map_or(&member.role, |access| &access.role);
            let grants = said.iter().flat_map(|access| &access.grants);
            let given =
                grants.clone().map(|grant| Given { role: grant.role.clone(), scope: grant.scope.clone() });
            answers.push(Listed { member: member.name.clone(), role: role.clone(), grants: given.collect() });
            let role = if *role == Role::Nobody { "removed".to_owned() } else { role.to_string() };
            let grants = grants.map(|grant| format!("{} in {}", grant.role, grant.scope));
            let grants = grants.collect::<Vec<_>>().join(", ");
            rows.push([member.name, role, grants].map(Shown::Text).to_vec());
        }
        if output::in_json() {
            output::lines(answers.iter().map(json::write))?;
            return Ok(Exit::Done);
        }
        let columns = ["name", "role", "grants"].map(str::to_owned);
        output::line(&table(&columns, &rows))?;
        Ok(Exit::Done)
    }
}
