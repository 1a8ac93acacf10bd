//! A wipe: whose orders are obeyed, and what is left when the power goes at any point of it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use fieldbook_crypto::{
    Binding, ContentKey, DatabaseKey, DeviceSecret, Fresh, Nonce, Passphrase, ServerKey, Sure, Wiped,
};
use fieldbook_device_sync::wipe::{Disk, destroy, files, finish};
use fieldbook_faulty_disk::{Disk as Faulty, Loss, Plan};
use fieldbook_model::{DeviceId, UserId, WorkspaceId};
use fieldbook_protocol::auth::KeysReply;
use zeroize::Zeroizing;

use super::*;
use crate::home::HomeFile;
use crate::keys::{self, Hold, NoHolders};

const SHOP: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
const OTHER: WorkspaceId = WorkspaceId::from_bytes([9; 16]);
const PHONE: DeviceId = DeviceId::from_bytes([2; 16]);
const ISSUED: WallTime = WallTime(1_700_000_000_000);
const NOW: WallTime = WallTime(1_700_000_100_000);
/// Whom the device told that it was wiped.
const SERVER: &str = "http://127.0.0.1:9";

fn server(n: u8) -> ServerKey {
    ServerKey::from_bytes(&[n; 32])
}

fn secret() -> DeviceSecret {
    DeviceSecret::from_bytes([3; 32])
}

fn order(device: DeviceId, key: &ServerKey) -> Ordered {
    let order = WipeOrder::new(SHOP, device, Nonce::make(Fresh::new([4; 32])), ISSUED);
    Ordered { signature: key.sign_wipe(&order), order, rescue: false }
}

/// A home with keys of the server of number 5, and bytes in place of a database.
fn home(folder: &Path) -> Home {
    let home = Home::at(folder);
    let place = Binding { workspace: SHOP, device: PHONE, number: 1 };
    let content = ContentKey::from_bytes([6; 32]);
    let sealed = content.seal_to(&keys::public(&secret()), &place, Fresh::new([7; 32])).expect("sealed");
    let reply = KeysReply { number: 1, sealed, server: server(5).public(), support: None };
    let held = Hold::File.hold(&home, (&secret(), &NoHolders), None).expect("kept");
    let _: DatabaseKey =
        keys::first(&home, (SHOP, PHONE), (&Arc::new(secret()), held), &reply).expect("keys");
    for name in ["fieldbook.db", "fieldbook.db-wal", "bell", "sync.lock"] {
        std::fs::write(folder.join(name), [b'd'; 5000]).expect("written");
    }
    let (workspace, user) = (("shop".into(), SHOP), ("ann".into(), UserId::from_bytes([8; 16])));
    home.write(&HomeFile::new((SERVER.into(), None), workspace, user, PHONE)).expect("a home");
    home
}

fn put(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("written");
}

/// The files of a folder with what they hold.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = Folder::of(folder).names().expect("names");
    names.into_iter().map(|name| (name.clone(), std::fs::read(folder.join(name)).expect("a file"))).collect()
}

/// Carries an order out on a home whose secret is known.
fn carried_out(home: &Home, ordered: &Ordered, known: Known) -> Result<(), DeviceError> {
    let by = By { signs: Some(secret().keys()), of: &NoHolders };
    carry_out(home, (SERVER, None), &by, (ordered, known))
}

