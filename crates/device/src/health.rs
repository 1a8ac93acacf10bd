//! What a server says of itself to whoever asks, signed in or not.

use std::time::Duration;

use fieldbook_model::{WallTime, json};
use fieldbook_protocol::Fingerprint;
use serde::Deserialize;

use crate::clock;
use crate::error::DeviceError;
use crate::http::Server;

/// How long somebody waits for it.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Of the server's program.
    pub version: String,
    /// The protocol's number.
    pub protocol: u32,
    /// The server's clock, when half of the time had passed.
    pub time: WallTime,
    /// How long it took.
    pub took_ms: u64,
}

#[derive(Deserialize)]
struct Said {
    version: String,
    protocol: u32,
    time: WallTime,
}

/// Asks a server, trusted as a device trusts it.
pub async fn health(address: &str, pinned: Option<Fingerprint>) -> Result<Health, DeviceError> {
    let server = Server::new(address, pinned)?;
    let begun = clock::now().mono_ms;
    let asked = server.health().await;
    let took_ms = clock::now().mono_ms.saturating_sub(begun);
    let body = asked.map_err(|(trouble, said)| DeviceError::call(trouble, said, address))?;
    let foreign = |reason| {
        let trouble = fieldbook_device_sync::Trouble::Foreign(reason);
        DeviceError::call(trouble, None, address)
    };
    let Said { version, protocol, time } = json::parse_bytes(&body).map_err(|error| foreign(error.reason))?;
    Ok(Health { version, protocol, time, took_ms })
}
