//! A device's secret under a passphrase: Argon2id (RFC 9106), and under what it gives XChaCha20-Poly1305.
//!
//! How much memory and time it takes is written beside it. Whoever wrote the file may be somebody else, so what is read is
//! bounded before anything is done with it, and memory that is not there is an error and no end of the program.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::device::DeviceSecret;
use crate::form::{Bytes, V1, form};
use crate::{Fresh, KeyError, Locked, Secret, What};

/// The name of the purpose.
const NAME: &[u8] = b"fieldbook device secret under a passphrase v1\0";
/// The shortest that is set, in characters. More than a server asks of a password: whoever has the file tries as often as he likes.
const CHARS_MIN: usize = 12;
/// The longest that is set, in bytes: enough for every sentence, and not a book to be stretched.
const BYTES_MAX: usize = 1024;

/// What a person types. The bytes count as they are: a letter that can be spelled in two ways in Unicode is two letters.
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// As it was typed.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// One that a secret is put under from now on.
    ///
    /// # Errors
    /// [`KeyError::Passphrase`] when it is too short or too long.
    pub fn chosen(text: String) -> Result<Self, KeyError> {
        let chosen = Self::new(text);
        match chosen.0.chars().count() >= CHARS_MIN && chosen.0.len() <= BYTES_MAX {
            true => Ok(chosen),
            false => Err(KeyError::Passphrase { chars_min: CHARS_MIN, bytes_max: BYTES_MAX }),
        }
    }

    /// Whether it is the same text, for whoever has it typed twice.
    pub fn is(&self, other: &Self) -> bool {
        *self.0 == *other.0
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// What a guess costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Memory in KiB.
    pub m: u32,
    /// Passes over it.
    pub t: u32,
    /// Lanes that could be worked on side by side. Here they are worked on one after the other.
    pub p: u32,
}

impl Cost {
    /// 64 MiB, three passes, one lane: memory of the second choice of RFC 9106, and above what OWASP asks for.
    pub const DEFAULT: Self = Self { m: 64 * 1024, t: 3, p: 1 };
    /// The least that is accepted, so that a file cannot make a passphrase cheap to guess: 8 MiB, one pass.
    pub const LEAST: Self = Self { m: 8 * 1024, t: 1, p: 1 };
    /// The most that is accepted: 1 GiB, 16 passes, 4 lanes.
    pub const MOST: Self = Self { m: 1024 * 1024, t: 16, p: 4 };

    /// Whether it lies between the two.
    fn is_allowed(&self) -> bool {
        let within = |value: u32, least: u32, most: u32| (least..=most).contains(&value);
        within(self.m, Self::LEAST.m, Self::MOST.m)
            && within(self.t, Self::LEAST.t, Self::MOST.t)
            && within(self.p, Self::LEAST.p, Self::MOST.p)
    }
}

/// A device's secret that a passphrase opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedSecret {
    v: V1,
    argon2id: Cost,
    salt: Bytes<16>,
    locked: Locked,
}

form!(LockedSecret, What::LockedSecret);

impl LockedSecret {
    /// What a guess costs.
    pub const fn cost(&self) -> Cost {
        self.argon2id
    }

    /// The salt, which no other has.
    pub const fn salt(&self) -> &[u8; 16] {
        &self.salt.0
    }

    /// Where its nonce is, which no other has.
    pub const fn locked(&self) -> &Locked {
        &self.locked
    }
}

impl DeviceSecret {
    /// Puts it under a passphrase. With [`Cost::DEFAULT`] that takes 64 MiB and some tenths of a second.
    ///
    /// # Errors
    /// [`KeyError::Cost`] outside of what is accepted, [`KeyError::Memory`] when there is not so much.
    pub fn lock(&self, by: &Passphrase, cost: Cost, fresh: Fresh) -> Result<LockedSecret, KeyError> {
        let salt = *fresh.draw::<16>("salt").expose();
        let key = stretched(by, cost, &salt)?;
        let locked = Locked::lock(&self.0, &key, NAME, &fresh);
        Ok(LockedSecret { v: V1, argon2id: cost, salt: Bytes(salt), locked })
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] for a wrong passphrase, or when cost or salt were changed; [`KeyError::Damaged`] when the
    /// passphrase is right; [`KeyError::Cost`] and [`KeyError::Memory`] as [`Self::lock`].
    pub fn unlock(locked: &LockedSecret, by: &Passphrase) -> Result<Self, KeyError> {
        let key = stretched(by, locked.argon2id, &locked.salt.0)?;
        locked.locked.open(What::LockedSecret, &key, NAME).map(Self)
    }
}

fn stretched(by: &Passphrase, cost: Cost, salt: &[u8; 16]) -> Result<Secret<32>, KeyError> {
    let refused = || KeyError::Cost(What::LockedSecret);
    if !cost.is_allowed() {
        return Err(refused());
    }
    let params = Params::new(cost.m, cost.t, cost.p, Some(32)).map_err(|_| refused())?;
    let mut memory = room(&params, cost)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut done = Ok(());
    let key = Secret::filled(|key| {
        done = argon2.hash_password_into_with_memory(by.0.as_bytes(), salt, key, &mut memory);
    });
    memory.iter_mut().for_each(Zeroize::zeroize);
    // All that is left is a passphrase of more than 4 GiB.
    done.map_err(|_| refused()).map(|()| key)
}

/// The memory that it takes, or an error where `vec!` would end the program.
fn room(params: &Params, cost: Cost) -> Result<Vec<Block>, KeyError> {
    let mut memory = Vec::new();
    let reserved = memory.try_reserve_exact(params.block_count());
    reserved.map_err(|_| KeyError::Memory { mib: cost.m / 1024 })?;
    memory.resize(params.block_count(), Block::new());
    Ok(memory)
}
