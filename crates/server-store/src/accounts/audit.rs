//! What was decided about who may come in and what they may: one entry for each decision, written in the transaction of its
//! effect. An entry holds names, roles and ids; never a password, a token, a code or a key.

use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId, json};
use fieldbook_server_sync::Principal;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::Accounts;
use super::own::Own;
use crate::error::{StoreError, damaged};

const INSERT: &str =
    "INSERT INTO audit (at, workspace, by, user, deed, about, is_done) VALUES (?, ?, ?, ?, ?, ?, ?)";
const INSERT_ABOUT: &str = "INSERT OR IGNORE INTO audit_about (who, place) VALUES (?, ?)";
const READ: &str = "SELECT place, at, workspace, by, deed, about, is_done FROM audit \
    WHERE place > ?1 AND (?2 IS NULL OR workspace = ?2) ORDER BY place LIMIT ?3";
// Both halves are read along their indexes, and no further than the page goes.
const READ_OF: &str = "SELECT place, at, workspace, by, deed, about, is_done FROM audit WHERE place IN \
    (SELECT place FROM audit WHERE user = ?1 AND place > ?3 \
    UNION SELECT place FROM audit_about WHERE who IN (SELECT value FROM json_each(?2)) AND place > ?3 \
    ORDER BY place LIMIT ?4) ORDER BY place";
const ALL: &str = "SELECT place, by, deed, about FROM audit ORDER BY place";
const FILL: &str = "UPDATE audit SET user = ?2 WHERE place = ?1";
const LAST: &str = "SELECT coalesce(max(place), 0) FROM audit WHERE deed IN \
    ('session-ended', 'signed-out', 'password-changed', 'password-reset', 'workspace-deleted')";
const FORGET: &str = "DELETE FROM audit WHERE at < ?";
const FORGET_ABOUT: &str = "DELETE FROM audit_about WHERE place NOT IN (SELECT place FROM audit)";
/// What a user's or device's id has as text.
const ID_BYTES: usize = 36;

/// What version 8 has and version 7 had not.
pub(super) fn tables(connection: &Connection) -> Result<(), StoreError> {
    Ok(connection.execute_batch(include_str!("people.sql"))?)
}

/// What version 10 has and version 9 had not: notes are found by whose they are, and by whom they are about.
pub(super) fn people(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(include_str!("audit.sql"))?;
    let mut find = connection.prepare(ALL)?;
    let mut fill = connection.prepare(FILL)?;
    let mut rows = find.query([])?;
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(0)?;
        // What cannot be read is nobody's; whoever reads it is told so.
        let by = By::read(&row.get::<_, String>(1)?).unwrap_or_default();
        if let Some(user) = by.user {
            fill.execute(params![place, user.bytes()])?;
        }
        let (deed, about): (String, String) = (row.get(2)?, row.get(3)?);
        if let Ok(deed) = json::parse(&json::write(&deed)) {
            note_about(connection, place, deed, &about)?;
        }
    }
    Ok(connection.execute_batch(include_str!("audit_stands.sql"))?)
}

/// Who decides something, or asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct By {
    /// The user, where one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// What that person is called; of an operator, the name at the machine. Empty for a stranger.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The device that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The address from which was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl By {
    /// Somebody who works on the data folder itself.
    pub fn operator(name: &str) -> Self {
        Self { name: name.trim().to_owned(), ..Self::default() }
    }

    /// Somebody of whom only the address is known.
    pub fn stranger(address: impl ToString) -> Self {
        Self { address: Some(address.to_string()), ..Self::default() }
    }

    /// A signed-in device.
    pub fn principal(principal: &Principal, address: impl ToString) -> Self {
        let (user, device) = (Some(principal.user), Some(principal.device));
        Self { user, device, name: principal.name.clone(), address: Some(address.to_string()) }
    }

    /// The same address, and a user who was found out meanwhile.
    pub fn known_as(&self, user: UserId, name: &str) -> Self {
        Self { user: Some(user), name: name.to_owned(), ..self.clone() }
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        json::parse(text).map_err(|_| damaged("who decided something"))
    }
}

