//! `fieldbook admin member remove`: somebody is no member any more.

use clap::Args;
use fieldbook_model::op::About;
use fieldbook_model::{Membership, Role};

use super::{Is, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Remove a member: the devices of that person receive nothing any more, and what is queued there is refused
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin member remove ann --workspace shop --data shop/server")]
pub struct MemberRemove {
    /// The member's name
    user: String,
    #[command(flatten)]
    place: Place,
}

impl MemberRemove {
    /// Removes one.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let member = of.member(&self.user)?;
        let (user, name) = (member.user, member.name.clone());
        of.change(About::Member(Membership { user, name, role: Role::Nobody }))?;
        let (name, workspace) = (&member.name, &of.row.name);
        let words = || format!("{name} is no member of the workspace {workspace} any more");
        output::answer(words, &Is { member: name, role: &Role::Nobody, workspace })?;
        Ok(Exit::Done)
    }
}
