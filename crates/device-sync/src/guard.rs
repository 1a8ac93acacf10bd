//! A browser's keys under a passphrase: what lies there in place of the device secret and of what it opens.
//!
//! The passphrase opens a secret that was made when it was set, and that secret opens all the rest. The device secret itself would not
//! do: it lay in the browser as it is, and what a browser overwrites may stay on its disk.

use fieldbook_crypto::{Cost, DeviceSecret, Fresh, Guarded, KeyError, LockedSecret, Passphrase};
use fieldbook_model::json;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::keys::{KeysFile, Unreadable};

/// The number of its form.
const VERSION: u64 = 1;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnderPassphrase {
    v: u64,
    /// The secret that the passphrase opens.
    passphrase: LockedSecret,
    /// What that secret opens.
    kept: Guarded,
}

/// As much of it as every form has.
#[derive(Deserialize)]
struct Form {
    v: u64,
}

impl UnderPassphrase {
    /// Reads it from its text.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let damaged = |error: json::JsonError| Unreadable::Damaged(error.reason);
        let Form { v } = json::parse(text).map_err(damaged)?;
        match v {
            VERSION => json::parse(text).map_err(damaged),
            _ => Err(Unreadable::Newer(v)),
        }
    }
}

/// What lies under the secret: what a browser without a passphrase keeps.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bare {
    /// The keys.
    pub keys: KeysFile,
    /// The device secret, as [`DeviceSecret::write`] gives it.
    pub secret: Zeroizing<String>,
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bare(…)")
    }
}

/// Of an open device: what puts its keys under its passphrase again, which nobody has to know any more for that.
pub struct Guard {
    secret: DeviceSecret,
    passphrase: LockedSecret,
}

impl Guard {
    /// A new one.
    ///
    /// # Errors
    /// Those of [`DeviceSecret::lock`].
    pub fn set(by: &Passphrase, cost: Cost, (one, other): (Fresh, Fresh)) -> Result<Self, KeyError> {
        let secret = DeviceSecret::make(one);
        let passphrase = secret.lock(by, cost, other)?;
        Ok(Self { secret, passphrase })
    }

    /// That of what is kept.
    ///
    /// # Errors
    /// Those of [`DeviceSecret::unlock`].
    pub fn unlock(kept: &UnderPassphrase, by: &Passphrase) -> Result<Self, KeyError> {
        let secret = DeviceSecret::unlock(&kept.passphrase, by)?;
        Ok(Self { secret, passphrase: kept.passphrase.clone() })
    }

    /// The same from a secret that another worker of the same device had open. Whether it is the right one [`Self::open`] says.
    pub fn handed(kept: &UnderPassphrase, secret: DeviceSecret) -> Self {
        Self { secret, passphrase: kept.passphrase.clone() }
    }

    /// The secret, for such a worker.
    pub fn secret(&self) -> &DeviceSecret {
        &self.secret
    }

    /// Whether a passphrase is the one that was set.
    ///
    /// # Errors
    /// Those of [`DeviceSecret::unlock`].
    pub fn is_by(&self, by: &Passphrase) -> Result<(), KeyError> {
        DeviceSecret::unlock(&self.passphrase, by).map(|_| ())
    }

    /// What is to be kept of keys.
    pub fn keep(&self, bare: &Bare, fresh: Fresh) -> UnderPassphrase {
        let text = Zeroizing::new(json::write(bare));
        let kept = Guarded::put(&text, &self.secret, fresh);
        UnderPassphrase { v: VERSION, passphrase: self.passphrase.clone(), kept }
    }

