//! Who signs what is pushed: each device with its own keys, and sometimes somebody who has its token and not its secret.

use fieldbook_crypto::{DeviceKeys, DevicePublic, DeviceSecret, Push, Signature};
use fieldbook_device_store::session::Call;
use fieldbook_model::{DeviceId, Hash};
use fieldbook_server_sync::policy::is_own;

use super::World;

/// One push of so many is tried in other hands first.
const FORGED_OF: u8 = 8;

/// The secret of a device, which follows from its id: a world draws nothing for it.
pub fn secret(device: DeviceId) -> DeviceSecret {
    DeviceSecret::from_bytes(Hash::of(device.bytes()).0)
}

/// The keys that follow from it.
pub fn keys(device: DeviceId) -> DeviceKeys {
    secret(device).keys()
}

impl World {
    /// What a device signs of a request.
    pub(super) fn signature(&self, device: usize, request: &Call) -> Option<Signature> {
        let Call::Push(_, body) = request else { return None };
        let it = &self.devices[device];
        Some(it.keys.0.sign_push(&self.push_of(device, body)))
    }

    /// The server looks whose push it is. Gives whether it lets it in.
    pub(super) fn lets_in(&mut self, device: usize, body: &str, signature: Option<&Signature>) -> bool {
        if let Some(signature) = signature {
            self.is_signed(signature, &self.push_of(device, body));
        }
        if Hash::of(body.as_bytes()).0[0].is_multiple_of(FORGED_OF) {
            self.check_forged(device, body, signature);
        }
        is_own(Some(&self.devices[device].keys.1), &self.push_of(device, body), signature)
    }

    fn check_forged(&mut self, device: usize, body: &str, signature: Option<&Signature>) {
        let known: &DevicePublic = &self.devices[device].keys.1;
        let push = self.push_of(device, body);
        let other = &self.devices[(device + 1) % self.devices.len()];
        let others = (other.id != self.devices[device].id).then(|| other.keys.0.sign_push(&push));
        let bent = self.push_of(device, &format!("{body} "));
        let forged = is_own(Some(known), &push, others.as_ref())
            || is_own(Some(known), &push, None)
            || is_own(Some(known), &bent, signature);
        assert!(!forged, "I7: a push that its device did not sign is let in");
        self.checks.count("I7 a push that its device did not sign is turned away");
    }

    fn push_of(&self, device: usize, body: &str) -> Push {
        let workspace = self.server.itself().workspace;
        Push { workspace, device: self.devices[device].id, body: Hash::of(body.as_bytes()) }
    }
}
