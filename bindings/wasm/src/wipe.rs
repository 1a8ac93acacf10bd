//! A wipe in a browser: whose order is obeyed, and what is said of it. What goes, whoever has the files and the keys takes away; what is
//! written down here first says it at every start, until the server has heard it.

use fieldbook_crypto::{Sure, Wiped};
use fieldbook_device_sync::wipe::{FalseOrder, Known, WipeFile, judge, sends_first};
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::Ordered;

use crate::call::Caller;
use crate::failure::Failure;

/// What goes, by the names that a folder would have for it.
const FILES: [&str; 4] = ["device.secret", "fieldbook.db", "fieldbook.db-wal", "keys.json"];

/// What is written down of an order before anything goes; `None` where the device sends first what it has to send.
///
/// # Errors
/// [`FalseOrder`] where it is not obeyed.
pub fn begin(
    caller: &Caller,
    ordered: &Ordered,
    known: Known,
    server: &str,
) -> Result<Option<WipeFile>, FalseOrder> {
    if sends_first(ordered, known.unsent) {
        return Ok(None);
    }
    judge(&caller.pinned(), ordered, known.heard)?;
    // What a disk keeps of what a browser removed is beyond a page.
    let wiped = Wiped::new(&ordered.order, FILES.len() as u64, known.unsent, Sure::Removed);
    let signature = caller.keys.sign_wiped(&wiped);
    let files = FILES.map(str::to_owned).to_vec();
    Ok(Some(WipeFile::new(wiped, signature, files, (server, None))))
}

/// Reads what was written down.
pub fn read(text: &str) -> Result<WipeFile, Failure> {
    json::parse(text).map_err(|error| Failure::ask("damaged-key", error.reason))
}

/// The person is told this, in one line.
pub fn words(wipe: &WipeFile, now: WallTime) -> String {
    wipe.note(now, &[]).lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use fieldbook_crypto::{DeviceSecret, Fresh, Nonce, ServerKey, WipeOrder};
    use fieldbook_model::{DeviceId, WorkspaceId};

    use super::*;

    const SHOP: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const PHONE: DeviceId = DeviceId::from_bytes([2; 16]);

    fn check(by: u8, device: DeviceId, (rescue, unsent): (bool, u64), expected: &str) {
        let server = ServerKey::from_bytes(&[5; 32]).public();
        let keys = DeviceSecret::from_bytes([3; 32]).keys();
        let caller = Caller { workspace: SHOP, device: PHONE, keys, server };
        let order = WipeOrder::new(SHOP, device, Nonce::make(Fresh::new([4; 32])), WallTime(2_000));
        let signature = ServerKey::from_bytes(&[by; 32]).sign_wipe(&order);
        let ordered = Ordered { order, signature, rescue };
        let known = Known { unsent, heard: WallTime(1_000) };
        let told = match begin(&caller, &ordered, known, "https://shop.example") {
            Ok(Some(wipe)) => {
                let written = json::write(&wipe);
                assert_eq!(read(&written), Ok(wipe.clone()));
                words(&wipe, WallTime(3_000))
            }
            Ok(None) => "sends first".to_owned(),
            Err(why) => why.to_string(),
        };
        assert!(told.contains(expected), "{told}");
    }

    #[test]
    fn an_order_is_obeyed_where_it_is_this_devices_servers_and_after_what_is_sent_first() {
        check(5, PHONE, (false, 3), "4 files went, and with them 3 actions that were not sent");
        check(5, PHONE, (true, 3), "sends first");
        check(5, PHONE, (true, 0), "nothing that was not sent");
        check(6, PHONE, (false, 0), "not signed by the server");
        check(5, DeviceId::from_bytes([9; 16]), (false, 0), "for another device");
    }
}
