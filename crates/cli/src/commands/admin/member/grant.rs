//! `fieldbook admin member grant`: what a member is in one scope.

use clap::Args;
use fieldbook_model::op::About;
use fieldbook_model::{Granting, Role, Scope};

use serde::Serialize;

use super::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Give a member another role in a scope and in all that lies there, or take that back
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin member grant ann floor/0198c0de-7a11-7000-8000-00000000002a viewer --workspace site --data site/server"
)]
pub struct MemberGrant {
    /// The member's name
    user: String,
    /// The scope: a record type that opens scopes, and the record's id
    scope: Scope,
    /// The role there: owner, member, viewer, nobody, or one of the schema's
    #[arg(required_unless_present = "take_back")]
    role: Option<Role>,
    /// Take the grant back
    #[arg(long, conflicts_with = "role")]
    take_back: bool,
    #[command(flatten)]
    place: Place,
}

/// What somebody is in a scope, for programs; without a role there is no grant any more.
#[derive(Serialize)]
struct Granted<'a> {
    member: &'a str,
    role: Option<&'a Role>,
    scope: &'a Scope,
    workspace: &'a str,
}

impl MemberGrant {
    /// Gives it, or takes it back.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let member = of.member(&self.user)?;
        let (user, scope) = (member.user, self.scope.clone());
        of.change(About::Grant(Granting { user, scope, role: self.role.clone() }))?;
        let (name, scope) = (&member.name, &self.scope);
        let words = || match &self.role {
            Some(role) => format!("{name} is {role} in {scope}"),
            None => format!("{name} has no grant in {scope} any more"),
        };
        let role = self.role.as_ref();
        output::answer(words, &Granted { member: name, role, scope, workspace: &of.row.name })?;
        Ok(Exit::Done)
    }
}
