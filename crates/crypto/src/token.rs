//! The token of a device that is locked: the database that has it does not open then, so it waits sealed to the device itself.
//!
//! HPKE as of a content key, under a name of its own.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::content::{known_by, open, seal};
use crate::device::DeviceKeys;
use crate::form::{self, Bytes, Text, V1, form};
use crate::{Binding, Fresh, KeyError, What};

/// The name of the purpose.
const NAME: &str = "fieldbook token of a locked device v1";

/// A token that one device opens, for one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedToken {
    v: V1,
    /// By what the key is known that it is sealed to.
    to: Bytes<16>,
    /// The ephemeral public key.
    enc: Bytes<32>,
    /// The token and the tag.
    text: Text,
}

form!(SealedToken, What::Token);

impl SealedToken {
    /// Seals a token to the device whose it is.
    pub fn seal(token: &str, own: &DeviceKeys, place: &Binding, fresh: Fresh) -> Self {
        let to = own.public();
        let aad = place.bytes(NAME);
        let sealed = seal(to.seal.bytes(), NAME.as_bytes(), token.as_bytes(), &aad, &mut fresh.stream());
        let (enc, text) = sealed.expect("BUG: a device's own key is a point of low order");
        Self { v: V1, to: known_by(to.seal.bytes()), enc: Bytes(enc), text: Text(text) }
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] when it was sealed to another, [`KeyError::Damaged`] when it was changed or is for another place.
    pub fn open(&self, own: &DeviceKeys, place: &Binding) -> Result<Zeroizing<String>, KeyError> {
        if self.to != known_by(own.public().seal.bytes()) {
            return Err(KeyError::WrongKey(What::Token));
        }
        let opened = open(&own.seal, &self.enc.0, NAME.as_bytes(), &self.text.0, &place.bytes(NAME));
        let opened = opened.ok_or(KeyError::Damaged(What::Token))?;
        let text = std::str::from_utf8(&opened).map_err(|_| form::not(What::Token, "a token is a text"))?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}
