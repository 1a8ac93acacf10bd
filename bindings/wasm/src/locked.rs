//! A device that is locked: it has forgotten its content key, and reads and sends nothing. It still asks its server now and then whether
//! it is to be wiped, with the token that is sealed to it.

use std::sync::Arc;

use fieldbook_crypto::{DeviceSecret, KeyError};
use fieldbook_device_sync::keys::KeysFile;
use fieldbook_device_sync::wipe::{FalseOrder, Known, WipeFile};
use fieldbook_device_sync::{Head, Trouble};
use fieldbook_model::json;
use fieldbook_protocol::Ordered;
use fieldbook_protocol::auth::KeysRequest;
use zeroize::Zeroizing;

use crate::call::Caller;
use crate::wipe;

/// What a locked device asks its server with.
pub struct Locked {
    caller: Caller,
    token: Zeroizing<String>,
    known: Known,
}

impl Locked {
    /// Reads it; `None` where the device is not locked.
    pub fn read(file: &KeysFile, secret: &Arc<DeviceSecret>) -> Result<Option<Self>, KeyError> {
        let Some(sealed) = &file.token else { return Ok(None) };
        let keys = secret.keys();
        let token = sealed.open(&keys, &file.place_of_token())?;
        let (workspace, device) = (file.workspace_id, file.device_id);
        let caller = Caller { workspace, device, keys, server: file.server };
        // How much waits is in a database that nobody can open: it was noted before.
        let known = file.known.as_ref();
        let known = known.map_or_else(Known::default, |at| Known { unsent: at.unsent, heard: at.heard });
        Ok(Some(Self { caller, token, known }))
    }

    /// In whose name it asks.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The body of `POST /v2/auth/keys`.
    pub fn request(&self) -> String {
        json::write(&KeysRequest { keys: self.caller.keys.public() })
    }

    /// What is to be written down of an order to wipe it, where the reply is one that is obeyed. It cannot send first: nobody opens what
    /// it would send.
    ///
    /// # Errors
    /// [`FalseOrder`] where it is not obeyed.
    pub fn ordered(&self, head: &Head, body: &[u8], server: &str) -> Result<Option<WipeFile>, FalseOrder> {
        if head.is("application/json") {
            return Ok(None);
        }
        let (Trouble::Wiped(ordered), _) = head.trouble(body) else { return Ok(None) };
        let at_once = Ordered { rescue: false, ..*ordered };
        wipe::begin(&self.caller, &at_once, self.known, server)
    }
}

#[cfg(test)]
mod tests {
    use fieldbook_crypto::{Fresh, Nonce, SealedToken, ServerKey, WipeOrder};
    use fieldbook_device_sync::keys::AtLock;
    use fieldbook_model::{DeviceId, WallTime};
    use fieldbook_protocol::problem::PROBLEM_JSON;
    use fieldbook_protocol::{Problem, ProblemCode};

    use super::*;

    const KEYS: &str = include_str!("../../../crates/device-sync/tests/guard/without.json");

    fn file() -> KeysFile {
        let mut file = KeysFile::parse(KEYS.as_bytes()).expect("keys");
        file.server = ServerKey::from_bytes(&[5; 32]).public();
        file
    }

    fn secret() -> Arc<DeviceSecret> {
        Arc::new(DeviceSecret::from_bytes([3; 32]))
    }

    fn locked() -> Locked {
        let file = file();
        let token = SealedToken::seal("t0ken", &secret().keys(), &file.place_of_token(), Fresh::new([6; 32]));
        let file = file.locked((token, Some(60)), AtLock { unsent: 2, heard: WallTime(1_000) });
        Locked::read(&file, &secret()).expect("it opens").expect("it is locked")
    }

    /// What is written down when the server answers with an order of its own, or of another's, for a device.
    fn ordered(by: u8, device: DeviceId, at: i64) -> Result<Option<WipeFile>, FalseOrder> {
        let order =
            WipeOrder::new(file().workspace_id, device, Nonce::make(Fresh::new([4; 32])), WallTime(at));
        let signature = ServerKey::from_bytes(&[by; 32]).sign_wipe(&order);
        let problem = Problem::new(ProblemCode::Wiped, "It is to be wiped.", WallTime(at));
        let problem = Problem { wipe: Some(Box::new(Ordered { order, signature, rescue: true })), ..problem };
        let head = Head::new(problem.status, Some(PROBLEM_JSON), None);
        locked().ordered(&head, json::write(&problem).as_bytes(), "https://shop.example")
    }

    #[test]
    fn a_device_that_is_not_locked_asks_nothing() {
        assert!(Locked::read(&file(), &secret()).expect("read").is_none());
    }

    #[test]
    fn it_asks_with_its_token_and_its_public_keys() {
        assert_eq!(locked().token(), "t0ken");
        assert_eq!(locked().request(), json::write(&KeysRequest { keys: secret().keys().public() }));
    }

    #[test]
    fn an_order_of_its_server_is_obeyed_with_what_was_noted_when_it_was_locked() {
        let wipe = ordered(5, file().device_id, 2_000).expect("obeyed").expect("written down");
        let words = wipe::words(&wipe, WallTime(3_000));
        assert!(words.contains("with them 2 actions that were not sent"), "{words}");
    }

    #[test]
    fn any_other_order_is_not() {
        assert!(ordered(6, file().device_id, 2_000).is_err(), "another server's");
        assert!(ordered(5, DeviceId::from_bytes([9; 16]), 2_000).is_err(), "for another device");
        assert!(ordered(5, file().device_id, 500).is_err(), "older than what was heard last");
    }

    #[test]
    fn a_content_key_that_is_given_and_a_network_that_answers_itself_are_no_orders() {
        for (status, kind, body) in [(200, "application/json", "{}"), (200, "text/html", "<p>welcome</p>")] {
            let head = Head::new(status, Some(kind), None);
            assert_eq!(locked().ordered(&head, body.as_bytes(), "https://shop.example"), Ok(None), "{kind}");
        }
    }
}
