//! `fieldbook admin member grant`: what a member is in one scope.

use clap::Args;
use fieldbook_model::op::About;
use fieldbook_model::{Granting, Role, Scope};

use serde::Serialize;

use super::Place;
use crate::commands::people::member::Granted;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Give a member another role in a scope and in all that lies there, or take that back
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin member grant ann floor/0198c0de-7a11-7000-8000-00000000002a viewer --workspace site --data site/server"
)]
pub struct MemberGrant {
    #[command(flatten)]
    granted: Granted,
    #[command(flatten)]
    place: Place,
}

/// What somebody is in a scope, for programs; without a role there is no grant any more.
#[derive(Serialize)]
struct Answer<'a> {
    member: &'a str,
    role: Option<&'a Role>,
    scope: &'a Scope,
    workspace: &'a str,
}

impl MemberGrant {
    /// Gives it, or takes it back.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let Granted { user, scope, role, .. } = &self.granted;
        let member = of.member(user)?;
        of.change(About::Grant(Granting { user: member.user, scope: scope.clone(), role: role.clone() }))?;
        let (name, role) = (&member.name, role.as_ref());
        output::answer(
            || self.granted.words(name),
            &Answer { member: name, role, scope, workspace: &of.row.name },
        )?;
        Ok(Exit::Done)
    }
}
