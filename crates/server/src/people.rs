//! `…/members`, `…/invites`, `…/devices`, `…/audit`, `…/rename` and `…/delete` of a workspace: what its owners and admins do.
//!
//! A role is said at one place of the workspace's order, by whoever may say it there; this waits until it is.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use fieldbook_model::op::About;
use fieldbook_model::{DeviceId, Granting, Membership, OpId, Refusal, Role, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::account::{DoneReply, EndReply, NameRequest};
use fieldbook_protocol::people::{
    AuditLine, AuditReply, DeviceLine, DeviceState, DevicesReply, GrantRequest, InviteLine, InviteReply,
    InviteRequest, InviteState, InvitesReply, MemberLine, MembersReply, RoleRequest, WipeRequest,
};
use fieldbook_server_store::{
    AccountError, Deed, DeviceRow, Entry, FreshOrder, INVITE_MS, InviteRow, InviteState as Became,
    MadeInvite, MemberRow, NewInvite, Unsent, Wanted, WipeRow, WorkspaceRow, new_name,
};
use fieldbook_server_sync::Call;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::account::written;
use crate::auth::{REQUEST_BYTES_MAX, fresh, random, refused};
use crate::caller::{At, Caller};
use crate::openapi::Problems;
use crate::refused::Refused;
use crate::state::App;
use crate::{body, clock, members as carrying, reply};

/// The entries of one answer.
const ENTRIES_MAX: u32 = 500;
const HOUR_MS: i64 = 3_600_000;

/// Answers with who is what.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/members", params(("workspace" = String, Path, description = "The workspace's id")), responses((status = 200, description = "The members by name", body = MembersReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn members(State(app): State<Arc<App>>, caller: Caller, At(id): At) -> Result<Response, Refused> {
    let row = let_in(&app, &caller, id, Call::Pull)?;
    let known = app.sessions.members(id)?;
    let lines = app.workspaces.look(id, move |reader| {
        let head = reader.head()?.version;
        known
            .into_iter()
            .map(|MemberRow { user, name, role }| {
                let said = reader.access(user, head)?.map(|(_, access)| access);
                let (role, grants) = said.map_or((role, Vec::new()), |said| (said.role, said.grants));
                Ok(MemberLine { user_id: user, name, role, grants })
            })
            .collect::<Result<Vec<_>, _>>()
    });
    let mut members = lines.await?;
    members.retain(|line| line.role.reads());
    Ok(reply::document(&MembersReply { workspace: row.name, members }))
}

/// Answers whoever says what a member is.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/members/{user}/role", params(("workspace" = String, Path, description = "The workspace's id"), ("user" = String, Path, description = "The member's id")), request_body = RoleRequest, responses((status = 200, description = "It holds", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn role(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, user)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Refused> {
    let (id, user) = (workspace(&id)?, member(&user)?);
    let_in(&app, &caller, id, Call::Pull)?;
    let asked: RoleRequest = read(&app, body, "role of a member").await?;
    // Everybody may leave; the rest is judged at its place of the order, too.
    let leaves = user == caller.principal.user && asked.role == Role::Nobody;
    let_in(&app, &caller, id, if leaves { Call::Pull } else { Call::Administer })?;
    if asked.role == Role::Owner {
        caller.confirmed()?;
    }
    let row = find(&app, id, user)?;
    let about = About::Member(Membership { user, name: row.name, role: asked.role });
    change(&app, &caller, id, about).await
}

/// Answers whoever says what a member is in a part of the workspace.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/members/{user}/grant", params(("workspace" = String, Path, description = "The workspace's id"), ("user" = String, Path, description = "The member's id")), request_body = GrantRequest, responses((status = 200, description = "It holds", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn grant(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, user)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Refused> {
    let (id, user) = (workspace(&id)?, member(&user)?);
    let_in(&app, &caller, id, Call::Administer)?;
    let asked: GrantRequest = read(&app, body, "grant for a member").await?;
    find(&app, id, user)?;
    change(&app, &caller, id, About::Grant(Granting { user, scope: asked.scope, role: asked.role })).await
}