fn wiped_here(result: Result<(), DeviceError>) -> String {
    match result {
        Err(DeviceError::Wiped { words, .. }) => words,
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_an_order_of_the_pinned_server_for_this_device_and_of_now_is_obeyed() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(folder.path());
    let right = order(PHONE, &server(5));
    let mut changed = right;
    changed.order.issued_at = WallTime(ISSUED.0 + 1);
    let elsewhere = WipeOrder::new(OTHER, PHONE, right.order.nonce, ISSUED);
    let elsewhere = Ordered { signature: server(5).sign_wipe(&elsewhere), order: elsewhere, rescue: false };
    let before = files(folder.path());
    for (ordered, heard, why) in [
        (order(PHONE, &server(6)), ISSUED, FalseOrder::Forged),
        (changed, ISSUED, FalseOrder::Forged),
        (order(DeviceId::from_bytes([9; 16]), &server(5)), ISSUED, FalseOrder::NotOurs),
        (elsewhere, ISSUED, FalseOrder::NotOurs),
        // It was taken back since: the server has let the device in.
        (right, WallTime(ISSUED.0 + 1), FalseOrder::Old),
    ] {
        let told = carried_out(&home, &ordered, Known { unsent: 1, heard });
        assert!(
            matches!(told, Err(DeviceError::FalseOrder { why: is, .. }) if is == why),
            "{why:?}: {told:?}"
        );
        assert!(told.expect_err("refused").to_string().contains("is not obeyed"));
        assert_eq!(files(folder.path()), before, "{why:?}");
    }
    let told = carried_out(&home, &right, Known { unsent: 1, heard: ISSUED });
    assert!(wiped_here(told).contains("and with them 1 action that was not sent"));
    assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), [FILE]);
}

/// The system's secure store, which may not answer.
#[derive(Default)]
struct Vault(Mutex<BTreeMap<String, String>>, AtomicBool);

impl Vault {
    fn names(&self) -> Vec<String> {
        self.0.lock().expect("one thread").keys().cloned().collect()
    }
}

impl Holders for Vault {
    fn chosen(&self, _: &Path) -> Result<Hold, KeyTrouble> {
        unreachable!("no home here is new")
    }
    fn passphrase(&self, _: &Path) -> Result<Passphrase, KeyTrouble> {
        unreachable!("no home here has one")
    }
    fn keep(&self, entry: &str, text: &str) -> Result<(), KeyTrouble> {
        self.0.lock().expect("one thread").insert(entry.into(), text.into());
        Ok(())
    }
    fn kept(&self, entry: &str) -> Result<Zeroizing<String>, KeyTrouble> {
        let kept = self.0.lock().expect("one thread").get(entry).cloned().map(Zeroizing::new);
        kept.ok_or_else(|| KeyTrouble::NoEntry(entry.into()))
    }
    fn forget(&self, entry: &str) -> Result<(), KeyTrouble> {
        if self.1.load(Ordering::Relaxed) {
            return Err(KeyTrouble::StoreFailed("it does not answer".into()));
        }
        self.0.lock().expect("one thread").remove(entry);
        Ok(())
    }
}

/// What the secure store had of it is gone; what its disk keeps nobody knows. A store that does not answer keeps nothing else from going, and is
/// asked again at the next start.
#[test]
fn a_secret_in_the_secure_store_is_forgotten_there() {
    for answers in [true, false] {
        let (folder, vault) = (tempfile::tempdir().expect("a folder"), Vault::default());
        let home = home(folder.path());
        let before = KeysFile::read(&home).expect("keys").expect("a file");
        let held = Hold::Keyring.hold(&home, (&secret(), &vault), Some(&before)).expect("kept");
        let mut file = KeysFile::read(&home).expect("keys").expect("a file");
        (file.holder, file.left) = (held.holder, held.left);
        file.write(&home).expect("written");
        keys::leave(&home, &vault).expect("left");
        assert_eq!((vault.names().len(), folder.path().join("device.secret").exists()), (1, false));
        vault.1.store(!answers, Ordering::Relaxed);
        let asked = Asked::new(&home, &vault);
        let by = By::asked(&home, &asked);
        let known = Known { unsent: 0, heard: ISSUED };
        let told = carry_out(&home, (SERVER, None), &by, (&order(PHONE, &server(5)), known));
        assert_eq!(files(folder.path()).into_keys().collect::<Vec<_>>(), [FILE]);
        if !answers {
            let told = told.expect_err("not yet").to_string();
            assert!(told.contains("wipe.json") && vault.names().len() == 1, "{told}");
            vault.1.store(false, Ordering::Relaxed);
        }
        wiped_here(go_on(&home, &vault));
        assert!(vault.names().is_empty());
        let wipe = WipeFile::read(&Folder::of(folder.path())).expect("a form").expect("a file");
        assert_eq!(wipe.request().wiped.sure, Sure::Removed);
        assert!(wipe.note(NOW, &[]).contains("the secret lay in the system's secure store"));
    }
}

