//! Names in place of ids: `r` is a record, `A` a device, `A2` the second op made on it.

use fieldbook_model::{DeviceId, OpId, RecordId, UserId, WorkspaceId};

/// The one workspace.
pub const HERE: WorkspaceId = WorkspaceId::from_bytes([9; 16]);

fn bytes(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes
}

fn name(bytes: &[u8; 16]) -> String {
    bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte)).collect()
}

/// The id of a record.
pub fn record(name: &str) -> RecordId {
    RecordId::from_bytes(bytes(name))
}

/// The name of a record.
pub fn record_name(id: RecordId) -> String {
    name(id.bytes())
}

/// The id of a device.
pub fn device(letter: char) -> DeviceId {
    DeviceId::from_bytes(bytes(&letter.to_string()))
}

/// The letter of a device.
pub fn device_name(id: DeviceId) -> String {
    name(id.bytes())
}

/// The one user of a device.
pub fn user(letter: char) -> UserId {
    UserId::from_bytes(bytes(&letter.to_string()))
}

/// The letter of the device of a user.
pub fn user_name(id: UserId) -> String {
    name(id.bytes())
}

/// The id of the n-th op made on a device.
pub fn op(letter: char, n: usize) -> OpId {
    OpId::from_bytes(bytes(&format!("{letter}{n}")))
}

/// The name of an op.
pub fn op_name(id: OpId) -> String {
    name(id.bytes())
}