/// Answers with the invitations of a workspace.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/invites", params(("workspace" = String, Path, description = "The workspace's id")), responses((status = 200, description = "The invitations, oldest first", body = InvitesReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn invites(State(app): State<Arc<App>>, caller: Caller, At(id): At) -> Result<Response, Refused> {
    let row = let_in(&app, &caller, id, Call::Administer)?;
    let invites = app.sessions.read(|accounts| accounts.invites(id, clock::now()))?;
    let invites = invites.into_iter().map(invite_line).collect();
    Ok(reply::document(&InvitesReply { workspace: row.name, invites }))
}

/// Answers whoever invites somebody.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/invites", params(("workspace" = String, Path, description = "The workspace's id")), request_body = InviteRequest, responses((status = 200, description = "The code, told once", body = InviteReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn invite(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    let row = let_in(&app, &caller, id, Call::Administer)?;
    let asked: InviteRequest = read(&app, body, "invitation").await?;
    let owns = asked.role == Role::Owner || asked.grants.iter().any(|grant| grant.role == Role::Owner);
    if owns {
        let_in(&app, &caller, id, Call::Own)?;
        caller.confirmed()?;
    }
    let schema = app.workspaces.enter(id, &app.config)?.schema().await?;
    let roles = std::iter::once(&asked.role).chain(asked.grants.iter().map(|grant| &grant.role));
    if let Some(role) = roles.into_iter().find(|role| !schema.has_role(role)) {
        let words = format!("There is no role {role} here; there are: {}.", schema.role_names());
        return Err(Refused::new(ProblemCode::BadRequest, words));
    }
    let (now, by, code) = (clock::now(), caller.by.clone(), random()?);
    let ms = asked.hours.map_or(INVITE_MS, |hours| i64::from(hours) * HOUR_MS);
    let expires_at = WallTime(now.0.saturating_add(ms));
    let InviteRequest { role, grants, address, .. } = asked;
    let new = NewInvite { workspace: id, role, grants, address, expires_at };
    let MadeInvite { id, code } =
        written(&app, move |accounts| accounts.invite(&new, code, &by, now)).await?;
    Ok(reply::document(&InviteReply { id, workspace: row.name, code, expires_at }))
}

/// Answers whoever takes an invitation back.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/invites/{invite}/revoke", params(("workspace" = String, Path, description = "The workspace's id"), ("invite" = String, Path, description = "By what the invitation is called")), responses((status = 200, description = "It works no more", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn revoke(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, invite)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let id = workspace(&id)?;
    let_in(&app, &caller, id, Call::Administer)?;
    let (by, at) = (caller.by.clone(), clock::now());
    written(&app, move |accounts| accounts.revoke_invite((id, &invite), &by, at)).await?;
    Ok(reply::document(&DoneReply { at }))
}

/// Answers with the devices of a workspace.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/devices", params(("workspace" = String, Path, description = "The workspace's id")), responses((status = 200, description = "The devices, the longest silent first", body = DevicesReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn devices(State(app): State<Arc<App>>, caller: Caller, At(id): At) -> Result<Response, Refused> {
    let row = let_in(&app, &caller, id, Call::Administer)?;
    let wipes = app.sessions.read(|accounts| accounts.wipes(id))?;
    let mut devices = app.sessions.devices()?;
    devices.retain(|device| device.workspace == id);
    let devices = devices.into_iter().map(|device| device_line(device, &wipes)).collect();
    Ok(reply::document(&DevicesReply { workspace: row.name, devices }))
}

/// Answers whoever ends the session of a device.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/devices/{device}/end", params(("workspace" = String, Path, description = "The workspace's id"), ("device" = String, Path, description = "The device's id")), responses((status = 200, description = "Its session has ended", body = EndReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, device)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (id, device) = (workspace(&id)?, named_device(&device)?);
    let_in(&app, &caller, id, Call::Administer)?;
    below_owner(&app, &caller, (id, device))?;
    let (by, at) = (caller.by.clone(), clock::now());
    written(&app, move |accounts| accounts.end_session(device, (&by, Deed::SessionEnded), at)).await?;
    app.people.send_replace(());
    Ok(reply::document(&EndReply { ended: 1 }))
}

