//! Who is what in a workspace, for whoever administers it: members, invitations, devices, and what was decided.

use fieldbook_model::access::Grant;
use fieldbook_model::{DeviceId, Role, Scope, UserId, WallTime};
use serde::{Deserialize, Serialize};

/// `GET /v2/workspaces/{workspace}/members`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersReply {
    /// The workspace's name.
    pub workspace: String,
    /// By name. Who was removed is not among them.
    pub members: Vec<MemberLine>,
}

/// A member.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLine {
    /// Who.
    pub user_id: UserId,
    /// What the person is called.
    pub name: String,
    /// What the person is.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// And in parts of the workspace.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub grants: Vec<Grant>,
}

/// `POST …/members/{user}/role`. The role `nobody` removes a member, and oneself: it leaves.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRequest {
    /// What the member is from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
}

/// `POST …/members/{user}/grant`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// In which part.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// What the member is there; without it the grant is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub role: Option<Role>,
}

/// `POST …/invites`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// What whoever takes it up is there.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// And in parts of the workspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub grants: Vec<Grant>,
    /// Whoever takes it up has to give this address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// For how many hours it works; without it 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<u32>,
}

/// An invitation that was just made. The code is told once and stored nowhere.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct InviteReply {
    /// By what it is called.
    pub id: String,
    /// The workspace's name.
    pub workspace: String,
    /// What it is taken up with. In a link it stands behind the `#`, which no server and no log sees.
    pub code: String,
    /// Until when it works.
    pub expires_at: WallTime,
}

/// `GET …/invites`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitesReply {
    /// The workspace's name.
    pub workspace: String,
    /// Oldest first.
    pub invites: Vec<InviteLine>,
}

/// An invitation.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteLine {
    /// By what it is called.
    pub id: String,
    /// What it gives.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub role: Role,
    /// And in parts.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub grants: Vec<Grant>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: WallTime,
    /// Until when it works.
    pub expires_at: WallTime,
    /// What became of it.
    pub state: InviteState,
    /// Who took it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

/// What became of an invitation.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InviteState {
    /// It waits to be taken up.
    Open,
    /// Somebody took it up.
    Used,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

/// `GET …/devices`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicesReply {
    /// The workspace's name.
    pub workspace: String,
    /// The longest silent first.
    pub devices: Vec<DeviceLine>,
}

/// A device that signed in.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLine {
    /// The device.
    pub device_id: DeviceId,
    /// What its person calls it.
    pub name: String,
    /// Whose it is.
    pub user_id: UserId,
    /// What that person is called.
    pub user: String,
    /// When it signed in first.
    pub signed_in: WallTime,
    /// When it last called, to the minute.
    pub last_seen: WallTime,
    /// How many ops it had to send, as it last said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
    /// What it is: signed in, signed out, or somewhere on its way to be wiped.
    pub state: DeviceState,
}

/// What a device is to its server.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceState {
    /// Its session lasts.
    SignedIn,
    /// Its session was ended; what it holds stays there.
    SignedOut,
    /// It is to be wiped, and has not called since.
    WipeOrdered,
    /// It was told to.
    WipeReached,
    /// It said that it did.
    Wiped,
}

/// `POST …/devices/{device}/wipe`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WipeRequest {
    /// Whether the device may send first what it has to send.
    pub rescue: bool,
}

/// `GET …/audit?after=N`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditReply {
    /// The workspace's name.
    pub workspace: String,
    /// Oldest first.
    pub entries: Vec<AuditLine>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// Something that was decided or tried.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// Its place among all: the `after` of the next question.
    pub place: u64,
    /// When.
    pub at: WallTime,
    /// What, such as `member-role`.
    pub deed: String,
    /// Whether it was done; else it was tried and refused.
    pub is_done: bool,
    /// Whom or what it is about.
    pub about: String,
    /// What whoever did it is called; empty for a stranger.
    pub by: String,
    /// The device that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// The address from which was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}
