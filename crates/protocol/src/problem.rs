//! Problem documents (RFC 9457): every reply that is no success.

use fieldbook_model::{WallTime, json};
use serde::{Deserialize, Serialize};

use crate::wipe::Ordered;

/// A stable code for programs; the kebab-case names are part of the wire.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// The body is not what this call takes.
    BadRequest,
    /// No token, or none that is known.
    SignInNeeded,
    /// The token's session has ended: sign in again; nothing is lost.
    SessionEnded,
    /// Wrong name or password, in one answer for both.
    WrongSignIn,
    /// The user is no member of the workspace any more: what is queued may still be pushed, and is refused op by op.
    Revoked,
    /// The user, or the web page, may not do this.
    Forbidden,
    /// The password that was given once more is wrong.
    WrongPassword,
    /// This is dangerous: give the password once more first (`POST /v2/auth/confirm`).
    ConfirmNeeded,
    /// An invitation or a code for a new password that does not work, or not any more: one answer whatever the reason.
    UselessCode,
    /// What is asked cannot be as things stand: the name is taken, or it is the last owner.
    Conflict,
    /// There is no such thing, or the user may not know of it.
    NotFound,
    /// The path belongs to another version of the protocol than the server speaks.
    OtherProtocol,
    /// The path does not take this method.
    WrongMethod,
    /// The body is larger than the server takes.
    TooLarge,
    /// Another device's log, or another history of this one, stands at this place: take a new identity.
    LogForked,
    /// Another device's keys are known for this device: sign in with the password to tell new ones.
    OtherKeys,
    /// A push, or the word that a device was wiped, is not signed with the keys that are known for the device. Who pushes signs in
    /// with the password to tell its own.
    NotSigned,
    /// The device speaks of another history of the workspace than the server has: pull, then push again.
    HistoryDiffers,
    /// The device has a newer version of the schema than the server: it waits until the server has it too.
    NewerSchema,
    /// The device is to be wiped, or was: the order stands in `wipe`.
    Wiped,
    /// Too many requests; see `retry_after_ms`.
    TooMany,
    /// The server cannot just now; see `retry_after_ms`.
    Unavailable,
    /// A defect of the server.
    Internal,
}

impl ProblemCode {
    /// Its name, as on the wire.
    pub fn name(self) -> String {
        json::write(&self).trim_matches('"').to_owned()
    }

    /// The HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::SignInNeeded | Self::SessionEnded | Self::WrongSignIn => 401,
            Self::Revoked | Self::Forbidden | Self::NotSigned => 403,
            Self::WrongPassword | Self::ConfirmNeeded | Self::UselessCode => 403,
            Self::NotFound | Self::OtherProtocol => 404,
            Self::WrongMethod => 405,
            Self::TooLarge => 413,
            Self::LogForked | Self::OtherKeys | Self::HistoryDiffers | Self::NewerSchema | Self::Conflict => {
                409
            }
            Self::Wiped => 410,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// A problem document.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// For programs.
    pub code: ProblemCode,
    /// The HTTP status.
    pub status: u16,
    /// For people: what is wrong and what to do. Holds no data of a user.
    pub title: String,
    /// The server's clock.
    pub time: WallTime,
    /// When to try again, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The order, where the device is to be wiped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wipe: Option<Box<Ordered>>,
}

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

impl Problem {
    /// A problem at a time of the server's clock.
    pub fn new(code: ProblemCode, title: impl Into<String>, time: WallTime) -> Self {
        Self { code, status: code.status(), title: title.into(), time, retry_after_ms: None, wipe: None }
    }
}