/// Answers whoever orders that a device is wiped.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/devices/{device}/wipe", params(("workspace" = String, Path, description = "The workspace's id"), ("device" = String, Path, description = "The device's id")), request_body = WipeRequest, responses((status = 200, description = "It is ordered; the device is told when it calls", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn wipe(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, device)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Refused> {
    let (id, device) = (workspace(&id)?, named_device(&device)?);
    let_in(&app, &caller, id, Call::Own)?;
    let asked: WipeRequest = read(&app, body, "order to wipe").await?;
    caller.confirmed()?;
    let unsent = if asked.rescue { Unsent::SentFirst } else { Unsent::Lost };
    let (by, at) = (caller.by.clone(), clock::now());
    let order = FreshOrder { nonce: fresh()?, server: fresh()? };
    written(&app, move |accounts| accounts.order_wipe((id, device), (&by, unsent), order, at)).await?;
    app.people.send_replace(());
    Ok(reply::document(&DoneReply { at }))
}

/// From where on somebody asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// The place of the last entry that is known.
    #[serde(default)]
    after: u64,
}

/// Answers with what was decided in a workspace.
#[utoipa::path(get, path = "/v2/workspaces/{workspace}/audit", params(("workspace" = String, Path, description = "The workspace's id"), ("after" = Option<u64>, Query, description = "The place of the last entry that is known")), responses((status = 200, description = "What was decided after it, oldest first", body = AuditReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn audit(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    from: Result<Query<From>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let row = let_in(&app, &caller, id, Call::Administer)?;
    let wrong = |_| Refused::new(ProblemCode::BadRequest, "The query takes `after`, a number.");
    let Query(From { after }) = from.map_err(wrong)?;
    let mut entries = app.sessions.read(|accounts| accounts.audit(Some(id), after, ENTRIES_MAX + 1))?;
    let more = entries.len() > ENTRIES_MAX as usize;
    entries.truncate(ENTRIES_MAX as usize);
    let entries = entries.into_iter().map(audit_line).collect();
    Ok(reply::document(&AuditReply { workspace: row.name, entries, more }))
}

/// Answers whoever gives a workspace another name.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/rename", params(("workspace" = String, Path, description = "The workspace's id")), request_body = NameRequest, responses((status = 200, description = "It is called so", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    let_in(&app, &caller, id, Call::Own)?;
    let asked: NameRequest = read(&app, body, "name of a workspace").await?;
    new_name("workspace", &asked.name).map_err(refused)?;
    let (by, at) = (caller.by.clone(), clock::now());
    written(&app, move |accounts| accounts.rename_workspace(id, &asked.name, &by, at)).await?;
    Ok(reply::document(&DoneReply { at }))
}

/// Answers whoever deletes a workspace, and typed its name for that. An operator can bring it back for a while.
#[utoipa::path(post, path = "/v2/workspaces/{workspace}/delete", params(("workspace" = String, Path, description = "The workspace's id")), request_body = NameRequest, responses((status = 200, description = "Nobody gets in any more", body = DoneReply, content_type = "application/json"), Problems), security(("token" = [])))]
pub async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    At(id): At,
    body: Body,
) -> Result<Response, Refused> {
    let row = let_in(&app, &caller, id, Call::Own)?;
    let asked: NameRequest = read(&app, body, "name of a workspace").await?;
    if asked.name != row.name {
        let words = "This is not the workspace's name: type it as it is written to delete the workspace.";
        return Err(Refused::new(ProblemCode::BadRequest, words));
    }
    caller.confirmed()?;
    let (by, at) = (caller.by.clone(), clock::now());
    written(&app, move |accounts| accounts.delete_workspace(id, &by, at)).await?;
    app.people.send_replace(());
    Ok(reply::document(&DoneReply { at }))
}

/// Lets a caller do something in a workspace, and gives what that is called.
fn let_in(app: &App, caller: &Caller, id: WorkspaceId, call: Call) -> Result<WorkspaceRow, Refused> {
    caller.may(id, call)?;
    app.sessions.read(|accounts| accounts.workspace_of(id))?.ok_or_else(Refused::not_found)
}

