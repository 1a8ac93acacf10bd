//! Who may do what: the one function that every path asks (push, pull, live, and each op again).

use fieldbook_model::{DeviceId, Role, UserId, WorkspaceId};

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
            Call::Act => principal.role.acts(),
        }
}
