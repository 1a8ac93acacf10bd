//! What holds for all keys together: laws, golden texts, silence, and what others published to check such code against.

mod age;
mod bound;
mod golden;
mod laws;
mod rfc9180;
mod signed;
mod silence;
mod wycheproof;

use fieldbook_model::{DeviceId, Hash, WallTime, WorkspaceId};

use crate::{Binding, Bundle, Bytes, Cost, DeviceSecret, Fresh, Nonce, Passphrase, Push, WipeOrder};

/// Randomness that is not, by number.
pub fn fresh(number: u8) -> Fresh {
    Fresh::new([number.wrapping_add(1).max(1); 32])
}

/// The place that most tests are at.
pub fn place() -> Binding {
    Binding { workspace: WorkspaceId::from_bytes([1; 16]), device: DeviceId::from_bytes([2; 16]), number: 3 }
}

/// Each place that differs from it in one thing.
pub fn other_places() -> [Binding; 3] {
    let here = place();
    [
        Binding { workspace: WorkspaceId::from_bytes([9; 16]), ..here },
        Binding { device: DeviceId::from_bytes([9; 16]), ..here },
        Binding { number: 4, ..here },
    ]
}

/// A device's secret.
pub fn secret() -> DeviceSecret {
    DeviceSecret::make(fresh(10))
}

/// A passphrase that costs as little as is allowed.
pub fn cheap() -> (Passphrase, Cost) {
    (Passphrase::new("correct horse".to_owned()), Cost::LEAST)
}

/// A push.
pub fn push() -> Push {
    let Binding { workspace, device, .. } = place();
    Push { workspace, device, body: Hash::of(b"a body") }
}

/// An order to wipe.
pub fn order() -> WipeOrder {
    let Binding { workspace, device, .. } = place();
    WipeOrder::new(workspace, device, Nonce(Bytes([5; 16])), WallTime(1_700_000_000_000))
}

/// A bundle.
pub fn bundle() -> Bundle {
    Bundle { device: place().device, hash: Hash::of(b"a file") }
}
