//! A device's one secret, and the keys that follow from it: one that signs and one to which others seal.

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::derive::derive;
use crate::form::{self, Bytes, V1, form};
use crate::secret::key;
use crate::sign::{self, SignPublic};
use crate::{Fresh, KeyError, Secret, What};

key!(/// What everything on a device opens with: 256 bits in one place, its holder. Destroying it destroys all the rest.
    DeviceSecret);

/// The form in which a holder keeps a secret as it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bare {
    v: V1,
    device_secret: Zeroizing<String>,
}

impl DeviceSecret {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(fresh.key("device secret"))
    }

    /// The keys that follow from it, always the same.
    pub fn keys(&self) -> DeviceKeys {
        let sign: Secret<32> = derive(&[self.expose()], None, &[b"fieldbook device signs v1"]);
        let seal = derive(&[self.expose()], None, &[b"fieldbook device is sealed to v1"]);
        DeviceKeys { sign: SigningKey::from_bytes(sign.expose()), seal }
    }

    /// As it is, in JSON, for a holder that protects it or that nobody asked to.
    pub fn write(&self) -> Zeroizing<String> {
        let bare = Bare { v: V1, device_secret: form::digits(self.expose()) };
        Zeroizing::new(fieldbook_model::json::write(&bare))
    }

    /// Reads what [`Self::write`] gives.
    ///
    /// # Errors
    /// [`KeyError::Form`] and [`KeyError::Version`].
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let bare: Bare = form::read(What::DeviceSecret, text)?;
        let mut read = false;
        let secret = Secret::filled(|bytes| read = form::undigits(&bare.device_secret, bytes));
        match read {
            true => Ok(Self(secret)),
            false => Err(form::no_bytes(What::DeviceSecret)),
        }
    }
}

/// The keys of a device. They live as long as the device is open.
pub struct DeviceKeys {
    pub(crate) sign: SigningKey,
    pub(crate) seal: Secret<32>,
}

impl DeviceKeys {
    /// What others may know.
    pub fn public(&self) -> DevicePublic {
        let seal = PublicKey::from(&StaticSecret::from(*self.seal.expose()));
        DevicePublic { v: V1, sign: sign::public(&self.sign), seal: SealPublic(Bytes(seal.to_bytes())) }
    }
}

impl std::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKeys(…)")
    }
}

/// The X25519 key (RFC 7748) to which a content key is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealPublic(pub(crate) Bytes<32>);

impl SealPublic {
    /// The 32 bytes of RFC 7748.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0.0
    }
}

/// What a server knows of a device's keys.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevicePublic {
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 1))]
    v: V1,
    /// What its signatures are checked with.
    pub sign: SignPublic,
    /// What is for it is sealed to this.
    pub seal: SealPublic,
}

form!(DevicePublic, What::DevicePublic);
