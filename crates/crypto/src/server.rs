//! The key with which a server signs what only it may say.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::form::{V1, form};
use crate::sign::{self, SignPublic};
use crate::{Fresh, What};

/// A server's Ed25519 key.
pub struct ServerKey(pub(crate) SigningKey);

impl ServerKey {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(SigningKey::from_bytes(fresh.key("server key").expose()))
    }

    /// From the 32 bytes that [`Self::expose`] gives.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// The 32 bytes of RFC 8032's private key, for where they are kept.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// What devices check its orders with.
    pub fn public(&self) -> ServerPublic {
        ServerPublic { v: V1, sign: sign::public(&self.0) }
    }
}

impl std::fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

/// What a device learns at its first sign-in, and checks orders with from then on.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerPublic {
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 1))]
    v: V1,
    /// What its signatures are checked with.
    pub sign: SignPublic,
}

form!(ServerPublic, What::ServerPublic);
