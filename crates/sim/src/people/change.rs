//! How changes are written down: by their verbs, or as the JSON of an op.

use fieldbook_device_store::Action;
use fieldbook_model::op::Wanted;
use fieldbook_model::schema::EDIT;
use fieldbook_model::{Change, Fields, Json, RecordId, Version, json};

/// An update from its verbs with their fields.
pub fn update<const N: usize>(of: &str, id: RecordId, verbs: [(&str, Fields); N]) -> Change {
    let mut change = Change::Update {
        of: of.into(),
        id,
        base: Version::ZERO,
        set: Fields::default(),
        add: Fields::default(),
        count: Fields::default(),
        include: Fields::default(),
        exclude: Fields::default(),
        reset: Fields::default(),
    };
    if let Change::Update { set, add, count, include, exclude, reset, .. } = &mut change {
        for (verb, fields) in verbs {
            match verb {
                "set" => *set = fields,
                "add" => *add = fields,
                "count" => *count = fields,
                "include" => *include = fields,
                "exclude" => *exclude = fields,
                "reset" => *reset = fields,
                other => panic!("BUG: {other} is no verb of an update"),
            }
        }
    }
    change
}

pub(super) fn set<const N: usize>(of: &str, id: RecordId, fields: [(&str, Json); N]) -> Change {
    update(of, id, [("set", fields.into())])
}

pub(super) fn insert<const N: usize>(of: &str, id: RecordId, fields: [(&str, Json); N]) -> Change {
    Change::Insert { of: of.into(), id, fields: fields.into() }
}

pub(super) fn delete(of: &str, id: RecordId) -> Change {
    Change::Delete { of: of.into(), id, base: Version::ZERO }
}

pub(super) fn restore(of: &str, id: RecordId) -> Change {
    Change::Restore { of: of.into(), id, base: Version::ZERO }
}

/// An action from the text of its changes, for scenarios: `[{"update":…,"id":…,"set":{…}}]`.
pub fn action(changes: &str) -> Action {
    let wanted: Vec<Wanted> = json::parse(changes).expect("BUG: changes that do not read");
    Action { action: EDIT.into(), key: None, changes: wanted.into_iter().map(|wanted| wanted.0).collect() }
}
