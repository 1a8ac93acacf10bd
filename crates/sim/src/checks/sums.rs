//! Device and server compare what they hold, and it is the same, unless something damaged the device (rule 35).

use fieldbook_device_store::{Compared, Difference, LoadedScope, Next, ScopeState};

use crate::world::World;

impl World {
    /// When everything is level: each device compares, and holds the same.
    pub(crate) fn check_sums(&mut self) {
        for device in 0..self.devices.len() {
            if self.may_compare(device) {
                self.check_parts(device);
            }
            let Some(compared) = self.compare(device) else { continue };
            let name = self.devices[device].name;
            let differences = self.differences(device);
            assert_eq!(
                compared.next,
                Next::Nothing,
                "rule 35: {name} holds something else: {differences:#?}"
            );
            self.checks.count("rule 35 device and server compare, and hold the same");
            if compared.parts > 1 {
                self.checks.count("rule 35 a scope is compared");
            }
            if !self.left_out(device).is_empty() {
                self.checks.count("rule 35 what is pruned is compared with as much of the server");
            }
        }
    }

    /// All parts that were asked for are shown.
    fn check_parts(&mut self, device: usize) {
        let name = self.devices[device].name;
        let scopes = self.devices[device].store.scopes().expect("BUG: the scopes of a store in memory");
        for LoadedScope { scope, state, .. } in scopes {
            assert_eq!(state, ScopeState::Loaded, "I17: {name} does not show {scope}");
            self.checks.count("I17 a part that was asked for is shown");
        }
    }

    /// Whether a device reads what the server has.
    fn may_compare(&self, device: usize) -> bool {
        self.server.may_read(self.devices[device].id) && self.version_of(device) <= self.schema.version
    }

    /// A device pulls and compares, beside the network; `None` where nobody may read.
    pub fn compare(&mut self, device: usize) -> Option<Compared> {
        let (id, wall) = (self.devices[device].id, self.wall());
        if !self.may_compare(device) {
            return None;
        }
        let store = &mut self.devices[device].store;
        store.want_compare().expect("BUG: a store in memory");
        let request = store.pull_request().expect("BUG: a store in memory");
        let pages = self.server.pull(id, request, wall);
        let mut compared = None;
        for page in pages {
            let store = &mut self.devices[device].store;
            compared = store.incoming_at(&page, wall).expect("a page that only compares").compared;
        }
        Some(compared.expect("rule 35: a device that is level was not compared"))
    }

    /// What a device has found to be different.
    pub fn differences(&mut self, device: usize) -> Vec<Difference> {
        self.devices[device].store.differences().expect("BUG: a store in memory")
    }
}