/// What was decided or tried. The kebab-case names are what an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// A device signed in; not done: a name, a workspace or a password was wrong, or its device was somebody else's.
    SignedIn,
    /// A device gave up its session.
    SignedOut,
    /// A session was ended by hand.
    SessionEnded,
    /// The password was given once more, for something dangerous.
    Confirmed,
    /// A user changed the own password.
    PasswordChanged,
    /// A code was made with which a user may choose a new password.
    ResetOffered,
    /// A password was chosen with such a code.
    PasswordReset,
    /// A user was added by an operator.
    UserAdded,
    /// A person's role in the workspace was said.
    MemberRole,
    /// A person's role in a part of the workspace was said.
    MemberGrant,
    /// A recovery was closed.
    RecoveryClosed,
    /// An invitation was made.
    InviteMade,
    /// An invitation was taken back.
    InviteRevoked,
    /// An invitation was taken up; not done: it does not work, or not any more.
    InviteTaken,
    /// A workspace was made.
    WorkspaceMade,
    /// A workspace got another name.
    WorkspaceRenamed,
    /// A workspace was deleted.
    WorkspaceDeleted,
    /// A deleted workspace was brought back.
    WorkspaceRestored,
    /// A workspace that was deleted long ago was given up for good, with its file.
    WorkspaceForgotten,
    /// A device told the keys by which it is known.
    KeysTold,
    /// It was ordered that a device is wiped.
    WipeOrdered,
    /// Such an order was taken back.
    WipeWithdrawn,
    /// A device said that it was wiped.
    WipeConfirmed,
    /// The offline lease was set.
    LeaseSet,
    /// The secret half of the support key was given out.
    SupportKeyGiven,
    /// A call was refused: somebody may not, or sent what is not to be sent. Noted at a bounded rate.
    CallRefused,
    /// Everything that a person may read of a workspace was given out.
    Exported,
}

impl Deed {
    /// The person whom a note of its kind names, where it names one.
    pub(super) fn names(self, about: &str) -> Option<&str> {
        match self {
            // Of somebody who is called `ann as owner` it is no note about ann.
            Self::UserAdded | Self::MemberRole => {
                about.rsplit_once(" as ").filter(|(_, role)| !role.contains(' ')).map(|(name, _)| name)
            }
            Self::ResetOffered | Self::PasswordReset => Some(about),
            _ => None,
        }
    }

    /// Its name, as programs read it and notes keep it.
    pub fn name(self) -> String {
        json::write(&self).trim_matches('"').to_owned()
    }
}

/// Something to be noted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note<'a> {
    pub workspace: Option<WorkspaceId>,
    pub by: &'a By,
    pub deed: Deed,
    /// Whom or what it is about, in names and ids.
    pub about: &'a str,
    pub is_done: bool,
}

/// Something that was decided or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its place among all of this server: 1, 2, 3 …
    pub place: u64,
    /// When.
    pub at: WallTime,
    /// In which workspace, if in one.
    pub workspace: Option<WorkspaceId>,
    /// By whom.
    pub by: By,
    /// What.
    pub deed: Deed,
    /// Whom or what it is about.
    pub about: String,
    /// Whether it was done; else it was tried and refused.
    pub is_done: bool,
}

/// Writes a note down, in the transaction of what it tells.
pub(super) fn note(connection: &Connection, note: Note<'_>, at: WallTime) -> Result<(), StoreError> {
    let workspace = note.workspace.as_ref().map(WorkspaceId::bytes);
    let (by, user) = (json::write(note.by), note.by.user.as_ref().map(UserId::bytes));
    let row = params![at.0, workspace, by, user, note.deed.name(), note.about, note.is_done];
    let place = connection.prepare_cached(INSERT)?.insert(row)?;
    note_about(connection, place, note.deed, note.about)
}

