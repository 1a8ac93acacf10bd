//! `fieldbook admin user add`: a user, as a member of a workspace.

use std::sync::Arc;

use clap::Args;
use fieldbook_model::UserId;
use fieldbook_server_store::{AddUser, Store};
use fieldbook_server_sync::Role;

use super::member::Is;
use super::{account, name, operator, store, workspace};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::password::{Asked, BreachedArgs, PasswordArgs};
use crate::server_key::DataArgs;

/// Add a user to a workspace
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin user add ann --workspace shop --data shop/server --role member"
)]
pub struct UserAdd {
    /// The user's name
    name: String,
    /// The workspace
    #[arg(long, value_name = "NAME")]
    workspace: String,
    #[command(flatten)]
    data: DataArgs,
    /// What the user is there: viewer, member, owner, or a role of the schema
    #[arg(long, default_value = "member")]
    role: Role,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    breached: BreachedArgs,
}

impl UserAdd {
    /// Adds one.
    pub fn run(self) -> Result<Exit, Failure> {
        name("user", &self.name)?;
        let rules = self.breached.rules()?;
        let mut folder = self.data.open()?;
        folder.hold_passwords_against(rules);
        let row = workspace(&folder, &self.workspace)?;
        let schema = Arc::clone(folder.open_store(row.id).map_err(store)?.schema());
        if !schema.has_role(&self.role) || self.role == Role::Nobody {
            let words = format!("there is no role {} here; there are: {}", self.role, schema.role_names());
            return Err(Failure::wrong(words));
        }
        let password = self.password.read(&self.name, Asked::Twice)?;
        let user = AddUser {
            workspace: self.workspace,
            name: self.name,
            password,
            role: self.role,
            id: UserId::v7(clock::wall_ms(), clock::random()),
            salt: clock::random(),
        };
        folder.accounts().add_user(&user, &operator(), clock::wall()).map_err(account)?;
        let AddUser { workspace, name, role, .. } = &user;
        let words = || format!("{name} is {role} of the workspace {workspace}");
        output::answer(words, &Is { member: name, role, workspace })?;
        Ok(Exit::Done)
    }
}
