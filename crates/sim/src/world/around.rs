//! What surrounds the devices: conditions that their shells tell, and a server that is away or busy.

use fieldbook_device_sync::{Conditions, Input};

use super::{Happening, World};
use crate::device::Request;

impl World {
    /// A device's shell tells what surrounds it.
    pub fn surround(&mut self, device: usize, conditions: Conditions) {
        if self.devices[device].conditions == conditions {
            return;
        }
        let line = format!("{} is surrounded by {conditions:?}", self.devices[device].name);
        self.tell(&line);
        self.devices[device].conditions = conditions;
        self.input(device, Input::Conditions(conditions));
    }

    /// What surrounds a device changes by chance.
    pub fn change_conditions(&mut self, device: usize) {
        self.checks.count("fault: what surrounds a device changes");
        let roll = self.dice.roll();
        let no_network = self.devices[device].conditions.no_network;
        let often = |bits: u64| (roll >> bits).is_multiple_of(8);
        let (metered, low_battery, hidden) = (often(0), often(8), often(16));
        self.surround(device, Conditions { no_network, metered, low_battery, hidden });
    }

    /// A device loses its network for a while, and its shell is told so and told when it is back.
    pub fn unplugged(&mut self, device: usize, ms: u64) {
        self.checks.count("fault: a device is told that it has no network");
        self.checks.count("energy: without a network nothing is tried");
        self.offline(device, ms);
        let conditions = self.devices[device].conditions;
        self.surround(device, Conditions { no_network: true, ..conditions });
        self.at(self.now_ms + ms, Happening::NetworkBack(device));
    }

    /// The server is down for a while, and all its streams break; then it asks everybody to come back later for
    /// another while.
    pub fn server_down(&mut self, down_ms: u64, busy_ms: u64) {
        self.checks.count("fault: the server is away");
        let line = format!("the server is down for {down_ms} ms, then busy for {busy_ms} ms");
        self.tell(&line);
        self.down_until_ms = self.now_ms + down_ms;
        self.busy_until_ms = self.down_until_ms + busy_ms;
        self.break_streams();
    }

    /// A request is made. Without a network none is (the shell said so, and the machine knows better than to ask).
    pub(super) fn requested(&mut self, device: usize, is_push: bool) {
        let at_ms = self.now_ms;
        let name = self.devices[device].name;
        assert!(!self.devices[device].conditions.no_network, "{name} makes a request without a network");
        self.devices[device].requests.push(Request { at_ms, is_push });
    }
}