/// Writes down under whom a note is found.
fn note_about(connection: &Connection, place: i64, deed: Deed, about: &str) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(INSERT_ABOUT)?;
    for who in ids(about).chain(deed.names(about)) {
        insert.execute(params![who, place])?;
    }
    Ok(())
}

/// The ids of users and devices that a text names.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    let parts = (0..text.len().saturating_sub(ID_BYTES - 1)).filter_map(|at| text.get(at..at + ID_BYTES));
    parts.filter(|part| part.as_bytes()[8] == b'-' && UserId::parse(part).is_ok())
}

impl Accounts {
    /// What was decided after a place, oldest first: in one workspace, or everywhere.
    pub fn audit(
        &self,
        workspace: Option<WorkspaceId>,
        after: u64,
        entries_max: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let workspace = workspace.as_ref().filter(|_| !planted(Defect::NotesOfAll)).map(WorkspaceId::bytes);
        let mut find = self.connection.prepare_cached(READ)?;
        let mut rows = find.query(params![after.cast_signed(), workspace, entries_max])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(row)?);
        }
        Ok(entries)
    }

    /// What a person decided after a place, and what was decided about that person, oldest first.
    pub fn audit_of(&self, own: &Own, after: u64, entries_max: u32) -> Result<Vec<Entry>, StoreError> {
        let mut find = self.connection.prepare_cached(READ_OF)?;
        let who = json::write(&own.called());
        let mut rows = find.query(params![own.user.bytes(), who, after.cast_signed(), entries_max])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(entry(row)?);
        }
        Ok(entries)
    }

    /// A number that grows whenever something was decided that ends a session.
    pub fn last_end(&self) -> Result<u64, StoreError> {
        let last: i64 = self.connection.prepare_cached(LAST)?.query_row([], |row| row.get(0))?;
        Ok(last.cast_unsigned())
    }

    /// Forgets what was decided before a time, and says how many entries those were.
    pub fn forget_audit(&self, before: WallTime) -> Result<u64, StoreError> {
        let transaction = self.write()?;
        let forgotten = transaction.prepare_cached(FORGET)?.execute([before.0])?;
        if forgotten > 0 {
            transaction.prepare_cached(FORGET_ABOUT)?.execute([])?;
        }
        transaction.commit()?;
        Ok(forgotten as u64)
    }
}

fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    let deed: String = row.get(4)?;
    Ok(Entry {
        place: row.get::<_, i64>(0)?.cast_unsigned(),
        at: WallTime(row.get(1)?),
        workspace: row.get::<_, Option<[u8; 16]>>(2)?.map(WorkspaceId::from_bytes),
        by: By::read(&row.get::<_, String>(3)?)?,
        deed: json::parse(&json::write(&deed)).map_err(|_| damaged("what was decided"))?,
        about: row.get(5)?,
        is_done: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_a_person_are_read_along_indexes() {
        let accounts = Accounts::memory().expect("accounts");
        let mut plan = accounts.connection.prepare(&format!("EXPLAIN QUERY PLAN {READ_OF}")).expect("a plan");
        let given = params![[0_u8; 16], "[]", 0, 1];
        let steps = plan.query_map(given, |row| row.get::<_, String>(3)).expect("steps");
        let steps: Vec<String> = steps.map(|step| step.expect("a step")).collect();
        assert!(steps.iter().any(|step| step.contains("audit_user (user=? AND place>?)")), "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN audit")), "{steps:?}");
    }

    #[test]
    fn ids_are_found_wherever_they_stand_in_a_text() {
        let id = "0198c0de-7a11-7000-8000-000000000001";
        for (text, expected) in [
            (id.to_owned(), vec![id]),
            (format!("é ({id})"), vec![id]),
            (format!("{id}{id}"), vec![id, id]),
            (format!("floor/{id} as boss"), vec![id]),
            (id[1..].to_owned(), vec![]),
            (String::new(), vec![]),
        ] {
            assert_eq!(ids(&text).collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
