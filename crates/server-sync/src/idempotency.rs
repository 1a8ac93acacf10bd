//! Idempotency keys: a key names an occasion. The same act under one key is one act; another act is refused.
//! Acts are compared by op type and the key fields that the action declares, never by bytes (rule 20).

use std::collections::BTreeMap;

use fieldbook_merge::occasion::key_fields;
use fieldbook_model::json;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Change, Code, Op, RecordId, Refusal, Schema};
use fieldbook_protocol::push::SameRecord;

use crate::plan::KeyUse;
use crate::view::View;

/// The act that an op's key stands for.
pub fn key_use<V: View>(schema: &Schema, view: &mut V, op: &Op) -> Result<KeyUse, V::Error> {
    let changes = &op.payload.changes;
    let made = changes.iter().filter_map(|change| match change {
        Change::Insert { of, id, .. } => Some((of.clone(), *id)),
        _ => None,
    });
    let in_force = |of, id| Ok(view.alias(of, id)?.unwrap_or(id));
    let fields = match planted(Defect::KeysComparedByBytes) {
        true => json::write(&op.payload),
        false => key_fields(schema, &op.action, changes, in_force)?,
    };
    Ok(KeyUse { op: op.op_id, action: op.action.clone(), fields, made: made.collect() })
}

/// Whether an op under a used key is the same act: then which ids mean the same records, else why it is refused.
pub fn same_act(first: &KeyUse, second: &KeyUse) -> Result<Vec<SameRecord>, Refusal> {
    if first.action != second.action || first.fields != second.fields {
        let words = "This occasion was already used for something else; what you entered is kept here.";
        return Err(Refusal::new(Code::KeyReused, words));
    }
    if planted(Defect::DuplicateWithoutIdMap) {
        return Ok(Vec::new());
    }
    Ok(paired(&first.made, &second.made))
}

/// The n-th record of a type that the second made is the n-th of that type that the first made.
fn paired(first: &[(String, RecordId)], second: &[(String, RecordId)]) -> Vec<SameRecord> {
    let mut firsts: BTreeMap<&str, Vec<RecordId>> = BTreeMap::new();
    for (of, id) in first.iter().rev() {
        firsts.entry(of).or_default().push(*id);
    }
    let pair = |(of, own): &(String, RecordId)| {
        let existing = firsts.get_mut(of.as_str())?.pop()?;
        Some(SameRecord { of: of.clone(), own: *own, existing })
    };
    second.iter().filter_map(pair).collect()
}
