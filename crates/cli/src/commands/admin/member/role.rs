//! `fieldbook admin member role`: what a member is from now on.

use clap::Args;
use fieldbook_model::op::About;
use fieldbook_model::{Membership, Role};

use super::{Is, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Give a member another role
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook admin member role ann manager --workspace shop --data shop/server"
)]
pub struct MemberRole {
    /// The member's name
    user: String,
    /// The role: owner, admin, member, viewer, or one of the schema's
    role: Role,
    #[command(flatten)]
    place: Place,
}

impl MemberRole {
    /// Gives it.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let member = of.member(&self.user)?;
        let (user, name, role) = (member.user, member.name.clone(), self.role.clone());
        of.change(About::Member(Membership { user, name, role }))?;
        let (name, role, workspace) = (&member.name, &self.role, &of.row.name);
        let words = || format!("{name} is {role} of the workspace {workspace}");
        output::answer(words, &Is { member: name, role, workspace })?;
        Ok(Exit::Done)
    }
}
