//! What an operator wants of members, until the workspace's one writer has carried it into the log: a queue, so that
//! administering works beside the server that serves the folder.

use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{OpId, Payload, Refusal, UserId, WorkspaceId, json};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit::{self, By, Deed, Note};
use super::{AccountError, Accounts, invites, role};
use crate::error::{StoreError, damaged};
use crate::members::{MemberRow, Wanted};

const MEMBERS: &str = "SELECT u.id, u.name, m.role FROM member m JOIN user u ON u.id = m.user \
    WHERE m.workspace = ? ORDER BY u.name";
const INSERT: &str =
    "INSERT INTO wanted (op, workspace, at, payload, by, rights_of) VALUES (?, ?, ?, ?, ?, ?)";
const OPEN: &str =
    "SELECT op, workspace, at, payload, by, rights_of FROM wanted WHERE outcome IS NULL ORDER BY place";
const OUTCOME: &str = "SELECT outcome FROM wanted WHERE op = ?";
const SETTLE: &str = "UPDATE wanted SET outcome = ? WHERE op = ? AND outcome IS NULL";
const ROLE: &str = "UPDATE member SET role = ? WHERE workspace = ? AND user = ?";

impl Accounts {
    /// The members of a workspace, those who were removed too, by name.
    pub fn members(&self, workspace: WorkspaceId) -> Result<Vec<MemberRow>, StoreError> {
        let mut find = self.connection.prepare_cached(MEMBERS)?;
        let mut rows = find.query([workspace.bytes()])?;
        let mut members = Vec::new();
        while let Some(row) = rows.next()? {
            let role = role::read(&row.get::<_, String>(2)?)?;
            members.push(MemberRow { user: UserId::from_bytes(row.get(0)?), name: row.get(1)?, role });
        }
        Ok(members)
    }

    /// The member of a name.
    pub fn member(&self, workspace: WorkspaceId, name: &str) -> Result<MemberRow, AccountError> {
        let members = self.members(workspace)?;
        let found = members.into_iter().find(|member| member.name.eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| AccountError::NoMember(name.trim().to_owned()))
    }

    /// Queues a change.
    pub fn want(&self, wanted: &Wanted) -> Result<(), StoreError> {
        insert(&self.connection, wanted)
    }

    /// The changes that wait, oldest first.
    pub fn wanted(&self) -> Result<Vec<Wanted>, StoreError> {
        let mut find = self.connection.prepare_cached(OPEN)?;
        let mut rows = find.query([])?;
        let mut wanted = Vec::new();
        while let Some(row) = rows.next()? {
            wanted.push(read(row)?);
        }
        Ok(wanted)
    }

    /// What became of a change; `None` while it waits.
    pub fn outcome(&self, op: OpId) -> Result<Option<Result<(), Refusal>>, StoreError> {
        let mut find = self.connection.prepare_cached(OUTCOME)?;
        let found: Option<Option<String>> = find.query_row([op.bytes()], |row| row.get(0)).optional()?;
        let refusal = |text: String| match text.as_str() {
            "" => Ok(Ok(())),
            text => json::parse(text).map(Err).map_err(|_| damaged("what became of a change")),
        };
        found.flatten().map(refusal).transpose()
    }

    /// Notes what became of changes, once. The account of a member has the role from then on that the log says; whoever is
    /// no member any more leaves no invitation behind.
    pub fn settle(
        &self,
        wanted: &[Wanted],
        outcomes: &[(OpId, Result<(), Refusal>)],
    ) -> Result<(), StoreError> {
        let transaction = self.write()?;
        for (op, outcome) in outcomes {
            let text = outcome.as_ref().err().map(json::write).unwrap_or_default();
            let is_first = transaction.prepare_cached(SETTLE)?.execute(params![text, op.bytes()])? == 1;
            if let Some(wanted) = wanted
                .iter()
                .find(|wanted| wanted.op == *op)
                .filter(|_| is_first || planted(Defect::NoteTwice))
            {
                settled(&transaction, wanted, outcome.is_ok())?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// A number that changes whenever somebody else writes to the accounts.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }
}

/// Queues a change.
pub(super) fn insert(connection: &Connection, wanted: &Wanted) -> Result<(), StoreError> {
    let payload = Payload { changes: Vec::new(), about: Some(wanted.about.clone()) };
    let (op, workspace) = (wanted.op.bytes(), wanted.workspace.bytes());
    let (payload, by) = (json::write(&payload), json::write(&wanted.by));
    let rights_of = wanted.rights_of.as_ref().map(UserId::bytes);
    connection.execute(INSERT, params![op, workspace, wanted.at.0, payload, by, rights_of])?;
    Ok(())
}

/// What follows for the accounts from what the log said, and what is noted of it.
fn settled(connection: &Connection, wanted: &Wanted, is_done: bool) -> Result<(), StoreError> {
    let (workspace, at) = (wanted.workspace, wanted.at);
    let (deed, about) = match &wanted.about {
        About::Member(it) => {
            if is_done {
                let member = params![it.role.to_string(), workspace.bytes(), it.user.bytes()];
                connection.prepare_cached(ROLE)?.execute(member)?;
                if !it.role.reads() {
                    invites::revoke_of(connection, (workspace, it.user), at)?;
                }
            }
            (Deed::MemberRole, format!("{} as {}", it.name, it.role))
        }
        About::Grant(it) => {
            let role = it.role.as_ref().map_or("nothing".to_owned(), ToString::to_string);
            (Deed::MemberGrant, format!("{} as {role} in {}", it.user, it.scope))
        }
        _ => (Deed::RecoveryClosed, String::new()),
    };
    let by = &wanted.by;
    audit::note(connection, Note { workspace: Some(workspace), by, deed, about: &about, is_done }, at)
}

fn read(row: &Row<'_>) -> Result<Wanted, StoreError> {
    let payload: Payload =
        json::parse(&row.get::<_, String>(3)?).map_err(|_| damaged("a change that waits"))?;
    Ok(Wanted {
        op: OpId::from_bytes(row.get(0)?),
        workspace: WorkspaceId::from_bytes(row.get(1)?),
        about: payload.about.ok_or_else(|| damaged("a change that waits"))?,
        at: fieldbook_model::WallTime(row.get(2)?),
        by: row.get::<_, Option<String>>(4)?.map_or(Ok(By::default()), |by| By::read(&by))?,
        rights_of: row.get::<_, Option<[u8; 16]>>(5)?.map(UserId::from_bytes),
    })
}
