//! Invitations: a code that works once, for a while, for one role in one workspace. What it gives stands in its row, never in the code.

use std::borrow::Cow;
use std::fmt;

use fieldbook_model::access::Grant;
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Granting, Membership, OpId, RecordId, Role, UserId, WallTime, WorkspaceId, json};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::audit::{self, By, Deed, Note};
use super::token::{self, Kind};
use super::{AccountError, Accounts, PasswordRules, name, password, role, taken, wanted};
use crate::error::{StoreError, damaged};
use crate::members::Wanted;

const INSERT: &str = "INSERT INTO invite (hash, workspace, role, grants, address, made_at, made_by, maker, expires_at) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const COUNT: &str = "SELECT count(*) FROM invite WHERE workspace = ?1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?2";
const ROWS: &str = "SELECT hash, role, grants, address, made_at, made_by, expires_at, revoked_at, used_at, u.name \
    FROM invite LEFT JOIN user u ON u.id = used_by WHERE workspace = ? ORDER BY made_at, hash";
const REVOKE: &str =
    "UPDATE invite SET revoked_at = ?2 WHERE hash = ?1 AND used_at IS NULL AND revoked_at IS NULL";
const REVOKE_OF: &str = "UPDATE invite SET revoked_at = ?3 WHERE workspace = ?1 AND maker = ?2 AND used_at IS NULL \
    AND revoked_at IS NULL";
const LOOK: &str = "SELECT i.address FROM invite i JOIN workspace w ON w.id = i.workspace WHERE i.hash = ?1 \
    AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > ?2 AND w.deleted_at IS NULL";
const TAKE: &str = "UPDATE invite SET used_at = ?2, used_by = ?3 WHERE hash = ?1 AND used_at IS NULL AND \
    revoked_at IS NULL AND expires_at > ?2 RETURNING workspace, role, grants";
const USER: &str = "SELECT id, password, name FROM user WHERE name = ?";
const USER_INSERT: &str = "INSERT INTO user (id, name, password, created_at) VALUES (?, ?, ?, ?)";
const MEMBER: &str = "SELECT role FROM member WHERE workspace = ? AND user = ?";
const MEMBER_SET: &str = "INSERT INTO member (workspace, user, role) VALUES (?, ?, ?) \
    ON CONFLICT (workspace, user) DO UPDATE SET role = excluded.role";
const WORKSPACE: &str = "SELECT name FROM workspace WHERE id = ? AND deleted_at IS NULL";

/// How long an invitation works where nobody says.
pub const INVITE_MS: i64 = 7 * 86_400_000;
/// The longest that one works.
pub const INVITE_MS_MAX: i64 = 90 * 86_400_000;
/// Invitations of one workspace that wait to be taken up.
const OPEN_MAX: i64 = 500;

/// An invitation to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewInvite {
    /// Where to.
    pub workspace: WorkspaceId,
    /// What whoever takes it up is there.
    pub role: Role,
    /// And in parts of it.
    pub grants: Vec<Grant>,
    /// Whoever takes it up has to give this address.
    pub address: Option<String>,
    /// Until when it works.
    pub expires_at: WallTime,
}

/// An invitation that was just made: its code is told once.
#[derive(Clone)]
pub struct MadeInvite {
    /// By what it is called.
    pub id: String,
    /// What it is taken up with.
    pub code: String,
}

impl fmt::Debug for MadeInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeInvite").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What became of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InviteState {
    /// It waits.
    Open,
    /// Somebody took it up.
    Used(WallTime, String),
    /// It was taken back.
    Revoked(WallTime),
    /// Its time is over.
    Expired,
}

/// An invitation, as it is listed. It does not tell the code, which nobody has but whom it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct InviteRow {
    /// By what it is called: the beginning of its code's hash.
    pub id: String,
    /// What it gives.
    pub role: Role,
    /// And in parts.
    pub grants: Vec<Grant>,
    /// For whom.
    pub address: Option<String>,
    /// When it was made.
    pub made_at: WallTime,
    /// By whom.
    pub made_by: String,
    /// Until when it works.
    pub expires_at: WallTime,
    /// What became of it.
    pub state: InviteState,
}

