//! The key of a device's database: random, and wrapped so that it takes device secret and content key to open it.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::content::ContentKey;
use crate::derive::derive;
use crate::device::DeviceSecret;
use crate::form::{self, V1, form};
use crate::secret::key;
use crate::{Binding, Fresh, KeyError, Locked, Secret, What};

/// The name of the purpose.
const NAME: &str = "fieldbook database key v1";

key!(/// The 256 bits that a device's database is encrypted under. A new one means that every page is rewritten.
    DatabaseKey);

/// A database key under device secret and content key, for one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrapped {
    v: V1,
    locked: Locked,
}

form!(Wrapped, What::DatabaseKey);

impl Wrapped {
    /// Where its nonce is, which no other has.
    pub const fn locked(&self) -> &Locked {
        &self.locked
    }
}

impl DatabaseKey {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(fresh.key("database key"))
    }

    /// Wraps it.
    pub fn wrap(
        &self,
        device: &DeviceSecret,
        content: &ContentKey,
        place: &Binding,
        fresh: Fresh,
    ) -> Wrapped {
        let locked = Locked::lock(&self.0, &wrapping(device, content), &place.bytes(NAME), &fresh);
        Wrapped { v: V1, locked }
    }

    /// Opens what was wrapped.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] when secret or content key is another, [`KeyError::Damaged`] when it was changed or is for
    /// another place.
    pub fn unwrap(
        wrapped: &Wrapped,
        device: &DeviceSecret,
        content: &ContentKey,
        place: &Binding,
    ) -> Result<Self, KeyError> {
        let key = wrapping(device, content);
        wrapped.locked.open(What::DatabaseKey, &key, &place.bytes(NAME)).map(Self)
    }

    /// The key in the form that SQLCipher takes without a derivation of its own: `x'` 64 digits `'`.
    pub fn sqlcipher(&self) -> Zeroizing<String> {
        sqlcipher(&self.0)
    }
}

/// The form of a raw key in SQLCipher's `PRAGMA key`.
pub fn sqlcipher(key: &Secret<32>) -> Zeroizing<String> {
    form::joined(&["x'", &form::digits(key.expose()), "'"])
}

/// Both halves in one: who has one of them has nothing.
fn wrapping(device: &DeviceSecret, content: &ContentKey) -> Secret<32> {
    derive(&[device.expose(), content.expose()], None, &[NAME.as_bytes()])
}
