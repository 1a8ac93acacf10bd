//! A person's own account: an invitation taken up, a new password, sessions, workspaces.

use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use serde::{Deserialize, Serialize};

/// `POST /v2/auth/join`: takes an invitation up. Whoever has a user on the server already gives that one's name and password.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The invitation's code: what stands behind the `#` of its link.
    pub code: String,
    /// What the person is called, or wants to be.
    pub user: String,
    /// The password, or the one to be.
    pub password: String,
    /// The address that the invitation is bound to, if it is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Who has taken an invitation up. A device signs in next.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinReply {
    /// The workspace.
    pub workspace: String,
    /// The user's name as it is written there.
    pub user: String,
    /// What the user is there.
    pub role: String,
}

/// `POST /v2/auth/reset`: chooses a new password with a code that an operator gave. Ends every session of the user.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    /// The code.
    pub code: String,
    /// The user's name.
    pub user: String,
    /// The new password.
    pub password: String,
}

/// `POST /v2/auth/password`: changes the own password. Ends every other session of the user.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// The password so far.
    pub password: String,
    /// The one to be.
    pub new_password: String,
}

/// `POST /v2/auth/confirm`: gives the password once more, for what is dangerous.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// The password.
    pub password: String,
}

/// Until when dangerous things need no other password.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmReply {
    /// By the server's clock.
    pub until: WallTime,
}

/// A call that has nothing more to tell than that it was done.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneReply {
    /// When, by the server's clock.
    pub at: WallTime,
}

/// `GET /v2/account`: who calls, where that person is a member, and which sessions there are.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReply {
    /// Who.
    pub user_id: UserId,
    /// The user's name.
    pub user: String,
    /// The workspace of the session that asks.
    pub workspace_id: WorkspaceId,
    /// By name.
    pub workspaces: Vec<InWorkspace>,
    /// The sessions that last, the one that was silent longest first.
    pub sessions: Vec<SessionLine>,
}

/// A workspace, and what somebody is there.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// The role.
    pub role: String,
}

/// `POST /v2/workspaces`: makes a workspace, whose owner is whoever makes it. Asked again with the same id, it is answered again and
/// made once.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWorkspaceRequest {
    /// Its id, made by whoever asks.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What its records are: the text of a schema file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Else the workspace whose record types it gets, in which the caller reads; without both the one of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<WorkspaceId>,
}

/// A session: each device has one.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    /// The device.
    pub device_id: DeviceId,
    /// What its person calls it.
    pub device: String,
    /// The workspace's name.
    pub workspace: String,
    /// When it signed in last.
    pub signed_in: WallTime,
    /// When it last called, to the minute.
    pub last_seen: WallTime,
    /// How many ops it had to send, as it last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
}

/// `POST /v2/account/end`: ends a session of one's own by hand.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Which; without it all but the one that asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
}

/// How many sessions ended.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndReply {
    /// So many.
    pub ended: u64,
}

/// `POST /v2/workspaces/{workspace}/rename`, and `POST …/delete`, which wants the name that the workspace has, typed by a person.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameRequest {
    /// The name.
    pub name: String,
}