/// Somebody who wants to take up an invitation.
#[derive(Clone)]
pub struct Taking {
    /// The invitation's code.
    pub code: String,
    /// What that person is called, or wants to be.
    pub name: String,
    /// The password: of a user who is known the one that is known.
    pub password: String,
    /// The address, if the invitation is bound to one.
    pub address: Option<String>,
}

/// The same, looked up; does not say whether the invitation works.
pub struct Invitee {
    code: [u8; 32],
    works: bool,
    name: String,
    pub(super) known: Option<(UserId, String)>,
}

/// The same, after the slow part.
pub struct Proven {
    pub(super) invitee: Invitee,
    /// The hash for a user who is new; nothing for one whose password fits.
    pub(super) password: Result<Option<String>, AccountError>,
}

/// Who has taken up an invitation.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// Where.
    pub workspace: WorkspaceId,
    /// What that is called.
    pub workspace_name: String,
    /// Who.
    pub user: UserId,
    /// What that person is called.
    pub name: String,
    /// What that person is there.
    pub role: Role,
    /// The op that says so in the workspace's log.
    pub op: OpId,
}

impl fmt::Debug for Taking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taking").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Invitee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitee").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven").field("name", &self.invitee.name).finish_non_exhaustive()
    }
}

impl Invitee {
    /// Looks at the password, or makes the hash of a new one: one slow hash, whether the invitation works or not.
    pub fn prove(self, rules: &PasswordRules, password: &str, salt: [u8; 16]) -> Proven {
        let password = match &self.known {
            Some((_, hash)) if password::fits(password, hash) => Ok(None),
            Some(_) => Err(AccountError::UserTaken(self.name.clone())),
            None => {
                let new = rules.check(password, &[&self.name]);
                new.map(|new| Some(password::hash(&new, salt)))
            }
        };
        Proven { invitee: self, password }
    }
}

impl Accounts {
    /// Makes an invitation and gives its code, which is stored nowhere.
    ///
    /// # Errors
    /// [`AccountError::BadInvite`], [`AccountError::TooManyInvites`].
    pub fn invite(
        &self,
        new: &NewInvite,
        code: [u8; 32],
        by: &By,
        now: WallTime,
    ) -> Result<MadeInvite, AccountError> {
        check(new, now)?;
        let transaction = self.write()?;
        let workspace = new.workspace.bytes();
        let open: i64 =
            transaction.prepare_cached(COUNT)?.query_row(params![workspace, now.0], |row| row.get(0))?;
        if open >= OPEN_MAX {
            return Err(AccountError::TooManyInvites);
        }
        let (hash, maker) = (token::hash(code), by.user.as_ref().map(UserId::bytes));
        let (grants, made_by) = (json::write(&new.grants), json::write(by));
        let address = new.address.as_deref().map(str::trim);
        let row = params![
            hash,
            workspace,
            new.role.name(),
            grants,
            address,
            now.0,
            made_by,
            maker,
            new.expires_at.0
        ];
        transaction.prepare_cached(INSERT)?.execute(row)?;
        let about = format!("{} as {}", id(&hash), new.role);
        let (deed, workspace) = (Deed::InviteMade, Some(new.workspace));
        audit::note(&transaction, Note { workspace, by, deed, about: &about, is_done: true }, now)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(MadeInvite { id: id(&hash), code: token::write(Kind::Invite, code) })
    }

    /// Every invitation of a workspace, oldest first.
    pub fn invites(&self, workspace: WorkspaceId, now: WallTime) -> Result<Vec<InviteRow>, StoreError> {
        let mut find = self.connection.prepare_cached(ROWS)?;
        let mut rows = find.query([workspace.bytes()])?;
        let mut invites = Vec::new();
        while let Some(row) = rows.next()? {
            invites.push(invite(row, now)?);
        }
        Ok(invites)
    }

