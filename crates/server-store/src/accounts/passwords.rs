//! A user's own password: shown once more, changed, or chosen anew with a code that an operator or an owner gave.
//!
//! Each in steps, so that nobody waits for a slow hash behind a lock: look up, hash without the database, write. The write holds only
//! if what was looked up is still so.

use std::fmt;

use fieldbook_model::{DeviceId, UserId, WallTime};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::audit::{self, By, Deed, Note};
use super::token::{self, Kind};
use super::{AccountError, Accounts, PasswordRules, password};
use crate::error::StoreError;

const OF: &str = "SELECT id, name, password FROM user WHERE id = ?";
const NAMED: &str = "SELECT id, name, password FROM user WHERE name = ?";
const CHANGE: &str = "UPDATE user SET password = ?2 WHERE id = ?1 AND password = ?3";
const END_ALL: &str =
    "UPDATE device SET ended_at = ?3 WHERE user = ?1 AND ended_at IS NULL AND (?2 IS NULL OR id <> ?2)";
const OFFER: &str = "INSERT INTO reset (hash, user, expires_at) VALUES (?, ?, ?)";
const FORGET: &str = "UPDATE reset SET used_at = ?2 WHERE user = ?1 AND used_at IS NULL";
const OFFERED: &str = "SELECT u.id, u.name, u.password FROM reset r JOIN user u ON u.id = r.user \
    WHERE r.hash = ?1 AND u.name = ?2 AND r.used_at IS NULL AND r.expires_at > ?3";
const TAKE: &str = "UPDATE reset SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND expires_at > ?2";

/// A user whose password is about to be looked at or replaced.
#[derive(Clone)]
pub struct Claim {
    /// Who.
    pub user: UserId,
    /// What that person is called.
    pub name: String,
    hash: String,
}

/// Somebody who shows a code for a new password, before it is known whether it works.
pub struct Resetter {
    claim: Option<Claim>,
    name: String,
    code: [u8; 32],
}

/// A code for a new password, to be shown once.
#[derive(Clone)]
pub struct ResetCode {
    /// Its text.
    pub code: String,
    /// Whose password.
    pub name: String,
    /// Until when it works.
    pub expires_at: WallTime,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("user", &self.user).finish_non_exhaustive()
    }
}

impl fmt::Debug for Resetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resetter")
    }
}

impl fmt::Debug for ResetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResetCode").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Claim {
    /// Whether a password is this user's. Slow on purpose; needs no database.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`].
    pub fn verify(&self, password: &str) -> Result<(), AccountError> {
        match password::fits(password, &self.hash) {
            true => Ok(()),
            false => Err(AccountError::WrongPassword),
        }
    }

    /// The hash of a new password for this user, held against the rules. Slow on purpose.
    pub fn hash(
        &self,
        rules: &PasswordRules,
        password: &str,
        salt: [u8; 16],
    ) -> Result<String, AccountError> {
        anew(&self.name, rules, password, salt)
    }
}

impl Resetter {
    /// The hash of the new password, held against the rules. Takes the same time whether the code works or not.
    pub fn hash(
        &self,
        rules: &PasswordRules,
        password: &str,
        salt: [u8; 16],
    ) -> Result<String, AccountError> {
        anew(&self.name, rules, password, salt)
    }
}

impl Accounts {
    /// The claim of a user who is known.
    pub fn claim(&self, user: UserId) -> Result<Claim, AccountError> {
        let found = self.connection.prepare_cached(OF)?.query_row([user.bytes()], claim).optional()?;
        found.ok_or(AccountError::WrongPassword)
    }

    /// Gives a user whose password was verified another one, and ends that user's sessions but the one of `keep`.
    ///
    /// # Errors
    /// [`AccountError::WrongPassword`] if it was changed meanwhile.
    pub fn change_password(
        &self,
        claim: &Claim,
        hash: &str,
        keep: DeviceId,
        by: &By,
        now: WallTime,
    ) -> Result<(), AccountError> {
        let transaction = self.write()?;
        replace(&transaction, claim, hash)?;
        end_all(&transaction, claim.user, Some(keep), now)?;
        let deed = Deed::PasswordChanged;
        let note = Note { workspace: None, by, deed, about: &claim.name, is_done: true };
        audit::note(&transaction, note, now)?;
        Ok(transaction.commit().map_err(StoreError::from)?)
    }

