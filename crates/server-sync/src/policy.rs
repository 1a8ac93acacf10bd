//! Who may do what: the one function that every path asks (push, pull, live, and each op again).

use std::fmt;
use std::str::FromStr;

use fieldbook_model::{DeviceId, UserId, WorkspaceId};

/// A signed-in device and whom it acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: UserId,
    /// The device that the token is bound to.
    pub device: DeviceId,
    /// The workspace that the token is bound to.
    pub workspace: WorkspaceId,
    /// The user's role there.
    pub role: Role,
    /// The user's name, for what people read.
    pub name: String,
}

/// What a member is in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads and acts.
    Member,
    /// Reads, acts and administers.
    Owner,
}

/// Every role, for messages and tests.
pub const ROLES: [Role; 3] = [Role::Viewer, Role::Member, Role::Owner];

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        })
    }
}

impl FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = ROLES.into_iter().find(|role| role.to_string() == text);
        found.ok_or_else(|| format!("{text:?} is no role; the roles are viewer, member, owner"))
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Offer ops. Each is judged again by `Act`.
    Push,
    /// Make a change.
    Act,
    /// Read what is there.
    Pull,
    /// Be told what changes.
    Live,
}

/// Whether a principal may do a thing in a workspace.
pub fn may(principal: &Principal, workspace: WorkspaceId, call: Call) -> bool {
    principal.workspace == workspace
        && match call {
            // Whoever may not act still gets a verdict for what is queued on the device.
            Call::Pull | Call::Live | Call::Push => true,
            Call::Act => principal.role >= Role::Member,
        }
}