    /// Takes an invitation back that nobody has taken up.
    ///
    /// # Errors
    /// [`AccountError::NoInvite`] for one that is not there or does not wait any more.
    pub fn revoke_invite(
        &self,
        (workspace, named): (WorkspaceId, &str),
        by: &By,
        now: WallTime,
    ) -> Result<InviteRow, AccountError> {
        let transaction = self.write()?;
        let hash = find(&transaction, workspace, named)?;
        let none = || AccountError::NoInvite(named.to_owned());
        let hash = hash.ok_or_else(none)?;
        if transaction.prepare_cached(REVOKE)?.execute(params![hash, now.0])? == 0 {
            return Err(none());
        }
        let (deed, workspace_id) = (Deed::InviteRevoked, Some(workspace));
        let note = Note { workspace: workspace_id, by, deed, about: &id(&hash), is_done: true };
        audit::note(&transaction, note, now)?;
        transaction.commit().map_err(StoreError::from)?;
        let row = self.invites(workspace, now)?.into_iter().find(|row| row.id == id(&hash));
        row.ok_or_else(none)
    }

    /// Looks up who wants to take up an invitation.
    pub fn invitee(&self, taking: &Taking, now: WallTime) -> Result<Invitee, AccountError> {
        name::check("user", &taking.name)?;
        password::check_length(&taking.password)?;
        let code = token::read(Kind::Invite, &taking.code).map_or([0; 32], token::hash);
        let bound = |row: &Row<'_>| row.get::<_, Option<String>>(0);
        let found =
            self.connection.prepare_cached(LOOK)?.query_row(params![code, now.0], bound).optional()?;
        let works = found.is_some_and(|bound| is_for(bound.as_deref(), taking.address.as_deref()));
        let read = |row: &Row<'_>| Ok((UserId::from_bytes(row.get(0)?), row.get(1)?, row.get(2)?));
        let user = self.connection.prepare_cached(USER)?.query_row([taking.name.trim()], read).optional()?;
        let (known, name) = match user {
            Some((id, hash, name)) => (Some((id, hash)), name),
            None => (None, taking.name.trim().to_owned()),
        };
        Ok(Invitee { code, works, name, known })
    }

    /// Takes an invitation up: of any number who try at once, one does. A user who is new is made; the role is wanted of the workspace's
    /// log, by the op of that id. What was tried in vain is noted too.
    ///
    /// # Errors
    /// [`AccountError::UselessCode`], one answer for every invitation that does not work; then, for one that does,
    /// [`AccountError::UserTaken`], [`AccountError::BadPassword`] and [`AccountError::Member`], which leave it as it was.
    pub fn take_invite(
        &self,
        proven: Proven,
        (new, op): (UserId, OpId),
        by: &By,
        now: WallTime,
    ) -> Result<Taken, AccountError> {
        let Proven { invitee: Invitee { code, works, name, known }, password } = proven;
        let user = known.as_ref().map_or(new, |(user, _)| *user);
        let transaction = self.write()?;
        let row = match works {
            true => take(&transaction, (&code, user), now)?,
            false => None,
        };
        let Some((workspace, role, grants)) = row else {
            drop(transaction);
            if !planted(Defect::NoteMissing) {
                self.refused((Deed::InviteTaken, None), by, "", now)?;
            }
            return Err(AccountError::UselessCode);
        };
        let role = if planted(Defect::InviteGivesMore) { Role::Admin } else { role };
        if let Some(hash) = password? {
            let or = |error| taken(error, || AccountError::UserTaken(name.clone()));
            transaction.execute(USER_INSERT, params![user.bytes(), name, hash, now.0]).map_err(or)?;
        }
        let read = |row: &Row<'_>| row.get::<_, String>(0);
        let ids = params![workspace.bytes(), user.bytes()];
        let before = transaction.prepare_cached(MEMBER)?.query_row(ids, read).optional()?;
        if before.is_some_and(|before| before != Role::Nobody.name()) {
            return Err(AccountError::Member(name));
        }
        let row = params![workspace.bytes(), user.bytes(), role.name()];
        transaction.prepare_cached(MEMBER_SET)?.execute(row)?;
        let by = by.known_as(user, &name);
        let member = About::Member(Membership { user, name: name.clone(), role: role.clone() });
        let grants = grants
            .into_iter()
            .map(|grant| About::Grant(Granting { user, scope: grant.scope, role: Some(grant.role) }));
        let named = |place: usize| RecordId::named(&format!("grant {place} {op}")).as_op();
        for (place, about) in std::iter::once(member).chain(grants).enumerate() {
            let op = if place == 0 { op } else { named(place) };
            wanted::insert(
                &transaction,
                &Wanted { op, workspace, about, at: now, by: by.clone(), rights_of: None },
            )?;
        }
        let about = format!("{}: {name} as {role}", id(&code));
        let (deed, of) = (Deed::InviteTaken, Some(workspace));
        audit::note(&transaction, Note { workspace: of, by: &by, deed, about: &about, is_done: true }, now)?;
        let workspace_name =
            transaction.prepare_cached(WORKSPACE)?.query_row([workspace.bytes()], |row| row.get(0))?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(Taken { workspace, workspace_name, user, name, role, op })
    }
}

