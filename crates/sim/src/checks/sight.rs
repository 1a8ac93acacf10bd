//! What somebody sees on a device, where not everybody reads everything.

use std::collections::BTreeMap;

use fieldbook_model::RecordId;
use fieldbook_model::schema::RecordType;
use fieldbook_reference::Person;

use super::device::lingering;
use super::lines::{self, Lines};
use crate::device::Device;
use crate::world::World;

impl World {
    /// A device has the open conflicts of where it looks and those of its own ops, as far as whoever looks may read
    /// them (rules 34 and 50).
    pub(super) fn check_conflicts_seen(&mut self, device: usize, confirmed: &Lines) {
        let (scopes, person) = (self.covered(device), self.reader(device));
        let Device { name, log, highest, store, .. } = &mut self.devices[device];
        // One about which a person has decided stays until that is settled, wherever it lies.
        let lingering = lingering(store);
        let mut has = lines::conflicts(confirmed);
        has.retain(|_, seen| seen.state == "open");
        let mut expected = self.oracle.conflicts_of(*log, person.as_ref(), scopes.as_ref(), highest.version);
        for all in [&mut has, &mut expected] {
            all.retain(|conflict, _| !lingering.contains(&RecordId::from_bytes(*conflict.bytes())));
        }
        assert_eq!(has, expected, "{name} has not the conflicts of its view at {highest:?}");
        (0..has.len()).for_each(|_| self.checks.count("rule 50 a conflict shows what its reader may read"));
    }

    /// Who looks at a device, where the schema says that not everybody reads everything.
    pub(super) fn reader(&self, device: usize) -> Option<Person> {
        let narrows = |ty: &RecordType| {
            // What opens a scope may be closed to somebody.
            ty.scope || !ty.readers.is_empty() || ty.fields.iter().any(|field| !field.readers.is_empty())
        };
        if !self.schema.types.iter().any(narrows) {
            return None;
        }
        let Device { id, first_role, highest, .. } = &self.devices[device];
        let user = self.server.principal(*id).user;
        let said = self.oracle.reference.person_at(user, highest.version);
        Some(said.unwrap_or_else(|| Person { role: first_role.clone(), grants: BTreeMap::new() }))
    }
}