#[test]
fn a_home_without_keys_obeys_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(folder.path());
    std::fs::remove_file(folder.path().join("keys.json")).expect("removed");
    put(folder.path(), "device.key", &"09".repeat(32));
    let told = carried_out(&home, &order(PHONE, &server(5)), Known::default());
    assert!(matches!(told, Err(DeviceError::FalseOrder { why: FalseOrder::NoKeys, .. })), "{told:?}");
    assert!(folder.path().join("device.key").exists());
}

#[test]
fn only_what_is_this_homes_goes_and_the_note_names_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(folder.path());
    let of = |workspace: WorkspaceId| format!("{{\"v\":1,\"workspace_id\":\"{workspace}\",\"more\":[]}}");
    put(folder.path(), "keys.json.aside-7", &of(SHOP));
    put(folder.path(), "fieldbook.db.aside-7-wal", "old");
    put(folder.path(), "keys.json.aside-8", &of(OTHER));
    put(folder.path(), "fieldbook.db.aside-8", "another workspace's");
    put(folder.path(), "holiday.jpg", "a picture");
    put(folder.path(), "keys.json.bak", "not ours to know");
    std::fs::create_dir(folder.path().join("fieldbook.dbs")).expect("a folder");
    let told = carried_out(&home, &order(PHONE, &server(5)), Known::default());
    wiped_here(told);
    let disk = Folder::of(folder.path());
    let wipe = WipeFile::read(&disk).expect("a form").expect("a file");
    let said = wipe.request();
    keys::public(&secret()).check_wiped(&said.wiped, &said.signature).expect("the device's word");
    assert_eq!((said.wiped.files, said.wiped.sure), (10, Sure::Removed));
    finish(&disk, &wipe, NOW).expect("finished");
    let left: Vec<String> = disk.names().expect("names").into_iter().filter(|name| name != NOTE).collect();
    let mut left: Vec<&str> = left.iter().map(String::as_str).collect();
    left.sort_unstable();
    let others =
        ["fieldbook.db.aside-8", "fieldbook.dbs", "holiday.jpg", "keys.json.aside-8", "keys.json.bak"];
    assert_eq!(left, others);
    let note = std::fs::read_to_string(folder.path().join(NOTE)).expect("a note");
    assert!(note.contains(&format!("left as it is: {}.", others.join(", "))), "{note}");
    assert!(note.contains("Removed, not provably destroyed"), "{note}");
    assert!(wiped_here(go_on(&home, &NoHolders)).starts_with("This device was wiped at 2023-11-14T22:15:00"));
}

#[test]
fn every_file_that_has_to_do_with_keys_is_known() {
    for name in keys::FILES {
        assert!(files::is_known(name) && files::opens_something(name), "{name}");
    }
    for name in [keys::NOTE_FILE, crate::support::FILE] {
        assert!(files::is_known(name) && !files::opens_something(name), "{name}");
    }
}

#[test]
fn what_is_under_way_names_no_file_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = home(folder.path());
    let told = carried_out(&home, &order(PHONE, &server(5)), Known::default());
    wiped_here(told);
    let text = std::fs::read_to_string(folder.path().join(FILE)).expect("a form");
    for name in ["../fieldbook.db", "/etc/hosts", "holiday.jpg", "fieldbook.db/../x"] {
        put(folder.path(), FILE, &text.replace("\"fieldbook.db\"", &format!("\"{name}\"")));
        let told = go_on(&home, &NoHolders).expect_err("refused").to_string();
        assert!(told.contains("wipe.json: the form of a newer program"), "{told}");
    }
}

/// A folder whose power goes.
struct Cut(Faulty, std::path::PathBuf);

