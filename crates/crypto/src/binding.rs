//! What a key is for. It is bound into everything that is sealed or wrapped, so that nothing opens in another place.

use fieldbook_model::{DeviceId, WorkspaceId};

/// The workspace and the device that a key belongs to, and which of their keys it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Binding {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The device.
    pub device: DeviceId,
    /// 1, 2, 3 …: grows with each new key of this kind.
    pub number: u32,
}

impl Binding {
    /// The name of a purpose and, behind it, fields of fixed widths.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        let number = self.number.to_be_bytes();
        [name.as_bytes(), &[0], self.workspace.bytes(), self.device.bytes(), &number].concat()
    }
}
