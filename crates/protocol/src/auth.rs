//! Sign-in: a name, a password and a new device in; a token out, which is bound to that device.

use fieldbook_model::{DeviceId, Epoch, Limits, Schema, UserId, WallTime, WorkspaceId};
use serde::{Deserialize, Serialize};

/// `POST /v2/auth/sign-in`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The workspace's name.
    pub workspace: String,
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// The id that the device made for itself.
    pub device_id: DeviceId,
    /// What a person calls the device.
    pub device_name: String,
}

/// What a device needs to begin.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInReply {
    /// Sent as `Authorization: Bearer …` with every call. Never written to a log or a URL.
    pub token: String,
    /// Who signed in.
    pub user_id: UserId,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// The workspace's name.
    pub workspace: String,
    /// The role of the user.
    pub role: String,
    /// The history that the workspace is in.
    pub epoch: Epoch,
    /// The workspace's record types.
    pub schema: Schema,
    /// What the server takes.
    pub limits: Limits,
    /// The server's clock.
    pub time: WallTime,
}