/// Has a change made, and waits for what becomes of it.
async fn change(
    app: &Arc<App>,
    caller: &Caller,
    workspace: WorkspaceId,
    about: About,
) -> Result<Response, Refused> {
    let (op, at) = (OpId::v7(clock::wall_ms(), random()?), clock::now());
    let rights_of = Some(caller.principal.user);
    let wanted = Wanted { op, workspace, about, at, by: caller.by.clone(), rights_of };
    written(app, move |accounts| Ok(accounts.want(&wanted)?)).await?;
    carrying::carry_now(app).await?;
    match app.sessions.read(|accounts| accounts.outcome(op))? {
        Some(Ok(())) => Ok(reply::document(&DoneReply { at })),
        Some(Err(Refusal { code, words, .. })) => {
            let code = match code {
                fieldbook_model::Code::NoPermission => ProblemCode::Forbidden,
                fieldbook_model::Code::LastOwner => ProblemCode::Conflict,
                _ => ProblemCode::BadRequest,
            };
            Err(Refused::new(code, words))
        }
        None => Err(Refused::unavailable()),
    }
}

/// An admin does nothing to an owner's device.
fn below_owner(app: &App, caller: &Caller, (id, device): (WorkspaceId, DeviceId)) -> Result<(), Refused> {
    let devices = app.sessions.devices()?;
    let found = devices.into_iter().find(|row| row.id == device && row.workspace == id);
    let found = found.ok_or_else(|| refused(AccountError::NoDevice(device)))?;
    match find(app, id, found.user)?.role {
        Role::Owner if found.user != caller.principal.user => caller.may(id, Call::Own),
        _ => Ok(()),
    }
}

fn find(app: &App, id: WorkspaceId, user: UserId) -> Result<MemberRow, Refused> {
    let found = app.sessions.members(id)?.into_iter().find(|row| row.user == user);
    found.ok_or_else(|| Refused::new(ProblemCode::NotFound, "There is no such member here."))
}

async fn read<T: DeserializeOwned>(app: &App, body: Body, noun: &str) -> Result<T, Refused> {
    body::document(body, REQUEST_BYTES_MAX, app.config.body_time_max, noun).await
}

/// What is no id names no workspace.
fn workspace(id: &str) -> Result<WorkspaceId, Refused> {
    WorkspaceId::parse(id).map_err(|_| Refused::not_found())
}

fn member(id: &str) -> Result<UserId, Refused> {
    UserId::parse(id).map_err(|_| Refused::not_found())
}

fn named_device(id: &str) -> Result<DeviceId, Refused> {
    DeviceId::parse(id).map_err(|_| Refused::not_found())
}

fn invite_line(row: InviteRow) -> InviteLine {
    let (state, used_by) = match row.state {
        Became::Open => (InviteState::Open, None),
        Became::Used(_, name) => (InviteState::Used, Some(name)),
        Became::Revoked(_) => (InviteState::Revoked, None),
        Became::Expired => (InviteState::Expired, None),
    };
    let InviteRow { id, role, grants, address, made_at, made_by, expires_at, .. } = row;
    InviteLine { id, role, grants, address, made_by, made_at, expires_at, state, used_by }
}

fn device_line(row: DeviceRow, wipes: &[WipeRow]) -> DeviceLine {
    let stands = |wipe: &&WipeRow| wipe.order.device == row.id && wipe.withdrawn_at.is_none();
    let state = match wipes.iter().find(stands) {
        Some(WipeRow { confirmed: Some(_), .. }) => DeviceState::Wiped,
        Some(WipeRow { reached_at: Some(_), .. }) => DeviceState::WipeReached,
        Some(_) => DeviceState::WipeOrdered,
        None if row.ended_at.is_some() => DeviceState::SignedOut,
        None => DeviceState::SignedIn,
    };
    DeviceLine {
        device_id: row.id,
        name: row.name,
        user_id: row.user,
        user: row.user_name,
        signed_in: row.signed_in,
        last_seen: row.last_seen,
        waiting: row.waiting,
        state,
    }
}

fn audit_line(entry: Entry) -> AuditLine {
    AuditLine {
        place: entry.place,
        at: entry.at,
        deed: entry.deed.name(),
        is_done: entry.is_done,
        about: entry.about,
        by: entry.by.name,
        device_id: entry.by.device,
        address: entry.by.address,
    }
}
