//! Sessions: a device has one from its sign-in on, until somebody ends it or its limits do. A session that ended takes nothing from
//! the device; its user signs in again.

use std::time::Duration;

use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use fieldbook_server_sync::Principal;
use rusqlite::{OptionalExtension, Row, params};

use super::audit::{self, By, Deed, Note};
use super::token::{self, Kind};
use super::{AccountError, Accounts, role};
use crate::error::StoreError;

const SESSION: &str = "SELECT d.id, d.workspace, d.user, d.last_seen, d.session_at, d.confirmed_at, m.role, u.name FROM device d \
    JOIN member m ON m.workspace = d.workspace AND m.user = d.user JOIN user u ON u.id = d.user \
    JOIN workspace w ON w.id = d.workspace \
    WHERE d.token_hash = ? AND d.ended_at IS NULL AND w.deleted_at IS NULL";
const NOTE: &str =
    "UPDATE device SET last_seen = max(last_seen, ?), waiting = coalesce(?, waiting) WHERE id = ?";
const OF_DEVICE: &str = "SELECT d.workspace, d.name, u.name FROM device d JOIN user u ON u.id = d.user \
    WHERE d.id = ? AND d.ended_at IS NULL";
const END: &str = "UPDATE device SET ended_at = ?2 WHERE id = ?1";
const OTHERS: &str = "SELECT id FROM device WHERE user = ? AND id <> ? AND ended_at IS NULL ORDER BY id";
const CONFIRM: &str = "UPDATE device SET confirmed_at = ?2 WHERE id = ?1";

/// For so long after the password was given dangerous things need no other.
pub const CONFIRMED_FOR: Duration = Duration::from_secs(600);

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a call.
    pub idle: Duration,
    /// After the sign-in, whatever is called.
    pub absolute: Duration,
}

/// A session, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whom its token stands for.
    pub principal: Principal,
    /// When its device last called, to the minute.
    pub last_seen: WallTime,
    /// When its device signed in.
    pub began: WallTime,
    /// When its user last gave the password.
    pub confirmed_at: WallTime,
}

impl Session {
    /// Whether it goes on.
    pub fn lasts(&self, limits: SessionLimits, now: WallTime) -> bool {
        within(self.last_seen, limits.idle, now) && within(self.began, limits.absolute, now)
    }

    /// Whether its user gave the password a short while ago.
    pub fn is_confirmed(&self, now: WallTime) -> bool {
        within(self.confirmed_at, CONFIRMED_FOR, now)
    }
}

/// Whether a span since a time has not passed. A clock that was put back ends nothing.
fn within(since: WallTime, span: Duration, now: WallTime) -> bool {
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    now.0.saturating_sub(since.0) < span
}

impl Accounts {
    /// The session of a token. `None` for a token that never was, whose session was ended, or whose workspace is deleted.
    pub fn session(&self, text: &str) -> Result<Option<Session>, StoreError> {
        let Some(token) = token::read(Kind::Session, text) else { return Ok(None) };
        let mut find = self.connection.prepare_cached(SESSION)?;
        let mut rows = find.query([token::hash(token)])?;
        rows.next()?.map(session).transpose()
    }

    /// Notes that a device is here, and how many ops it has to send, if it says so.
    pub fn note_device(
        &self,
        device: DeviceId,
        now: WallTime,
        waiting: Option<u64>,
    ) -> Result<(), StoreError> {
        let waiting = waiting.map(|waiting| i64::try_from(waiting).unwrap_or(i64::MAX));
        self.connection.prepare_cached(NOTE)?.execute(params![now.0, waiting, device.bytes()])?;
        Ok(())
    }

    /// Notes that the password was given once more for a session.
    pub fn confirm(&self, session: &Principal, by: &By, now: WallTime) -> Result<(), StoreError> {
        let transaction = self.write()?;
        transaction.prepare_cached(CONFIRM)?.execute(params![session.device.bytes(), now.0])?;
        let workspace = Some(session.workspace);
        audit::note(
            &transaction,
            Note { workspace, by, deed: Deed::Confirmed, about: &session.name, is_done: true },
            now,
        )?;
        Ok(transaction.commit()?)
    }

    /// Ends the session of a device. One that has ended stays so.
    ///
    /// # Errors
    /// [`AccountError::NoSession`].
    pub fn end_session(
        &self,
        device: DeviceId,
        (by, deed): (&By, Deed),
        now: WallTime,
    ) -> Result<(), AccountError> {
        let transaction = self.write()?;
        let read = |row: &Row<'_>| {
            Ok((WorkspaceId::from_bytes(row.get(0)?), row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        };
        let found = transaction.prepare_cached(OF_DEVICE)?.query_row([device.bytes()], read).optional()?;
        let (workspace, name, user) = found.ok_or(AccountError::NoSession(device))?;
        transaction.prepare_cached(END)?.execute(params![device.bytes(), now.0])?;
        let about = format!("{user}: {name} ({device})");
        let workspace = Some(workspace);
        audit::note(&transaction, Note { workspace, by, deed, about: &about, is_done: true }, now)?;
        Ok(transaction.commit().map_err(StoreError::from)?)
    }

    /// Ends every session of a user but one, and says how many those were.
    pub fn end_others(
        &self,
        user: UserId,
        keep: DeviceId,
        by: &By,
        now: WallTime,
    ) -> Result<u64, AccountError> {
        let others = self.others(user, keep)?;
        for device in &others {
            match self.end_session(*device, (by, Deed::SessionEnded), now) {
                // Somebody else was faster.
                Ok(()) | Err(AccountError::NoSession(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(others.len() as u64)
    }

    fn others(&self, user: UserId, keep: DeviceId) -> Result<Vec<DeviceId>, StoreError> {
        let mut find = self.connection.prepare_cached(OTHERS)?;
        let read = |row: &Row<'_>| Ok(DeviceId::from_bytes(row.get(0)?));
        Ok(find.query_map(params![user.bytes(), keep.bytes()], read)?.collect::<Result<_, _>>()?)
    }
}

fn session(row: &Row<'_>) -> Result<Session, StoreError> {
    let time = |place: usize| row.get(place).map(WallTime);
    let principal = Principal {
        device: DeviceId::from_bytes(row.get(0)?),
        workspace: WorkspaceId::from_bytes(row.get(1)?),
        user: UserId::from_bytes(row.get(2)?),
        role: role::read(&row.get::<_, String>(6)?)?,
        name: row.get(7)?,
    };
    Ok(Session { principal, last_seen: time(3)?, began: time(4)?, confirmed_at: time(5)? })
}
