//! Passwords: Argon2id, and what a password must be. Slow on purpose: never verify one while holding a lock.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::AccountError;

/// Memory in KiB, passes and lanes: the first choice of OWASP's Password Storage Cheat Sheet for Argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// The shortest password, in characters.
pub const CHARS_MIN: usize = 8;
/// The longest, in bytes: enough for every passphrase, and not a book to be hashed.
pub const BYTES_MAX: usize = 1024;

/// Verified in place of a hash that is not there, so that an unknown user costs the same time as a wrong
/// password. No password is known that fits it, and whoever finds one still has no user.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Refuses a password that is longer than any that was ever set.
pub fn check_length(password: &str) -> Result<(), AccountError> {
    match password.len() <= BYTES_MAX {
        true => Ok(()),
        false => Err(AccountError::BadPassword),
    }
}

/// The hash of a new password, as a PHC string.
pub fn hash(password: &str, salt: [u8; 16]) -> Result<String, AccountError> {
    check_length(password)?;
    if password.chars().count() < CHARS_MIN {
        return Err(AccountError::BadPassword);
    }
    let salt = SaltString::encode_b64(&salt).expect("BUG: sixteen bytes make a salt");
    let hash = argon2().hash_password(password.as_bytes(), &salt);
    Ok(hash.expect("BUG: Argon2 refuses fixed parameters").to_string())
}

/// Whether a password fits a hash. Takes its time.
pub fn fits(password: &str, hash: &str) -> bool {
    let password = check_length(password).map_or("", |()| password);
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("BUG: parameters that Argon2 refuses");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash("correct horse", [7; 16]).expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(fits("correct horse", &hash));
        assert!(!fits("correct horse ", &hash));
        assert!(!fits("", &hash));
    }

    #[test]
    fn the_hash_of_nobody_is_well_formed_and_fits_nothing() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!fits("", NOBODY));
    }

    #[test]
    fn a_short_password_is_refused() {
        assert!(matches!(hash("1234567", [0; 16]), Err(AccountError::BadPassword)));
    }
}
