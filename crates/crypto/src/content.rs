//! The content key of a workspace on a device: made by the server, and sealed so that only the device's secret opens it.
//!
//! HPKE (RFC 9180), base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, one message for each encapsulation.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::CryptoRng;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::derive::fingerprint;
use crate::device::{DeviceKeys, DevicePublic};
use crate::form::{Bytes, V1, form};
use crate::secret::key;
use crate::{Binding, Fresh, KeyError, Secret, What};

/// The name of the purpose, in HPKE's `info`.
const NAME: &str = "fieldbook content key v1";

key!(/// The server's half of what opens a device's database. A device that has forgotten it is locked.
    ContentKey);

/// A content key that one device opens, for one place.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    #[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 1))]
    v: V1,
    /// By what the key is known that it is sealed to.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{32}$"))]
    to: Bytes<16>,
    /// The ephemeral public key.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{64}$"))]
    enc: Bytes<32>,
    /// The 32 bytes and the tag.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = "^[0-9a-f]{96}$"))]
    text: Bytes<48>,
}

form!(Sealed, What::ContentKey);

impl Sealed {
    /// The ephemeral public key: no two of anything that is sealed have the same.
    pub const fn enc(&self) -> &[u8; 32] {
        &self.enc.0
    }
}

impl ContentKey {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(fresh.key("content key"))
    }

    /// Seals it to a device.
    ///
    /// # Errors
    /// [`KeyError::Public`] for a key that no device has (a point of low order).
    pub fn seal_to(&self, to: &DevicePublic, place: &Binding, fresh: Fresh) -> Result<Sealed, KeyError> {
        let aad = place.bytes(NAME);
        let (enc, text) = seal(to.seal.bytes(), NAME.as_bytes(), self.expose(), &aad, &mut fresh.stream())
            .ok_or(KeyError::Public(What::DevicePublic))?;
        let text = text.try_into().expect("BUG: 32 bytes and a tag are not 48 bytes");
        Ok(Sealed { v: V1, to: known_by(to.seal.bytes()), enc: Bytes(enc), text: Bytes(text) })
    }

    /// Opens what was sealed to this device.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] when it was sealed to another, [`KeyError::Damaged`] when it was changed or is for another place.
    pub fn open(sealed: &Sealed, keys: &DeviceKeys, place: &Binding) -> Result<Self, KeyError> {
        if sealed.to != known_by(keys.public().seal.bytes()) {
            return Err(KeyError::WrongKey(What::ContentKey));
        }
        let aad = place.bytes(NAME);
        let opened = open(&keys.seal, &sealed.enc.0, NAME.as_bytes(), &sealed.text.0, &aad)
            .ok_or(KeyError::Damaged(What::ContentKey))?;
        Ok(Self(Secret::filled(|bytes| bytes.copy_from_slice(&opened))))
    }
}

/// A public key needs no protection: the fingerprint only has to be short.
pub fn known_by(public: &[u8; 32]) -> Bytes<16> {
    Bytes(fingerprint(&Secret::new(*public)))
}

/// HPKE's `Seal` in base mode: the ephemeral public key, and the text with its tag.
pub fn seal(
    to: &[u8; 32],
    info: &[u8],
    plain: &[u8],
    aad: &[u8],
    rng: &mut impl CryptoRng,
) -> Option<([u8; 32], Vec<u8>)> {
    let to = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(to).ok()?;
    let (enc, text) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &to,
        info,
        plain,
        aad,
        rng,
    )
    .ok()?;
    Some((enc.to_bytes().into(), text))
}

/// HPKE's `Open` in base mode.
pub fn open(
    own: &Secret<32>,
    enc: &[u8; 32],
    info: &[u8],
    text: &[u8],
    aad: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let own = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(own.expose()).ok()?;
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).ok()?;
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &own,
        &enc,
        info,
        text,
        aad,
    );
    opened.ok().map(Zeroizing::new)
}
