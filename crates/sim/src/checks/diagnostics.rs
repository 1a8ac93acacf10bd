//! What a device tells whoever helps, made at odd moments: it holds nothing that people wrote and no secret, opens for whom it is
//! and for nobody else, and says who made it (I33).

use fieldbook_crypto::age::{self, Identity};
use fieldbook_crypto::{DeviceKeys, DeviceSecret, Fresh};
use fieldbook_device_store::{Payloads, Store};
use fieldbook_model::{Change, DeviceId, Fields, Hash, Json, Op};
use fieldbook_protocol::diagnostics::{self, OpenError, Opened, Part, Signed};
use memchr::memmem;

use crate::device::{Device, TOKEN};
use crate::world::World;

/// One look of a device in so many is followed by diagnostics.
const ONE_IN: u64 = 32;

impl World {
    /// Makes diagnostics of a device now and then. Chance has no part in it, so that no world becomes another by being looked at.
    pub(super) fn check_diagnostics(&mut self, device: usize) {
        if !(self.now_ms + device as u64).is_multiple_of(ONE_IN) {
            return;
        }
        const NAME: &str = "I33 diagnostics hold nothing that people wrote";
        let made = self.checks.counted(NAME);
        let fresh = Fresh::new(Hash::of(format!("{} {device} {made}", self.now_ms).as_bytes()).0);
        let Device { name, id, store, promised, .. } = &mut self.devices[device];
        let ops: Vec<&Op> = promised.iter().map(|(_, op)| op.as_ref()).collect();
        let (plain, once) = travelled(*id, &parts(store), fresh);
        let found = leak(&plain, &ops, &[TOKEN, &store.identity().user]);
        assert!(found.is_none(), "I33: the diagnostics of {name} hold {found:?}");
        self.checks.count(NAME);
        for bytes in once {
            assert!(self.orders.once.insert(bytes), "I32: two bundles of diagnostics have a nonce in common");
        }
        self.checks.count("I32 no two bundles of diagnostics have a nonce in common");
    }
}

/// What a device tells, all of it.
fn parts(store: &mut Store) -> Vec<Part> {
    let told = store.diagnostics(Payloads::Without);
    assert!(told.absent.is_empty(), "I33: a part cannot be read: {:?}", told.absent);
    told.parts
}

/// What whoever helps reads of it, and what of the file nothing else may have.
fn travelled(device: DeviceId, parts: &[Part], fresh: Fresh) -> (String, [Vec<u8>; 2]) {
    let identity = |byte: u8| Identity::make(Fresh::new([byte; 32]));
    let keys: DeviceKeys = DeviceSecret::from_bytes([9; 32]).keys();
    let (support, other) = (identity(1), identity(2));
    let file = diagnostics::seal((device, Some(&keys)), parts, &support.recipient(), fresh);
    let file = file.expect("BUG: a recipient");
    assert_eq!(diagnostics::open(&other, &file), Err(OpenError::WrongKey), "I33: another key opens it");
    let opened = Opened { device, signed: Signed::By(keys.public()), parts: parts.to_vec() };
    assert_eq!(diagnostics::open(&support, &file), Ok(opened), "I33: it is not what was told");
    let plain = age::decrypt(&support, &file).expect("BUG: it opened just now");
    (String::from_utf8(plain).expect("BUG: JSON is a text"), once(&file))
}

/// The ephemeral key of an `age` file, and the nonce before what it holds (<https://age-encryption.org/v1>).
fn once(file: &[u8]) -> [Vec<u8>; 2] {
    let behind = |of: &[u8]| memmem::find(file, of).expect("BUG: an age file") + of.len();
    let line = |from: usize| file[from..].split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    let (ephemeral, mac) = (line(behind(b"-> X25519 ")), behind(b"\n--- "));
    let nonce = mac + line(mac).len() + 1;
    [ephemeral, file[nonce..nonce + 16].to_vec()]
}

/// The first secret, or text that somebody wrote, that stands in it. A word alone may be a name of the schema too.
fn leak(plain: &str, ops: &[&Op], secrets: &[&str]) -> Option<String> {
    let written = ops.iter().flat_map(|op| &op.payload.changes).flat_map(values);
    let told = written.filter(|text| text.contains([' ', '.']));
    let secrets = secrets.iter().map(|secret| (*secret).to_owned());
    told.chain(secrets).find(|text| plain.contains(text.as_str()))
}

/// The texts of a change.
fn values(change: &Change) -> Vec<String> {
    let all: Vec<&Fields> = match change {
        Change::Insert { fields, .. } => vec![fields],
        Change::Update { set, add, count, include, exclude, reset, .. } => {
            vec![set, add, count, include, exclude, reset]
        }
        Change::Delete { .. } | Change::Restore { .. } => Vec::new(),
    };
    let texts = all.into_iter().flat_map(|fields| &fields.0).filter_map(|(_, value)| match value {
        Json::Text(text) => Some(format!("\"{text}\"")),
        _ => None,
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use fieldbook_model::json;

    use super::*;

    #[test]
    fn what_somebody_wrote_and_a_secret_are_found_where_they_stand() {
        let text = include_str!("../../../protocol/golden/op.json");
        let op: Op = json::parse(text).expect("an op");
        let check = |plain: &str, found: Option<&str>| {
            assert_eq!(leak(plain, &[&op], &[TOKEN]).as_deref(), found, "{plain}");
        };
        let golden = include_str!("../../../protocol/golden/diagnostics.txt");
        check(golden, None);
        check(
            text,
            values(&op.payload.changes[0]).iter().find(|text| text.contains('.')).map(String::as_str),
        );
        check(&format!("{golden}{TOKEN}"), Some(TOKEN));
    }
}