impl Disk for Cut {
    fn names(&self) -> io::Result<Vec<String>> {
        Folder::of(&self.1).names()
    }
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Folder::of(&self.1).read(name)
    }
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.write(name, bytes)?;
        self.0.sync(name)
    }
    fn overwrite(&self, name: &str) -> io::Result<()> {
        let len = self.read(name)?.ok_or(io::ErrorKind::NotFound)?.len();
        for at in (0..len).step_by(2048) {
            self.0.overwrite(name, at, (len - at).min(2048))?;
        }
        self.0.sync(name)
    }
    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }
    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync_names()
    }
}

/// All of a wipe but the network.
fn plays(disk: &Cut, wipe: &WipeFile) -> io::Result<()> {
    wipe.write(disk)?;
    destroy(disk, wipe)?;
    finish(disk, wipe, NOW)
}

/// What a start after the power was back makes of it: `None` where nothing had begun.
fn goes_on(disk: &Cut) -> Option<()> {
    let wipe = WipeFile::read(disk).expect("whole, or not there")?;
    destroy(disk, &wipe).and_then(|()| finish(disk, &wipe, NOW)).expect("nothing fails any more");
    Some(())
}

#[test]
fn the_power_may_go_at_every_point_and_the_next_start_goes_on() {
    let losses =
        [Loss::Lost, Loss::Torn { sector_bytes: 512 }, Loss::Torn { sector_bytes: 4096 }, Loss::Reordered];
    let mut counts = BTreeMap::new();
    for loss in losses {
        let mut point = 1;
        loop {
            let folder = tempfile::tempdir().expect("a folder");
            let of = format!("{loss:?} {point}");
            home(folder.path());
            put(folder.path(), "holiday.jpg", "a picture");
            let before = files(folder.path());
            let names = files::ours(&Folder::of(folder.path()), SHOP).expect("names");
            let wiped = Wiped::new(&order(PHONE, &server(5)).order, names.len() as u64, 2, Sure::Removed);
            let signature = secret().keys().sign_wiped(&wiped);
            let wipe = WipeFile::new(wiped, signature, names, (SERVER, None));
            let cut = Cut(Faulty::over(folder.path()).expect("a disk"), folder.path().to_owned());
            cut.0.begin(Some(Plan::cut(point)));
            let played = plays(&cut, &wipe);
            cut.0.restart(loss, point).expect("a start");
            let left = files(folder.path());
            let is_whole = |name: &str| left.get(name) == before.get(name) && before.contains_key(name);
            let begun = left.contains_key(FILE) || left.contains_key(NOTE);
            let state = match (begun, is_whole("device.secret"), left.contains_key("fieldbook.db")) {
                (false, ..) => {
                    assert!(
                        before.keys().all(|name| is_whole(name)),
                        "{of}: nothing goes before it is written"
                    );
                    "not begun"
                }
                (true, true, there) => {
                    assert!(there && is_whole("fieldbook.db"), "{of}: the secret goes first");
                    "the secret is there"
                }
                (true, false, true) => "the secret is gone",
                (true, false, false) => "all is gone",
            };
            *counts.entry(state).or_insert(0) += 1;
            let went_on = goes_on(&cut);
            assert_eq!(went_on.is_some(), left.contains_key(FILE), "{of}");
            // Once more than asked for changes nothing.
            assert_eq!(goes_on(&cut), None, "{of}");
            let end = files(folder.path());
            if begun {
                assert_eq!(end.keys().map(String::as_str).collect::<Vec<_>>(), ["holiday.jpg", NOTE], "{of}");
            }
            assert_eq!(end["holiday.jpg"], b"a picture", "{of}");
            if played.is_ok() {
                break;
            }
            point += 1;
        }
    }
    let states: Vec<&str> = counts.keys().copied().collect();
    assert_eq!(
        states,
        ["all is gone", "not begun", "the secret is gone", "the secret is there"],
        "{counts:?}"
    );
    assert!(counts.values().sum::<i32>() > 150, "{counts:?}");
}
