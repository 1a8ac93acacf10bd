//! Carries what an operator wants of members into a workspace's log: as ops of the server's own line, sealed and
//! chained like any. Whoever is known to the accounts and not to the log yet is written down first, so that "the last
//! owner" means the same to both.
//!
//! Asked a second time about the same, it gives the first answer: a crash between the log and the accounts does
//! nothing twice.

use fieldbook_model::chain::Hash;
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::schema::{MEMBER_GRANT, MEMBER_ROLE, RECOVERY_CLOSE};
use fieldbook_model::{
    Hlc, Limits, Membership, Op, OpId, Payload, RecordId, Refusal, Role, SealedOp, UserId, Version, WallTime,
    WorkspaceId,
};
use fieldbook_protocol::Verdict;
use fieldbook_protocol::push::Pushed;
use fieldbook_server_sync::policy::may_say;
use fieldbook_server_sync::{Decision, Log, Principal, Workspace, decide};

use crate::accounts::By;
use crate::error::{StoreError, damaged};
use crate::store::{Batch, Store};

/// A member as the accounts have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    /// Who.
    pub user: UserId,
    /// The user's name.
    pub name: String,
    /// What the user is.
    pub role: Role,
}

/// What an operator wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The id of the op that it becomes.
    pub op: OpId,
    /// Where.
    pub workspace: WorkspaceId,
    /// What: about a member or a grant.
    pub about: About,
    /// When it was wanted.
    pub at: WallTime,
    /// Who wants it, for whoever asks later.
    pub by: By,
    /// Whose rights at its place of the order decide whether it happens. Nobody's where an operator wants it, or an invitation says it.
    pub rights_of: Option<UserId>,
}

/// What became of it.
pub type Outcome = (OpId, Result<(), Refusal>);

/// Carries changes out, in their order, and makes them durable together.
pub fn carry(
    store: &mut dyn Store,
    limits: &Limits,
    workspace: WorkspaceId,
    members: &[MemberRow],
    wanted: &[Wanted],
) -> Result<Vec<Outcome>, StoreError> {
    let principal = Principal::server(workspace);
    let mut batch = store.batch()?;
    let ladder = batch.ladder().clone();
    let log = batch.log(principal.device, principal.user, &principal.name)?;
    let now = wanted.first().map_or(WallTime(0), |first| first.at);
    let (schema, epochs) = (ladder.top(), batch.epochs()?);
    let frame = Workspace { schema, ladder: &ladder, limits, principal: &principal, epochs: &epochs, now };
    let mut line = Line { frame, batch: batch.as_mut(), log, began: Version::ZERO };
    for member in members {
        line.introduce(member, now)?;
    }
    line.began = line.batch.head().version;
    let outcomes = wanted.iter().map(|it| Ok((it.op, line.carry(it)?))).collect::<Result<_, StoreError>>()?;
    batch.commit()?;
    Ok(outcomes)
}

/// The server's own line in a batch.
struct Line<'a> {
    frame: Workspace<'a>,
    batch: &'a mut (dyn Batch + 'a),
    log: Log,
    /// What the workspace had before the first change.
    began: Version,
}

impl Line<'_> {
    /// Writes down somebody whom the log does not know.
    fn introduce(&mut self, member: &MemberRow, at: WallTime) -> Result<(), StoreError> {
        let head = self.batch.head().version;
        if self.batch.access(member.user, head)?.is_some() {
            return Ok(());
        }
        let workspace = self.frame.principal.workspace;
        let name = RecordId::named(&format!("member {workspace} {}", member.user));
        let MemberRow { user, name: called, role } = member.clone();
        let about = About::Member(Membership { user, name: called, role });
        let (op, by) = (name.as_op(), By::default());
        self.carry(&Wanted { op, workspace, about, at, by, rights_of: None }).map(drop)
    }

    fn carry(&mut self, wanted: &Wanted) -> Result<Result<(), Refusal>, StoreError> {
        let known = self.batch.known(wanted.op, self.log.line, &Hash::ZERO)?;
        let verdict = match known.filter(|known| known.line == self.log.line) {
            Some(known) => known.answer.verdict,
            None => match self.may(wanted)? {
                Ok(()) => self.decide(wanted)?,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        Ok(match verdict {
            Verdict::Rejected { refusal, .. } => Err(refusal),
            _ => Ok(()),
        })
    }

    /// Whether it is for whoever wants it to say, by the role at this place of the order (rule 32).
    fn may(&mut self, wanted: &Wanted) -> Result<Result<(), Refusal>, StoreError> {
        let Some(user) = wanted.rights_of else { return Ok(Ok(())) };
        let role = self.role(user)?.unwrap_or(Role::Nobody);
        let before = match &wanted.about {
            About::Member(it) => self.role(it.user)?,
            About::Grant(it) => self.role(it.user)?,
            _ => None,
        };
        Ok(may_say((user, &role), &wanted.about, before.as_ref()))
    }

    fn role(&mut self, user: UserId) -> Result<Option<Role>, StoreError> {
        let at = if planted(Defect::RoleBeforeItsTurn) { self.began } else { self.batch.head().version };
        Ok(self.batch.access(user, at)?.map(|(_, access)| access.role))
    }

    fn decide(&mut self, wanted: &Wanted) -> Result<Verdict, StoreError> {
        let head = self.batch.head();
        let op = self.op(wanted);
        let pushed = Pushed::Whole(Box::new(SealedOp::seal(op)));
        let mut view = &mut *self.batch;
        match decide(&self.frame, &mut view, self.log, head.version.next(), &pushed)? {
            Decision::Fresh(plan) => {
                self.batch.carry_out(&plan, &pushed, wanted.at)?;
                self.log = plan.log;
                Ok(plan.answer.verdict)
            }
            // Nobody else writes this line.
            _ => Err(damaged("the server's own log")),
        }
    }

    fn op(&self, wanted: &Wanted) -> Op {
        let principal = self.frame.principal;
        let action = match wanted.about {
            About::Member(_) => MEMBER_ROLE,
            About::Closes(_) => RECOVERY_CLOSE,
            _ => MEMBER_GRANT,
        };
        Op {
            op_id: wanted.op,
            workspace_id: principal.workspace,
            user_id: principal.user,
            device_id: principal.device,
            seq: self.log.last_seq.next(),
            action: action.to_owned(),
            payload: Payload { changes: Vec::new(), about: Some(wanted.about.clone()) },
            idempotency_key: wanted.op.to_string(),
            created_at: wanted.at,
            hlc: Hlc::default(),
            schema: self.frame.schema.version,
            seen: self.batch.head().cursor(),
            previous: self.log.last_hash,
        }
    }
}