/// Whoever administers no more leaves no invitation behind.
pub(super) fn revoke_of(
    connection: &Connection,
    (workspace, maker): (WorkspaceId, UserId),
    now: WallTime,
) -> Result<(), StoreError> {
    connection.prepare_cached(REVOKE_OF)?.execute(params![workspace.bytes(), maker.bytes(), now.0])?;
    Ok(())
}

fn check(new: &NewInvite, now: WallTime) -> Result<(), AccountError> {
    let ms = new.expires_at.0.saturating_sub(now.0);
    let address = new.address.as_deref().map_or(Ok(()), |address| name::check("address", address));
    match new.role.reads() && (1..=INVITE_MS_MAX).contains(&ms) {
        true => address,
        false => Err(AccountError::BadInvite),
    }
}

/// Whether an invitation that is bound to an address, or to none, is for whoever gives one.
fn is_for(bound: Option<&str>, given: Option<&str>) -> bool {
    bound.is_none_or(|bound| given.is_some_and(|given| given.trim().eq_ignore_ascii_case(bound)))
}

type Row3 = (WorkspaceId, Role, Vec<Grant>);

/// What takes an invitation.
fn taking() -> Cow<'static, str> {
    if planted(Defect::InviteTwice) {
        return TAKE.replace(" AND used_at IS NULL", "").into();
    }
    if planted(Defect::InviteOutlives) {
        return TAKE.replace("AND revoked_at IS NULL AND expires_at > ?2", "AND ?2 = ?2").into();
    }
    TAKE.into()
}

/// Takes one that still works, for good.
fn take(
    transaction: &Transaction<'_>,
    (code, user): (&[u8; 32], UserId),
    now: WallTime,
) -> Result<Option<Row3>, StoreError> {
    let mut take = transaction.prepare_cached(&taking())?;
    let mut rows = take.query(params![code, now.0, user.bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (role, grants) = (role::read(&row.get::<_, String>(1)?)?, grants(&row.get::<_, String>(2)?)?);
    Ok(Some((WorkspaceId::from_bytes(row.get(0)?), role, grants)))
}

fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    named: &str,
) -> Result<Option<[u8; 32]>, StoreError> {
    let mut find = connection.prepare_cached(ROWS)?;
    let hashes = find.query_map([workspace.bytes()], |row| row.get::<_, [u8; 32]>(0))?;
    let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
    Ok(hashes.into_iter().find(|hash| id(hash) == named))
}

/// By what people call an invitation.
fn id(hash: &[u8; 32]) -> String {
    token::hex(&hash[..8])
}

fn grants(text: &str) -> Result<Vec<Grant>, StoreError> {
    json::parse(text).map_err(|_| damaged("an invitation"))
}

fn invite(row: &Row<'_>, now: WallTime) -> Result<InviteRow, StoreError> {
    let time = |place: usize| row.get::<_, Option<i64>>(place);
    let expires_at = row.get(6)?;
    let state = match (time(8)?, time(7)?) {
        (Some(at), _) => {
            InviteState::Used(WallTime(at), row.get::<_, Option<String>>(9)?.unwrap_or_default())
        }
        (None, Some(at)) => InviteState::Revoked(WallTime(at)),
        (None, None) if now.0 >= expires_at => InviteState::Expired,
        (None, None) => InviteState::Open,
    };
    Ok(InviteRow {
        id: id(&row.get(0)?),
        role: role::read(&row.get::<_, String>(1)?)?,
        grants: grants(&row.get::<_, String>(2)?)?,
        address: row.get(3)?,
        made_at: WallTime(row.get(4)?),
        made_by: By::read(&row.get::<_, String>(5)?)?.name,
        expires_at: WallTime(expires_at),
        state,
    })
}
