//! Who may do what: the one place that every path asks (push, pull, live, and each change of each op).

use fieldbook_crypto::{DevicePublic, Push, Signature};
use fieldbook_merge::may::{may_act, may_change};
use fieldbook_merge::{Checked, Verb};
use fieldbook_model::op::About;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Access, Code, DeviceId, RecordId, Refusal, Role, Scope, UserId, Version, WorkspaceId};

use crate::case::Case;
use crate::stop::Stop;
use crate::view::{HeldOp, View};

/// A signed-in device and whom it acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The user.
    pub user: UserId,
    /// The device that the token is bound to.
    pub device: DeviceId,
    /// The workspace that the token is bound to.
    pub workspace: WorkspaceId,
    /// The role of the user's account there. For an op it counts as long as no member record says another.
    pub role: Role,
    /// The user's name, for what people read.
    pub name: String,
}

impl Principal {
    /// The server itself, which writes down who is what in a workspace. Its user and its device have the workspace's id.
    pub fn server(workspace: WorkspaceId) -> Self {
        let (user, device) = (*workspace.bytes(), *workspace.bytes());
        Self {
            user: UserId::from_bytes(user),
            device: DeviceId::from_bytes(device),
            workspace,
            role: Role::Owner,
            name: "the server".to_owned(),
        }
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Offer ops. Each is judged again, at its place in the order.
    Push,
    /// Read what is there.
    Pull,
    /// Be told what changes.
    Live,
    /// Invite people, say who is what below an owner, look at devices and at what was decided.
    Administer,
    /// Give the workspace another name, delete it, have a device wiped.
    Own,
}

/// Whether a push is its device's own: it is signed with the keys that are known for it. A device that told none, as an
/// older one does not, signs none.
pub fn is_own(keys: Option<&DevicePublic>, push: &Push, signature: Option<&Signature>) -> bool {
    let Some(keys) = keys else { return true };
    planted(Defect::UnsignedTaken) || signature.is_some_and(|it| keys.check_push(push, it).is_ok())
}

/// Whether a principal may do a thing in a workspace. Whoever may not act still gets a verdict for what is queued on
/// the device, also when that person is no member any more (rule 33).
pub fn may(principal: &Principal, workspace: WorkspaceId, call: Call) -> bool {
    principal.workspace == workspace
        && match call {
            Call::Push => true,
            Call::Pull | Call::Live => principal.role.reads() || planted(Defect::RemovedRead),
            Call::Administer => principal.role.administers(),
            Call::Own => principal.role == Role::Owner,
        }
}

/// Whether somebody may bring a blob: whoever may change anything anywhere. Which record may name it is judged with the op that does.
pub fn may_bring(access: &Access) -> bool {
    access.role.acts() || access.grants.iter().any(|grant| grant.role.acts())
}

/// Whether it is the server that acts, whose rights nobody changes.
fn is_server(principal: &Principal) -> bool {
    principal.user.bytes() == principal.workspace.bytes()
}

/// What a principal may at a place of the order: what the member record says there, else what the account says
/// (rule 32).
pub fn rights<V: View>(principal: &Principal, view: &mut V, at: Version) -> Result<Access, V::Error> {
    if is_server(principal) {
        return Ok(Access::everywhere(Role::Owner));
    }
    let said = view.access(principal.user, at)?;
    Ok(said.map_or_else(|| Access::everywhere(principal.role.clone()), |(_, access)| access))
}

/// Whether somebody with a role may have it said who is what: an owner everything; an admin whatever concerns no owner; everybody that
/// they leave themselves. `before` is what the person of whom it is said is so far.
pub fn may_say((user, role): (UserId, &Role), about: &About, before: Option<&Role>) -> Result<(), Refusal> {
    let concerns_owner = |role: Option<&Role>| role == Some(&Role::Owner);
    let is_fine = match about {
        _ if *role == Role::Owner => true,
        About::Member(it) if it.user == user && it.role == Role::Nobody => true,
        About::Member(it) => {
            *role == Role::Admin && !concerns_owner(before) && !concerns_owner(Some(&it.role))
        }
        About::Grant(it) => {
            *role == Role::Admin && !concerns_owner(before) && !concerns_owner(it.role.as_ref())
        }
        _ => false,
    };
    if is_fine {
        return Ok(());
    }
    let words = match role.administers() {
        true => "What concerns an owner is said by: owner.",
        false => "Who is what in a workspace is said by: owner, admin.",
    };
    Err(Refusal::new(Code::NoPermission, words))
}

impl<V: View> Case<'_, V> {
    /// Refuses changes that the author of the op at hand may not make, each by the role where its record lies.
    pub(crate) fn permitted(&mut self, asked: &[Checked]) -> Result<(), Stop<V::Error>> {
        let (action, rights) = (&self.op.action, self.rights.clone());
        self.permitted_to(&rights, action, asked)
    }

    /// The same of whoever has some rights.
    pub(crate) fn permitted_to(
        &mut self,
        rights: &Access,
        action: &str,
        asked: &[Checked],
    ) -> Result<(), Stop<V::Error>> {
        let schema = self.workspace().schema;
        let action = schema.action(action);
        if asked.is_empty() {
            action.map_or(Ok(()), |action| may_act(schema, &rights.role, action))?;
        }
        for change in asked {
            // Where it lies, and where it will.
            let here = self.around(change.of, change.id).map_err(Stop::Fail)?;
            let there = self.desk.destination(change, asked).map_err(Stop::Fail)?;
            for around in [Some(here).filter(|_| !is_insert(change)), there].into_iter().flatten() {
                let role = rights.role_in(&around);
                action.map_or(Ok(()), |action| may_act(schema, role, action))?;
                may_change(schema, role, change)?;
            }
        }
        Ok(())
    }

    /// What the author of a held op might at that op's own place: its role is kept with it.
    pub(crate) fn rights_then(&mut self, held: &HeldOp) -> Result<Access, V::Error> {
        let grants = self.desk.view.access(held.op.user_id, held.version)?.map(|(_, access)| access.grants);
        let role = held.role.parse().unwrap_or(Role::Nobody);
        Ok(Access { role, grants: grants.unwrap_or_default() })
    }

    /// The scopes in which a record lies, the innermost first.
    pub(crate) fn around(&mut self, of: usize, id: RecordId) -> Result<Vec<Scope>, V::Error> {
        self.desk.scope_names(of, id)
    }
}

fn is_insert(change: &Checked) -> bool {
    matches!(change.verb, Verb::Insert(_))
}

/// Refuses an op of somebody who may change nothing anywhere.
pub(crate) fn may_act_somewhere(rights: &Access) -> Result<(), Refusal> {
    let acts = rights.role.acts() || rights.grants.iter().any(|grant| grant.role.acts());
    acts.then_some(()).ok_or_else(|| fieldbook_model::access::idle(&rights.role))
}
