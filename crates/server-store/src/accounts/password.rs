//! Passwords: Argon2id. Slow on purpose: never verify one while holding a lock. What a new one must be stands in `new_password`.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::{Output, ParamsString, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::AccountError;
use super::new_password::NewPassword;

/// Memory in KiB, passes and lanes: the first choice of OWASP's Password Storage Cheat Sheet for Argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);
const ALGORITHM: Algorithm = Algorithm::Argon2id;
const VERSION: Version = Version::V0x13;
/// Memory to work in, as much as was ever needed at once. Given back to the allocator, 19 MiB would stay with each thread that ever
/// verified a password.
static WORK: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());
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
pub fn hash(password: &NewPassword<'_>, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("BUG: sixteen bytes make a salt");
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("BUG: parameters that Argon2 refuses");
    let hash = PasswordHash {
        algorithm: ALGORITHM.ident(),
        version: Some(VERSION.into()),
        params: ParamsString::try_from(&params).expect("BUG: parameters without words"),
        salt: Some(salt.as_salt()),
        hash: Some(
            output(password.text(), salt.as_salt(), params).expect("BUG: Argon2 refuses fixed parameters"),
        ),
    };
    hash.to_string()
}

/// Whether a password fits a hash. Takes its time.
pub fn fits(password: &str, hash: &str) -> bool {
    let password = check_length(password).map_or("", |()| password);
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    let is_ours = hash.algorithm == ALGORITHM.ident() && hash.version == Some(VERSION.into());
    let (Ok(params), Some(salt), Some(wanted)) = (Params::try_from(&hash), hash.salt, hash.hash) else {
        return false;
    };
    // Two outputs are compared in constant time.
    is_ours && output(password, salt, params).is_some_and(|found| found == wanted)
}

/// What Argon2 makes of a password.
fn output(password: &str, salt: Salt<'_>, params: Params) -> Option<Output> {
    let mut bytes = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut bytes).ok()?;
    let mut blocks = WORK.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
    blocks.resize(params.block_count(), Block::default());
    let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    let argon2 = Argon2::new(ALGORITHM, VERSION, params);
    let made = Output::init_with(length, |out| {
        Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut blocks)?)
    });
    WORK.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
    made.ok()
}

#[cfg(test)]
mod tests {
    use super::super::PasswordRules;
    use super::*;

    fn hashed(password: &str) -> String {
        hash(&PasswordRules::default().check(password, &[]).expect("a password"), [7; 16])
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hashed("correct horse");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(fits("correct horse", &hash));
        assert!(!fits("correct horse ", &hash));
        assert!(!fits("", &hash));
    }

    #[test]
    fn a_hash_is_what_the_library_makes_and_verifies() {
        use argon2::password_hash::{PasswordHasher, PasswordVerifier};
        let ours = hashed("correct horse");
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let other = Params::new(64, 3, 2, Some(24)).expect("other parameters");
        let theirs =
            |argon2: Argon2<'_>| argon2.hash_password(b"correct horse", &salt).expect("a hash").to_string();
        assert_eq!(theirs(Argon2::default()), ours);
        let read = PasswordHash::new(&ours).expect("a hash");
        assert!(Argon2::default().verify_password(b"correct horse", &read).is_ok());
        let other = theirs(Argon2::new(ALGORITHM, VERSION, other));
        assert!(fits("correct horse", &other) && !fits("correct house", &other), "{other}");
        let foreign = theirs(Argon2::new(Algorithm::Argon2i, VERSION, Params::default()));
        assert!(!fits("correct horse", &foreign), "{foreign}");
    }

    #[test]
    fn the_hash_of_nobody_is_well_formed_and_fits_nothing() {
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!fits("", NOBODY));
    }

    #[test]
    fn a_password_is_kept_as_it_was_typed() {
        // One sign, or a letter and its accent: two passwords, as two keyboards made them.
        let (one, two) = ("caf\u{e9} au lait bitte", "cafe\u{301} au lait bitte");
        for (typed, other) in [(one, two), (two, one), (" spaces around ", "spaces around")] {
            let hash = hashed(typed);
            assert!(fits(typed, &hash) && !fits(other, &hash), "{typed}");
        }
    }
}
