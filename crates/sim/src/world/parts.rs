//! What people do about the parts of the workspace that their devices hold.

use fieldbook_device_store::{Pruned, Pruning, ScopeError};
use fieldbook_device_sync::Input;
use fieldbook_model::Scope;

use super::World;

impl World {
    /// A person asks for a scope.
    pub fn load(&mut self, device: usize, scope: &Scope, beneath: bool) {
        let line = format!("{} loads {scope}{}", self.devices[device].name, if beneath { "/*" } else { "" });
        self.tell(&line);
        self.devices[device].store.load(scope, beneath).expect("BUG: a scope that is none");
        self.check_device(device);
        self.input(device, Input::Scopes);
    }

    /// A person takes what is older than something off a device.
    pub fn prune(&mut self, device: usize, wish: &Pruning) -> Option<Pruned> {
        let line = format!("{} prunes {wish:?}", self.devices[device].name);
        self.tell(&line);
        // One may ask for a scope that is not here.
        let pruned = self.devices[device].store.prune(wish, false).ok()?;
        if !pruned.types.is_empty() {
            self.checks.count("rule 35 what is old goes, and stays away");
        }
        if pruned.stay > 0 {
            self.checks.count("rule 34 what pending ops touch stays when it is pruned");
        }
        self.check_device(device);
        self.input(device, Input::Scopes);
        Some(pruned)
    }

    /// A person wants everything again.
    pub fn unprune(&mut self, device: usize) {
        let line = format!("{} leaves nothing out", self.devices[device].name);
        self.tell(&line);
        if self.devices[device].store.unprune().expect("BUG: a store in memory") {
            self.checks.count("rule 35 what was pruned comes back");
            self.input(device, Input::Scopes);
        }
    }

    /// A person takes a scope off a device, if it is there. Tells whether it was.
    pub fn unload(&mut self, device: usize, scope: &Scope) -> bool {
        let line = format!("{} unloads {scope}", self.devices[device].name);
        self.tell(&line);
        match self.devices[device].store.unload(scope) {
            Ok(_) => {
                self.check_device(device);
                self.input(device, Input::Scopes);
                true
            }
            Err(ScopeError::NotHere(_) | ScopeError::Beneath(..)) => false,
            Err(error) => panic!("BUG: {error}"),
        }
    }
}
