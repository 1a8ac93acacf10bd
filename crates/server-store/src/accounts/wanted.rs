//! What an operator wants of members, until the workspace's one writer has carried it into the log: a queue, so that
//! administering works beside the server that serves the folder.

use fieldbook_model::op::About;
use fieldbook_model::{OpId, Payload, Refusal, UserId, WorkspaceId, json};
use rusqlite::{OptionalExtension, Row, params};

use super::{AccountError, Accounts, role};
use crate::error::{StoreError, damaged};
use crate::members::{MemberRow, Wanted};

const MEMBERS: &str = "SELECT u.id, u.name, m.role FROM member m JOIN user u ON u.id = m.user \
    WHERE m.workspace = ? ORDER BY u.name";
const INSERT: &str = "INSERT INTO wanted (op, workspace, at, payload) VALUES (?, ?, ?, ?)";
const OPEN: &str = "SELECT op, workspace, at, payload FROM wanted WHERE outcome IS NULL ORDER BY place";
const OUTCOME: &str = "SELECT outcome FROM wanted WHERE op = ?";
const SETTLE: &str = "UPDATE wanted SET outcome = ? WHERE op = ?";
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
        let payload = Payload { changes: Vec::new(), about: Some(wanted.about.clone()) };
        let row = params![wanted.op.bytes(), wanted.workspace.bytes(), wanted.at.0, json::write(&payload)];
        self.connection.execute(INSERT, row)?;
        Ok(())
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

    /// Notes what became of changes. The account of a member has the role from then on that the log says.
    pub fn settle(
        &self,
        wanted: &[Wanted],
        outcomes: &[(OpId, Result<(), Refusal>)],
    ) -> Result<(), StoreError> {
        let transaction = self.write()?;
        for (op, outcome) in outcomes {
            let text = outcome.as_ref().err().map(json::write).unwrap_or_default();
            transaction.prepare_cached(SETTLE)?.execute(params![text, op.bytes()])?;
            let about = wanted.iter().find(|wanted| wanted.op == *op);
            if let Some(Wanted { about: About::Member(it), workspace, .. }) =
                about.filter(|_| outcome.is_ok())
            {
                let member = params![it.role.to_string(), workspace.bytes(), it.user.bytes()];
                transaction.prepare_cached(ROLE)?.execute(member)?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// A number that changes whenever somebody else writes to the accounts.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
    }
}

fn read(row: &Row<'_>) -> Result<Wanted, StoreError> {
    let payload: Payload =
        json::parse(&row.get::<_, String>(3)?).map_err(|_| damaged("a change that waits"))?;
    Ok(Wanted {
        op: OpId::from_bytes(row.get(0)?),
        workspace: WorkspaceId::from_bytes(row.get(1)?),
        about: payload.about.ok_or_else(|| damaged("a change that waits"))?,
        at: fieldbook_model::WallTime(row.get(2)?),
    })
}
