//! Sign-in: a name, a password and a new device in; a token out, which is bound to that device. And the keys: public ones in,
//! the workspace's content key out, sealed to them.

use fieldbook_crypto::age::Recipient;
use fieldbook_crypto::{DevicePublic, Sealed, ServerPublic};
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
    /// Its public keys. A device of an earlier program has none; who gives a password may tell other ones than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<DevicePublic>,
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
    /// For a device that told its public keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<KeysReply>,
}

/// `POST /v2/auth/keys`, with the token of a device that is signed in: for one that told no keys when it signed in, and for one
/// that needs its content key again.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysRequest {
    /// The device's public keys. Once some are known, others take a sign-in with the password.
    pub keys: DevicePublic,
}

/// What a device opens its database with, besides its own secret.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysReply {
    /// Which of the workspace's content keys it is: 1, 2, 3 …
    pub number: u32,
    /// The content key, sealed to this device for this workspace and number.
    pub sealed: Sealed,
    /// What the server's orders are checked with. A device keeps the first one that it is told.
    pub server: ServerPublic,
    /// To whom a device encrypts its diagnostics. A server of an earlier program has no such key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support: Option<Recipient>,
}
