//! What a person does with an account and not with a device: an invitation taken up, a new password; and what is asked about
//! accounts and people in the name of a device that is signed in.

use fieldbook_model::json;
use fieldbook_protocol::account::{DoneReply, JoinReply, JoinRequest, ResetRequest};
use serde::Serialize;

use crate::error::DeviceError;
use crate::http::Server;
use crate::sign_in::Trust;

/// A question or a wish about accounts and people.
#[derive(Clone)]
pub struct Asking {
    pub(crate) path: AskedPath,
    /// A wish has one.
    pub(crate) body: Option<String>,
}

#[derive(Clone)]
pub(crate) enum AskedPath {
    /// Behind the workspace of the device.
    Here(String),
    /// Behind `/v2/`.
    Account(String),
}

impl Asking {
    /// A question about the workspace of the device.
    pub fn here(path: impl Into<String>) -> Self {
        Self { path: AskedPath::Here(path.into()), body: None }
    }

    /// A question about the person's account.
    pub fn account(path: impl Into<String>) -> Self {
        Self { path: AskedPath::Account(path.into()), body: None }
    }

    /// Something that is wanted.
    pub fn with<T: Serialize>(self, wish: &T) -> Self {
        Self { body: Some(json::write(wish)), ..self }
    }

    /// Something that is wanted and needs no words.
    pub fn done(self) -> Self {
        Self { body: Some(String::new()), ..self }
    }
}

/// Takes an invitation up at a server.
pub async fn join(server: &str, trust: Trust, request: &JoinRequest) -> Result<JoinReply, DeviceError> {
    reach(server, trust)?.join(request).await.map_err(|error| at(server, error))
}

/// Chooses a new password with a code.
pub async fn reset(server: &str, trust: Trust, request: &ResetRequest) -> Result<DoneReply, DeviceError> {
    reach(server, trust)?.reset(request).await.map_err(|error| at(server, error))
}

/// A failed call with the address that was called.
fn at(server: &str, error: DeviceError) -> DeviceError {
    match error {
        DeviceError::Call { trouble, said } => DeviceError::call(trouble, said, server),
        error => error,
    }
}

fn reach(server: &str, trust: Trust) -> Result<Server, DeviceError> {
    let pinned = match trust {
        Trust::Only(pinned) => Some(pinned),
        Trust::AsBefore | Trust::System => None,
    };
    Server::new(server, pinned)
}