    /// Makes a code with which a user may choose a new password. An earlier one of the same user works no more.
    ///
    /// # Errors
    /// [`AccountError::NoUser`].
    pub fn offer_reset(
        &self,
        name: &str,
        (code, expires_at): ([u8; 32], WallTime),
        by: &By,
        now: WallTime,
    ) -> Result<ResetCode, AccountError> {
        let transaction = self.write()?;
        let found = transaction.prepare_cached(NAMED)?.query_row([name.trim()], claim).optional()?;
        let Claim { user, name, .. } = found.ok_or_else(|| AccountError::NoUser(name.trim().to_owned()))?;
        transaction.prepare_cached(FORGET)?.execute(params![user.bytes(), now.0])?;
        let row = params![token::hash(code), user.bytes(), expires_at.0];
        transaction.prepare_cached(OFFER)?.execute(row)?;
        let note = Note { workspace: None, by, deed: Deed::ResetOffered, about: &name, is_done: true };
        audit::note(&transaction, note, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(ResetCode { code: token::write(Kind::Reset, code), name, expires_at })
    }

    /// Looks a code up. Does not say whether it works.
    pub fn resetter(&self, code: &str, name: &str, now: WallTime) -> Result<Resetter, StoreError> {
        let code = token::read(Kind::Reset, code).map_or([0; 32], token::hash);
        let asked = params![code, name.trim(), now.0];
        let claim = self.connection.prepare_cached(OFFERED)?.query_row(asked, claim).optional()?;
        Ok(Resetter { claim, name: name.trim().to_owned(), code })
    }

    /// Chooses a new password with a code, which works no more, and ends every session of its user. What was tried in vain is noted
    /// too.
    ///
    /// # Errors
    /// [`AccountError::UselessCode`], one answer for every reason.
    pub fn reset(&self, resetter: &Resetter, hash: &str, by: &By, now: WallTime) -> Result<(), AccountError> {
        let transaction = self.write()?;
        let deed = Deed::PasswordReset;
        let claim = resetter.claim.as_ref();
        let took = match claim {
            Some(_) => transaction.prepare_cached(TAKE)?.execute(params![resetter.code, now.0])? == 1,
            None => false,
        };
        let Some(claim) = claim.filter(|_| took) else {
            let note = Note { workspace: None, by, deed, about: "", is_done: false };
            audit::note(&transaction, note, now)?;
            transaction.commit().map_err(StoreError::from)?;
            return Err(AccountError::UselessCode);
        };
        replace(&transaction, claim, hash)?;
        end_all(&transaction, claim.user, None, now)?;
        let by = by.known_as(claim.user, &claim.name);
        let note = Note { workspace: None, by: &by, deed, about: &claim.name, is_done: true };
        audit::note(&transaction, note, now)?;
        Ok(transaction.commit().map_err(StoreError::from)?)
    }
}

/// The hash of a new password for a user of a name, held against the rules.
fn anew(name: &str, rules: &PasswordRules, password: &str, salt: [u8; 16]) -> Result<String, AccountError> {
    Ok(password::hash(&rules.check(password, &[name])?, salt))
}

fn claim(row: &Row<'_>) -> rusqlite::Result<Claim> {
    Ok(Claim { user: UserId::from_bytes(row.get(0)?), name: row.get(1)?, hash: row.get(2)? })
}

/// Replaces a password that is still the one that was looked at.
fn replace(transaction: &Transaction<'_>, claim: &Claim, hash: &str) -> Result<(), AccountError> {
    let row = params![claim.user.bytes(), hash, claim.hash];
    match transaction.prepare_cached(CHANGE)?.execute(row)? {
        1 => Ok(()),
        _ => Err(AccountError::WrongPassword),
    }
}

fn end_all(
    connection: &Connection,
    user: UserId,
    keep: Option<DeviceId>,
    now: WallTime,
) -> Result<(), StoreError> {
    let keep = keep.as_ref().map(DeviceId::bytes);
    connection.prepare_cached(END_ALL)?.execute(params![user.bytes(), keep, now.0])?;
    Ok(())
}