    /// The keys that were kept.
    ///
    /// # Errors
    /// [`KeyError::WrongKey`] where the secret is not the one, [`KeyError::Damaged`] and [`KeyError::Form`] where they were changed.
    pub fn open(&self, kept: &UnderPassphrase) -> Result<Bare, KeyError> {
        let text = kept.kept.open(&self.secret)?;
        json::parse(&text).map_err(|error| KeyError::Form { what: fieldbook_crypto::What::Guarded, error })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fieldbook_crypto::{ContentKey, DatabaseKey, ServerKey, What};
    use fieldbook_model::{DeviceId, WorkspaceId};
    use fieldbook_protocol::auth::KeysReply;

    use super::*;
    use crate::keys::{Given, Held, Holder, Holding, Place};

    const PLACE: Place = (WorkspaceId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]));
    const KEYS: &str = include_str!("../tests/guard/without.json");
    const UNDER: &str = include_str!("../tests/guard/under-passphrase.json");

    fn fresh(number: u8) -> Fresh {
        Fresh::new([number; 32])
    }

    fn secret() -> DeviceSecret {
        DeviceSecret::from_bytes([3; 32])
    }

    fn typed(text: &str) -> Passphrase {
        Passphrase::new(text.to_owned())
    }

    /// The keys of a device in a browser, as its sign-in gives them.
    fn keys() -> KeysFile {
        let secret = secret();
        let binding = fieldbook_crypto::Binding { workspace: PLACE.0, device: PLACE.1, number: 1 };
        let sealed = ContentKey::make(fresh(1)).seal_to(&secret.keys().public(), &binding, fresh(2));
        let sealed = sealed.expect("a device");
        let server = ServerKey::from_bytes(&[5; 32]).public();
        let reply = KeysReply { number: 1, sealed, server, support: None };
        let given = Given::open(PLACE, &secret, &reply).expect("it was given to this device");
        let database = vec![given.wrapped((1, &DatabaseKey::make(fresh(3))), fresh(4))];
        given.file(Holding { holder: Holder::File, left: None }, database)
    }

    fn bare() -> Bare {
        Bare { keys: keys(), secret: secret().write() }
    }

    fn guard() -> Guard {
        let by = typed("a lamp and a boiler");
        Guard::set(&by, Cost::LEAST, (fresh(5), fresh(6))).expect("8 MiB")
    }

    #[test]
    fn the_two_forms_are_what_they_were() {
        assert_eq!(json::write(&keys()), KEYS.trim_end());
        assert_eq!(json::write(&guard().keep(&bare(), fresh(7))), UNDER.trim_end());
    }

    #[test]
    fn what_was_kept_without_a_passphrase_opens_and_what_was_kept_under_one_opens_with_it() {
        let plain = KeysFile::parse(KEYS.trim_end().as_bytes()).expect("its form");
        let held = Held::open(plain.clone(), Arc::new(secret())).expect("its secret").expect("not locked");
        let kept = UnderPassphrase::parse(UNDER).expect("its form");
        let guard = Guard::unlock(&kept, &typed("a lamp and a boiler")).expect("the passphrase");
        let opened = guard.open(&kept).expect("its secret");
        assert_eq!(opened, Bare { keys: plain, secret: secret().write() });
        let other = Held::open(opened.keys, Arc::new(secret())).expect("its secret").expect("not locked");
        assert_eq!(other.database, held.database);
        let wrong = Guard::unlock(&kept, &typed("a lamp and a broiler")).map(|_| ());
        assert_eq!(wrong, Err(KeyError::WrongKey(What::LockedSecret)));
    }

    #[test]
    fn the_device_secret_opens_nothing_of_what_lies_under_a_passphrase() {
        let kept = guard().keep(&bare(), fresh(7));
        let opened = Guard::handed(&kept, secret()).open(&kept);
        assert_eq!(opened, Err(KeyError::WrongKey(What::Guarded)));
        let text = json::write(&kept);
        for hidden in ["device_secret", "0303", "sealed", "wrapped", "workspace_id"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
    }

    #[test]
    fn a_guard_that_another_worker_had_open_opens_the_same_and_no_guard_of_another_time_does() {
        let (first, kept) = (guard(), guard().keep(&bare(), fresh(7)));
        let handed = DeviceSecret::read(&first.secret().write()).expect("its form");
        assert_eq!(Guard::handed(&kept, handed).open(&kept), Ok(bare()));
        let by = typed("a lamp and a boiler");
        let later = Guard::set(&by, Cost::LEAST, (fresh(8), fresh(9))).expect("8 MiB");
        assert_eq!(later.open(&kept), Err(KeyError::WrongKey(What::Guarded)));
        assert_eq!(first.is_by(&by), Ok(()));
        assert_eq!(first.is_by(&typed("a boiler")), Err(KeyError::WrongKey(What::LockedSecret)));
    }

    #[test]
    fn a_database_gets_one_key_after_the_other() {
        let held = Held::open(keys(), Arc::new(secret())).expect("its secret").expect("not locked");
        let key = DatabaseKey::make(fresh(10));
        let file = held.gets(&key, fresh(11)).expect("it has one key");
        let both = Held::open(file, Arc::new(secret())).expect("its secret").expect("not locked");
        assert_eq!((both.database.first(), both.database.last()), (held.database.first(), Some(&key)));
        assert_eq!(both.gets(&DatabaseKey::make(fresh(12)), fresh(13)), None);
        let newest =
            Held::open(both.has_newest(), Arc::new(secret())).expect("its secret").expect("not locked");
        assert_eq!(newest.database, [key]);
    }

    #[test]
    fn a_newer_form_is_told_as_one() {
        let newer = UNDER.replacen("\"v\":1", "\"v\":2", 1);
        assert_eq!(UnderPassphrase::parse(&newer), Err(Unreadable::Newer(2)));
        assert!(matches!(UnderPassphrase::parse(r#"{"v":1}"#), Err(Unreadable::Damaged(_))));
    }
}
