//! What people do about the parts of the workspace that their devices hold.

use fieldbook_device_store::ScopeError;
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
