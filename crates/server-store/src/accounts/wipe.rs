//! Orders to wipe a device: given, reached, confirmed, or withdrawn before they reached it. An order stands by itself: whatever
//! becomes of the device's token, its user or the membership, whoever calls as this device is answered with it.

use fieldbook_crypto::{DevicePublic, Fresh, Nonce, Signature, Sure, WipeOrder};
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{DeviceId, WallTime, WorkspaceId};
use fieldbook_protocol::{Ordered, WipedRequest};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit::{self, By, Deed, Note};
use super::token::{self, Kind};
use super::{AccountError, Accounts, SEEN_EVERY, keys};
use crate::error::{StoreError, damaged};

const DEVICE: &str = "SELECT d.workspace, d.name, u.name, d.token_hash, d.keys, d.last_seen, d.waiting FROM device d \
    JOIN user u ON u.id = d.user WHERE d.id = ?";
const INSERT: &str = "INSERT INTO wipe (nonce, device, workspace, device_name, user_name, token_hash, keys, text, signature, \
    ordered_at, ordered_by, rescue, last_seen, waiting) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const ROWS: &str = "SELECT text, device_name, user_name, ordered_at, ordered_by, last_seen, waiting, reached_at, confirmed_at, \
    files, unsent, is_destroyed, withdrawn_at, rescue FROM wipe WHERE workspace = ? ORDER BY ordered_at, nonce";
// By the token as it was when the order was given, and by the device that a token has been given to since: a sign-in may have
// been under way.
const OF_TOKEN: &str = "SELECT text, signature, reached_at, rescue FROM wipe WHERE withdrawn_at IS NULL \
    AND (token_hash = ?1 OR device = (SELECT id FROM device WHERE token_hash = ?1))";
const OF_DEVICE: &str =
    "SELECT text, signature, reached_at, rescue FROM wipe WHERE device = ? AND withdrawn_at IS NULL";
const STANDING: &str = "SELECT count(*) FROM wipe WHERE withdrawn_at IS NULL";
const REACHED: &str = "UPDATE wipe SET reached_at = ?2 WHERE nonce = ?1 AND reached_at IS NULL";
const TELL: &str = "UPDATE wipe SET keys = ?2 WHERE device = ?1";
const KEYS: &str = "SELECT keys FROM wipe WHERE nonce = ?";
const CONFIRM: &str = "UPDATE wipe SET confirmed_at = ?2, reached_at = coalesce(reached_at, ?2), files = ?3, unsent = ?4, \
    is_destroyed = ?5 WHERE nonce = ?1 AND confirmed_at IS NULL";
const CONFIRMED: &str = "SELECT confirmed_at FROM wipe WHERE nonce = ?";
const WITHDRAW: &str = "UPDATE wipe SET withdrawn_at = ?2 WHERE nonce = ?1";

/// So long after it was reached a device may send what it has to send; then it is to go, whatever holds it up.
const RESCUE_MS: i64 = 3_600_000;

/// What becomes of the ops that a device has not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unsent {
    /// They go with the rest.
    #[default]
    Lost,
    /// The device may push them first.
    SentFirst,
}

/// Randomness for an order.
#[derive(Debug)]
pub struct FreshOrder {
    /// For its nonce.
    pub nonce: Fresh,
    /// For the server's own key, should there be none yet.
    pub server: Fresh,
}

/// An order that stands, as its device gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingWipe {
    /// The order.
    pub ordered: Ordered,
    /// Whether the device was answered with it before.
    pub is_reached: bool,
}

/// An order, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WipeRow {
    /// The order.
    pub order: WipeOrder,
    /// What its person called the device.
    pub device_name: String,
    /// Whose it was.
    pub user_name: String,
    /// When it was given.
    pub ordered_at: WallTime,
    /// By whom, as they said.
    pub ordered_by: String,
    /// What becomes of what the device has not sent.
    pub unsent: Unsent,
    /// When the device was last seen before.
    pub last_seen: WallTime,
    /// How many ops it then had to send, if it said so.
    pub waiting: Option<u64>,
    /// When a call of the device was first answered with the order.
    pub reached_at: Option<WallTime>,
    /// What the device said when it was done.
    pub confirmed: Option<Confirmed>,
    /// When it was taken back.
    pub withdrawn_at: Option<WallTime>,
}

/// A device's word that an order was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// When it was heard.
    pub at: WallTime,
    /// How many files were overwritten and removed.
    pub files: u64,
    /// How many ops went that the server never saw.
    pub unsent: u64,
    /// How sure it is that nothing is left.
    pub sure: Sure,
}

/// What version 5 has and version 4 had not.
pub(super) fn tables(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(include_str!("wipe.sql"))?)
}

/// The device's public keys, told under an order, are what its confirmation is checked with.
pub(super) fn told_keys(connection: &Connection, device: DeviceId, text: &str) -> Result<(), StoreError> {
    connection.prepare_cached(TELL)?.execute(params![device.bytes(), text])?;
    Ok(())
}

