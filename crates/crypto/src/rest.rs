//! A server's data at rest: one key from outside wraps one data key, from which each file has its own.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::database::sqlcipher;
use crate::derive::derive;
use crate::form::{self, V1, form};
use crate::secret::key;
use crate::{Fresh, KeyError, Locked, Secret, What};

/// The name of the purpose.
const NAME: &[u8] = b"fieldbook server data key v1\0";

key!(/// The key that a server is given from outside: by a file, a variable, or a command.
    OuterKey);
key!(/// What all files of a server's data folder have their keys from.
    DataKey);
key!(/// The key of one file.
    FileKey);

impl OuterKey {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(fresh.key("outer key"))
    }

    /// Reads 64 lower-case hexadecimal digits, with white space around them or none.
    ///
    /// # Errors
    /// [`KeyError::Form`] for anything else.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let mut read = false;
        let key = Secret::filled(|bytes| read = form::undigits(text.trim_ascii(), bytes));
        if read { Ok(Self(key)) } else { Err(form::no_bytes(What::OuterKey)) }
    }

    /// Sixty-four digits and the end of the line.
    pub fn write(&self) -> Zeroizing<String> {
        form::joined(&[&form::digits(self.expose()), "\n"])
    }
}

/// A data key under an outer key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappedDataKey {
    v: V1,
    locked: Locked,
}

form!(WrappedDataKey, What::DataKey);

impl WrappedDataKey {
    /// Where its nonce is, which no other has, and by what its outer key is known.
    pub const fn locked(&self) -> &Locked {
        &self.locked
    }
}

impl DataKey {
    /// A new one.
    pub fn make(fresh: Fresh) -> Self {
        Self(fresh.key("data key"))
    }

    /// Wraps it. A new outer key wraps the same data key again, and no file changes.
    pub fn wrap(&self, outer: &OuterKey, fresh: Fresh) -> WrappedDataKey {
        let locked = Locked::lock(&self.0, &wrapping(outer), NAME, &fresh);
        WrappedDataKey { v: V1, locked }
    }

    /// Opens what was wrapped.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] under another outer key, [`KeyError::Damaged`] under this one.
    pub fn unwrap(wrapped: &WrappedDataKey, outer: &OuterKey) -> Result<Self, KeyError> {
        wrapped.locked.open(What::DataKey, &wrapping(outer), NAME).map(Self)
    }

    /// The key of a file, by its name in the data folder. A file that is renamed has another key.
    pub fn file(&self, name: &str) -> FileKey {
        FileKey(derive(&[self.expose()], None, &[b"fieldbook server file v1\0", name.as_bytes()]))
    }
}

impl FileKey {
    /// The key in the form that SQLCipher takes without a derivation of its own: `x'` 64 digits `'`.
    pub fn sqlcipher(&self) -> Zeroizing<String> {
        sqlcipher(&self.0)
    }
}

/// Not the outer key itself: a KMS may give the same one to others.
fn wrapping(outer: &OuterKey) -> Secret<32> {
    derive(&[outer.expose()], None, &[NAME])
}
