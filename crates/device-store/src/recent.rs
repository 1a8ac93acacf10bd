//! What diagnostics tell of the last while: the calls to the server, and how syncing stood. The newest are kept, the others go.
//!
//! Nothing waits for it to reach the disk: a power cut may take the last of them, and nothing else depends on them.

use std::cmp::Reverse;

use fieldbook_device_sync::status::Stored;
use fieldbook_device_sync::{Input, Report, Trouble};
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::diagnostics::{Contact, Status};

use crate::error::StoreError;
use crate::open::{Durability, Store, Tx};

/// So many of each kind are kept.
const KEPT_MAX: u32 = 200;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Contact = 1,
    Status = 2,
}

impl Store {
    /// Keeps calls that have ended, and how syncing stands if that is new.
    pub fn note_recent(&mut self, contacts: &[Contact], status: Option<&Status>) -> Result<(), StoreError> {
        let (conn, parts) = self.write(Durability::Later)?;
        let tx = parts.on(&conn);
        keep(tx, Kind::Contact, contacts.iter().map(json::write))?;
        keep(tx, Kind::Status, status.into_iter().map(json::write))?;
        Ok(conn.commit()?)
    }

    /// The calls, the one that began last first: they are kept as they ended.
    pub fn contacts(&mut self) -> Result<Vec<Contact>, StoreError> {
        let kept = self.recent(Kind::Contact)?;
        let mut contacts: Vec<Contact> =
            kept.iter().map(|text| json::parse(text).map_err(unreadable)).collect::<Result<_, _>>()?;
        contacts.sort_by_key(|contact| Reverse(contact.at));
        Ok(contacts)
    }

    /// How syncing stood, the newest first.
    pub fn statuses(&mut self) -> Result<Vec<Status>, StoreError> {
        self.recent(Kind::Status)?.iter().map(|text| json::parse(text).map_err(unreadable)).collect()
    }

    fn recent(&mut self, kind: Kind) -> Result<Vec<String>, StoreError> {
        let (conn, _) = self.read()?;
        let mut select = conn.prepare_cached("SELECT text FROM fb_recent WHERE kind = ?1 ORDER BY n DESC")?;
        let texts = select.query_map([kind as u8], |row| row.get(0))?;
        Ok(texts.collect::<Result<_, _>>()?)
    }
}

/// How syncing stands, as it is kept.
pub fn stands(at: WallTime, report: &Report, stored: &Stored) -> Status {
    Status {
        at,
        connection: report.connection.name().to_owned(),
        halt: report.halt.as_ref().map(|halt| halt.name().to_owned()),
        stuck: report.stuck.clone(),
        pending: stored.pending,
        conflicts: stored.conflicts,
        rejected: stored.rejected,
    }
}

/// Why a call did not succeed, if it did not, by what the machine is told of its end.
pub fn trouble(told: &Input) -> Option<&Trouble> {
    match told {
        Input::Pushed(_, Err(trouble))
        | Input::PullEnded(_, Err(trouble))
        | Input::Schema(_, Err(trouble))
        | Input::Common(_, Err(trouble))
        | Input::LiveEnded(_, trouble) => Some(trouble),
        _ => None,
    }
}

fn unreadable(_: json::JsonError) -> StoreError {
    StoreError::unreadable("what was noted of the last while")
}

fn keep(tx: Tx<'_>, kind: Kind, texts: impl Iterator<Item = String>) -> Result<(), StoreError> {
    let mut insert = tx.conn.prepare_cached("INSERT INTO fb_recent(kind, text) VALUES (?1, ?2)")?;
    for text in texts {
        insert.execute((kind as u8, text))?;
    }
    let few = "DELETE FROM fb_recent WHERE kind = ?1 AND n <= \
        (SELECT n FROM fb_recent WHERE kind = ?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)";
    tx.conn.prepare_cached(few)?.execute((kind as u8, KEPT_MAX))?;
    Ok(())
}