impl Accounts {
    /// Orders that a device is wiped. One that is ordered already stays as it was ordered.
    ///
    /// # Errors
    /// [`AccountError::NoDevice`].
    pub fn order_wipe(
        &self,
        (workspace, device): (WorkspaceId, DeviceId),
        (by, unsent): (&By, Unsent),
        fresh: FreshOrder,
        now: WallTime,
    ) -> Result<WipeRow, AccountError> {
        let transaction = self.write()?;
        if standing(&transaction, OF_DEVICE, (device.bytes(), now))?.is_none() {
            give(&transaction, (workspace, device), (&by.name, unsent), fresh, now)?;
            noted(&transaction, (Deed::WipeOrdered, workspace), (by, &device.to_string()), now)?;
        }
        transaction.commit().map_err(StoreError::from)?;
        self.wipe_of(workspace, device)
    }

    /// Takes an order back that has not reached its device.
    ///
    /// # Errors
    /// [`AccountError::NoWipe`] where none stands, [`AccountError::WipeReached`].
    pub fn withdraw_wipe(
        &self,
        (workspace, device): (WorkspaceId, DeviceId),
        by: &By,
        now: WallTime,
    ) -> Result<WipeRow, AccountError> {
        let transaction = self.write()?;
        let row = self.wipe_of(workspace, device)?;
        if row.reached_at.is_some() {
            return Err(AccountError::WipeReached);
        }
        transaction.execute(WITHDRAW, params![row.order.nonce.0.0, now.0])?;
        noted(&transaction, (Deed::WipeWithdrawn, workspace), (by, &device.to_string()), now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(WipeRow { withdrawn_at: Some(now), ..row })
    }

    /// Every order of a workspace, oldest first.
    pub fn wipes(&self, workspace: WorkspaceId) -> Result<Vec<WipeRow>, StoreError> {
        let mut find = self.connection.prepare_cached(ROWS)?;
        let mut rows = find.query([workspace.bytes()])?;
        let mut wipes = Vec::new();
        while let Some(row) = rows.next()? {
            wipes.push(wipe_row(row)?);
        }
        Ok(wipes)
    }

    /// The order that stands for whoever shows this token, also one that has ended.
    pub fn wipe_of_token(&self, token: &str, now: WallTime) -> Result<Option<StandingWipe>, StoreError> {
        let Some(token) = token::read(Kind::Session, token) else { return Ok(None) };
        standing(&self.connection, OF_TOKEN, (&token::hash(token), now))
    }

    /// The order that stands for a device.
    pub fn wipe_of_device(
        &self,
        device: DeviceId,
        now: WallTime,
    ) -> Result<Option<StandingWipe>, StoreError> {
        standing(&self.connection, OF_DEVICE, (device.bytes(), now))
    }

    /// How many orders stand: another number is another set.
    pub fn wipes_standing(&self) -> Result<u64, StoreError> {
        let count: i64 = self.connection.prepare_cached(STANDING)?.query_row([], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// Notes that a call of the device was answered with the order.
    pub fn note_reached(&self, order: &WipeOrder, now: WallTime) -> Result<(), StoreError> {
        self.connection.prepare_cached(REACHED)?.execute(params![order.nonce.0.0, now.0])?;
        Ok(())
    }

    /// Notes a device's word, and gives when it was heard first. What is said once more changes nothing: a copy of the device may
    /// have been wiped too.
    ///
    /// # Errors
    /// [`AccountError::NoWipe`] for an order that was never given, [`AccountError::NotSigned`].
    pub fn confirm_wipe(
        &self,
        said: &WipedRequest,
        by: &By,
        now: WallTime,
    ) -> Result<WallTime, AccountError> {
        let WipedRequest { wiped, signature } = said;
        let transaction = self.write()?;
        let nonce = wiped.nonce.0.0;
        let read = |row: &Row<'_>| row.get::<_, Option<String>>(0);
        let keys = transaction.prepare_cached(KEYS)?.query_row([nonce], read).optional()?;
        let keys = keys.ok_or(AccountError::NoWipe)?.ok_or(AccountError::NotSigned)?;
        let keys = DevicePublic::read(&keys).map_err(|error| keys::unreadable(&error))?;
        let is_own = keys.check_wiped(wiped, signature).is_ok() || planted(Defect::WipeSaidByOthers);
        is_own.then_some(()).ok_or(AccountError::NotSigned)?;
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let is_destroyed = wiped.sure == Sure::Destroyed;
        let row = params![nonce, now.0, count(wiped.files), count(wiped.unsent), is_destroyed];
        if transaction.prepare_cached(CONFIRM)?.execute(row)? == 1 {
            let by = By { device: Some(wiped.device), ..by.clone() };
            let about = format!("{} files removed, {} actions unsent", wiped.files, wiped.unsent);
            noted(&transaction, (Deed::WipeConfirmed, wiped.workspace), (&by, &about), now)?;
        }
        let at = transaction.prepare_cached(CONFIRMED)?.query_row([nonce], |row| row.get(0))?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(WallTime(at))
    }

    /// The order that stands for a device, with what became of it.
    fn wipe_of(&self, workspace: WorkspaceId, device: DeviceId) -> Result<WipeRow, AccountError> {
        let stands = |row: &WipeRow| row.order.device == device && row.withdrawn_at.is_none();
        self.wipes(workspace)?.into_iter().find(stands).ok_or(AccountError::NoWipe)
    }
}

fn noted(
    transaction: &Connection,
    (deed, workspace): (Deed, WorkspaceId),
    (by, about): (&By, &str),
    now: WallTime,
) -> Result<(), StoreError> {
    audit::note(transaction, Note { workspace: Some(workspace), by, deed, about, is_done: true }, now)
}

/// Signs an order and writes it down.
fn give(
    transaction: &Connection,
    (workspace, device): (WorkspaceId, DeviceId),
    (by, unsent): (&str, Unsent),
    fresh: FreshOrder,
    now: WallTime,
) -> Result<(), AccountError> {
    let read = |row: &Row<'_>| {
        let (of, names) = (WorkspaceId::from_bytes(row.get(0)?), (row.get(1)?, row.get(2)?));
        let known: ([u8; 32], Option<String>) = (row.get(3)?, row.get(4)?);
        let seen: (i64, Option<i64>) = (row.get(5)?, row.get(6)?);
        Ok((of, names, known, seen))
    };
    let found = transaction.prepare_cached(DEVICE)?.query_row([device.bytes()], read).optional()?;
    let (_, names, (hash, keys), (last_seen, waiting)): (_, (String, String), _, _) =
        found.filter(|(of, ..)| *of == workspace).ok_or(AccountError::NoDevice(device))?;
    // Later than any contact before, also by a clock that was put back: a device refuses an order that is older.
    let contact = last_seen.saturating_add(i64::try_from(SEEN_EVERY.as_millis()).unwrap_or(i64::MAX));
    let order = WipeOrder::new(workspace, device, Nonce::make(fresh.nonce), WallTime(now.0.max(contact)));
    let signature = keys::server_key(transaction, fresh.server)?.sign_wipe(&order);
    let row = params![
        order.nonce.0.0,
        device.bytes(),
        workspace.bytes(),
        names.0,
        names.1,
        hash,
        keys,
        order.write(),
        signature.bytes(),
        now.0,
        by,
        unsent == Unsent::SentFirst,
        last_seen,
        waiting
    ];
    transaction.prepare_cached(INSERT)?.execute(row)?;
    Ok(())
}

fn standing(
    connection: &Connection,
    find: &str,
    (by, now): (&[u8], WallTime),
) -> Result<Option<StandingWipe>, StoreError> {
    let read = |row: &Row<'_>| {
        let reached_at: Option<i64> = row.get(2)?;
        let is_in_time = reached_at.is_none_or(|at| now.0.saturating_sub(at) < RESCUE_MS);
        let rescue = row.get::<_, bool>(3)? && is_in_time;
        Ok((row.get::<_, String>(0)?, Signature::from_bytes(row.get(1)?), rescue, reached_at.is_some()))
    };
    let found = connection.prepare_cached(find)?.query_row([by], read).optional()?;
    let wipe = |(text, signature, rescue, is_reached): (String, _, _, _)| {
        let ordered = Ordered { order: order(&text)?, signature, rescue };
        Ok(StandingWipe { ordered, is_reached })
    };
    found.map(wipe).transpose()
}

fn order(text: &str) -> Result<WipeOrder, StoreError> {
    WipeOrder::read(text).map_err(|_| damaged("an order to wipe"))
}

fn wipe_row(row: &Row<'_>) -> Result<WipeRow, StoreError> {
    let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    let time = |place: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(place)?.map(WallTime));
    let (files, unsent) = (count(row.get(9)?).unwrap_or(0), count(row.get(10)?).unwrap_or(0));
    let sure = if row.get::<_, Option<bool>>(11)? == Some(true) { Sure::Destroyed } else { Sure::Removed };
    Ok(WipeRow {
        order: order(&row.get::<_, String>(0)?)?,
        device_name: row.get(1)?,
        user_name: row.get(2)?,
        ordered_at: WallTime(row.get(3)?),
        ordered_by: row.get(4)?,
        unsent: if row.get(13)? { Unsent::SentFirst } else { Unsent::Lost },
        last_seen: WallTime(row.get(5)?),
        waiting: count(row.get(6)?),
        reached_at: time(7)?,
        confirmed: time(8)?.map(|at| Confirmed { at, files, unsent, sure }),
        withdrawn_at: time(12)?,
    })
}
