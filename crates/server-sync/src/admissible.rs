//! What can be said of an op without looking at any record.

use fieldbook_model::limits::NAME_CHARS_MAX;
use fieldbook_model::op::About;
use fieldbook_model::schema::{
    DISCARD, EDIT, MEMBER_GRANT, MEMBER_ROLE, RECOVERY_CLOSE, REDO, RESOLVE, UNDO,
};
use fieldbook_model::{Access, Code, Op, Refusal, Schema, SealedOp};

use crate::policy::may_act_somewhere;
use crate::view::Workspace;

/// Refuses what is wrong with an op by itself, or with its author.
pub(crate) fn admissible(
    workspace: &Workspace<'_>,
    rights: &Access,
    sealed: &SealedOp,
) -> Result<(), Refusal> {
    let (op, principal) = (&sealed.op, workspace.principal);
    let own = op.workspace_id == principal.workspace
        && op.user_id == principal.user
        && op.device_id == principal.device;
    if !own {
        let words = "This action was made for another user, device or workspace.";
        return Err(Refusal::new(Code::WrongIdentity, words));
    }
    may_act_somewhere(rights)?;
    if op.idempotency_key.chars().count() > NAME_CHARS_MAX {
        let words = format!("An idempotency key has at most {NAME_CHARS_MAX} characters.");
        return Err(Refusal::new(Code::WrongValue, words));
    }
    if !fits(workspace.schema, op) {
        let words = format!("There is no action {} of this kind.", op.action);
        return Err(Refusal::new(Code::UnknownAction, words));
    }
    if sealed.text.len() as u64 > u64::from(workspace.limits.op_bytes_max) {
        return Err(too_large(workspace, sealed.text.len() as u64));
    }
    let (changes, max) = (op.payload.changes.len(), workspace.limits.op_changes_max as usize);
    let has_changes = matches!(op.payload.about, None | Some(About::Replaces(_)));
    match changes {
        0 if has_changes => Err(Refusal::new(Code::Empty, "This action changes nothing.")),
        _ if changes > max => {
            let words = format!("{changes} changes in one action; the server takes at most {max}.");
            Err(Refusal::new(Code::TooManyChanges, words))
        }
        _ => Ok(()),
    }
}

/// Whether the action and what the op is about belong together.
fn fits(schema: &Schema, op: &Op) -> bool {
    let takes_back = |name: &str| schema.actions.iter().any(|action| action.undo.as_deref() == Some(name));
    match &op.payload.about {
        None | Some(About::Replaces(_)) => op.action == EDIT || schema.action(&op.action).is_some(),
        Some(About::Resolves(_)) => op.action == RESOLVE,
        Some(About::Discards(_)) => op.action == DISCARD,
        Some(About::Member(_)) => op.action == MEMBER_ROLE,
        Some(About::Grant(_)) => op.action == MEMBER_GRANT,
        Some(About::Closes(_)) => op.action == RECOVERY_CLOSE,
        Some(About::Undoes(_)) => [UNDO, REDO].contains(&op.action.as_str()) || takes_back(&op.action),
    }
}

/// The refusal of an op with too many bytes.
pub(crate) fn too_large(workspace: &Workspace<'_>, bytes: u64) -> Refusal {
    let max = workspace.limits.op_bytes_max;
    Refusal::new(
        Code::TooLarge,
        format!("This action has {bytes} bytes; the server takes at most {max} in one."),
    )
}
