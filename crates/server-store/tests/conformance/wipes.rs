//! Orders to wipe: what one needs stands by itself, and only the device's own word confirms it.

use std::path::Path;

use fieldbook_crypto::{DeviceSecret, Fresh, Sure, Wiped};
use fieldbook_model::{DeviceId, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::WipedRequest;
use fieldbook_protocol::auth::SignInRequest;
use fieldbook_server_store::{
    AccountError, Accounts, AddUser, By, FreshKeys, FreshOrder, GivenKeys, StandingWipe, Unsent, WipeRow,
};
use fieldbook_server_sync::Role;

use crate::accounts::root;

use crate::world::key;

const NOW: WallTime = WallTime(1_700_000_000_000);
const LATER: WallTime = WallTime(NOW.0 + 3_600_000);
const PASSWORD: &str = "correct horse battery";
const SHOP: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
const PHONE: DeviceId = DeviceId::from_bytes([5; 16]);
const OF: (WorkspaceId, DeviceId) = (SHOP, PHONE);

fn secret() -> DeviceSecret {
    DeviceSecret::from_bytes([7; 32])
}

fn fresh(n: u8) -> FreshOrder {
    let fresh = |kind: u8| Fresh::new([n, kind].repeat(16).try_into().unwrap());
    FreshOrder { nonce: fresh(8), server: fresh(9) }
}

/// A sign-in from the phone.
fn signing_in() -> SignInRequest {
    SignInRequest {
        workspace: "shop".into(),
        user: "ada".into(),
        password: PASSWORD.into(),
        device_id: PHONE,
        device_name: "phone".into(),
        keys: None,
    }
}

/// Accounts with a device that told its keys, its token, and what the server signs with.
fn accounts(folder: &Path) -> (Accounts, String, fieldbook_crypto::ServerPublic) {
    let accounts = Accounts::open(folder, &key()).unwrap();
    accounts.add_workspace("Shop", SHOP, &root(), NOW).unwrap();
    let (id, salt) = (UserId::from_bytes([2; 16]), [2; 16]);
    let (workspace, name, password) = ("Shop".into(), "Ada".into(), PASSWORD.into());
    accounts
        .add_user(&AddUser { workspace, name, password, role: Role::Member, id, salt }, &root(), NOW)
        .unwrap();
    let verified = accounts.candidate(&signing_in()).unwrap().verify(PASSWORD).unwrap();
    let token = accounts.register(&verified, [1; 32], &root(), NOW).unwrap().token;
    let keys = secret().keys().public();
    let made = |kind: u8| Fresh::new([kind; 32]);
    let fresh = FreshKeys { content: made(1), seal: made(2), server: made(3), support: made(4) };
    let server = accounts.give_keys(OF, (&keys, GivenKeys::WithToken), fresh, (&root(), NOW)).unwrap().server;
    (accounts, token, server)
}

fn said(row: &WipeRow, by: &DeviceSecret) -> WipedRequest {
    let wiped = Wiped::new(&row.order, 9, 4, Sure::Removed);
    WipedRequest { wiped, signature: by.keys().sign_wiped(&wiped) }
}

#[test]
fn an_order_outlives_the_device_the_user_and_the_membership_and_is_confirmed_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, token, server) = accounts(folder.path());
    accounts.note_device(PHONE, NOW, Some(4)).unwrap();
    let row = accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(1), LATER).unwrap();
    assert_eq!((row.device_name.as_str(), row.user_name.as_str()), ("phone", "Ada"));
    assert_eq!((row.waiting, row.last_seen, row.ordered_at), (Some(4), NOW, LATER));
    let raw = rusqlite::Connection::open(folder.path().join("accounts.db")).unwrap();
    raw.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    raw.execute_batch("DELETE FROM device; DELETE FROM member; DELETE FROM user;").unwrap();
    let StandingWipe { ordered, is_reached } = accounts.wipe_of_token(&token, LATER).unwrap().unwrap();
    assert!(!is_reached);
    server.check_wipe(&ordered.order, &ordered.signature).unwrap();
    assert_eq!(accounts.wipe_of_device(PHONE, LATER).unwrap().map(|it| it.ordered), Some(ordered));
    assert_eq!(accounts.wipe_of_token(&token.replace("01", "02"), LATER).unwrap(), None);
    accounts.note_reached(&ordered.order, WallTime(LATER.0 + 1)).unwrap();
    accounts.note_reached(&ordered.order, WallTime(LATER.0 + 2)).unwrap();
    assert!(accounts.wipe_of_token(&token, LATER).unwrap().unwrap().is_reached);
    let said = said(&row, &secret());
    assert_eq!(
        accounts.confirm_wipe(&said, &By::default(), WallTime(LATER.0 + 3)).unwrap(),
        WallTime(LATER.0 + 3)
    );
    let again = WipedRequest { wiped: Wiped::new(&row.order, 0, 0, Sure::Removed), ..said };
    assert!(matches!(accounts.confirm_wipe(&again, &By::default(), LATER), Err(AccountError::NotSigned)));
    assert_eq!(
        accounts.confirm_wipe(&said, &By::default(), WallTime(LATER.0 + 9)).unwrap(),
        WallTime(LATER.0 + 3)
    );
    let [row] = accounts.wipes(SHOP).unwrap().try_into().unwrap();
    let confirmed = row.confirmed.unwrap();
    assert_eq!(row.reached_at, Some(WallTime(LATER.0 + 1)));
    assert_eq!((confirmed.files, confirmed.unsent, confirmed.sure), (9, 4, Sure::Removed));
    assert!(accounts.wipe_of_token(&token, LATER).unwrap().is_some(), "a copy of the device is told too");
}

#[test]
fn only_a_device_of_the_workspace_is_ordered_and_only_its_own_word_confirms() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, _, _) = accounts(folder.path());
    let elsewhere = (WorkspaceId::from_bytes([9; 16]), PHONE);
    let unknown = (SHOP, DeviceId::from_bytes([9; 16]));
    for of in [elsewhere, unknown] {
        let told = accounts.order_wipe(of, (&root(), Unsent::Lost), fresh(1), LATER);
        assert!(matches!(told, Err(AccountError::NoDevice(_))), "{told:?}");
    }
    let row = accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(1), LATER).unwrap();
    let same = accounts
        .order_wipe(OF, (&By::operator("another"), Unsent::Lost), fresh(2), WallTime(LATER.0 + 5))
        .unwrap();
    assert_eq!(same, row, "ordered once");
    let another = said(&row, &DeviceSecret::from_bytes([8; 32]));
    assert!(matches!(accounts.confirm_wipe(&another, &By::default(), LATER), Err(AccountError::NotSigned)));
    let mut never = said(&row, &secret());
    never.wiped.nonce = fieldbook_crypto::Nonce::make(Fresh::new([4; 32]));
    assert!(matches!(accounts.confirm_wipe(&never, &By::default(), LATER), Err(AccountError::NoWipe)));
    assert_eq!(accounts.wipes(SHOP).unwrap()[0].confirmed, None);
}

#[test]
fn an_order_is_younger_than_every_contact_before_it_whatever_the_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, _, _) = accounts(folder.path());
    accounts.note_device(PHONE, LATER, None).unwrap();
    // Contacts are noted once a minute.
    let row = accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(1), NOW).unwrap();
    assert_eq!((row.ordered_at, row.order.issued_at), (NOW, WallTime(LATER.0 + 60_000)));
}

#[test]
fn an_order_is_taken_back_until_it_has_reached_its_device() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, token, _) = accounts(folder.path());
    assert!(matches!(accounts.withdraw_wipe(OF, &root(), LATER), Err(AccountError::NoWipe)));
    let first = accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(1), LATER).unwrap();
    assert_eq!(accounts.wipes_standing().unwrap(), 1);
    accounts.withdraw_wipe(OF, &root(), LATER).unwrap();
    assert_eq!(accounts.wipes_standing().unwrap(), 0);
    assert_eq!(accounts.wipe_of_token(&token, LATER).unwrap(), None);
    assert_eq!(accounts.wipe_of_device(PHONE, LATER).unwrap(), None);
    let second = accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(2), LATER).unwrap();
    assert_ne!(second.order.nonce, first.order.nonce);
    accounts.note_reached(&second.order, LATER).unwrap();
    assert!(matches!(accounts.withdraw_wipe(OF, &root(), LATER), Err(AccountError::WipeReached)));
    // Its device had the first one all the same, from somebody who held it back.
    accounts.confirm_wipe(&said(&first, &secret()), &By::default(), LATER).unwrap();
    assert!(accounts.wipes(SHOP).unwrap().iter().any(|row| row.confirmed.is_some()));
}

#[test]
fn what_was_not_sent_may_be_sent_first_for_an_hour_after_the_order_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, token, _) = accounts(folder.path());
    let row = accounts.order_wipe(OF, (&root(), Unsent::SentFirst), fresh(1), LATER).unwrap();
    assert_eq!(row.unsent, Unsent::SentFirst);
    let may_send = |at: i64| accounts.wipe_of_token(&token, WallTime(at)).unwrap().unwrap().ordered.rescue;
    assert!(may_send(LATER.0 + 900 * 86_400_000), "as long as it has not reached its device");
    accounts.note_reached(&row.order, LATER).unwrap();
    assert!(may_send(LATER.0 + 3_599_999));
    assert!(!may_send(LATER.0 + 3_600_000));
}

/// A sign-in looks whether an order stands before it verifies the password, which is slow; one may be given meanwhile.
#[test]
fn an_order_that_is_given_in_the_middle_of_a_sign_in_stands_for_its_token_too() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, before, _) = accounts(folder.path());
    let verified = accounts.candidate(&signing_in()).unwrap().verify(PASSWORD).unwrap();
    let row = accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(1), NOW).unwrap();
    let token = accounts.register(&verified, [2; 32], &root(), NOW).unwrap().token;
    for token in [before, token] {
        let standing = accounts.wipe_of_token(&token, LATER).unwrap();
        assert_eq!(standing.map(|it| it.ordered.order), Some(row.order));
    }
}

#[test]
fn what_is_left_of_a_deleted_workspace_and_what_of_a_forgotten_one() {
    let folder = tempfile::tempdir().unwrap();
    let (accounts, token, server) = accounts(folder.path());
    let read = rusqlite::Connection::open(folder.path().join("accounts.db")).unwrap();
    read.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    let content = || {
        let mut find = read.prepare("SELECT key FROM content_key").unwrap();
        let keys = find.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        keys.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let order = |n: u8| accounts.order_wipe(OF, (&root(), Unsent::Lost), fresh(n), NOW).unwrap();
    order(1);
    accounts.withdraw_wipe(OF, &root(), NOW).unwrap();
    let row = order(2);
    let told = |at: WallTime| accounts.wipe_of_token(&token, at).unwrap().map(|it| it.ordered.order);
    let before = content();
    assert_eq!((before.len(), told(NOW)), (1, Some(row.order)));

    // Deleted: closed, and whole.
    accounts.delete_workspace(SHOP, &root(), NOW).unwrap();
    assert!(accounts.candidate(&signing_in()).unwrap().verify(PASSWORD).is_err());
    assert_eq!((content(), told(LATER)), (before.clone(), Some(row.order)));
    accounts.forget_workspaces(NOW, &root(), LATER).unwrap();
    accounts.restore_workspace(SHOP, &root(), LATER).unwrap();
    assert!(accounts.candidate(&signing_in()).unwrap().verify(PASSWORD).is_ok());
    assert_eq!((content(), accounts.wipes(SHOP).unwrap().len()), (before, 2));

    // Forgotten: of the keys nothing is left, of the orders what their devices need.
    accounts.delete_workspace(SHOP, &root(), NOW).unwrap();
    accounts.forget_workspaces(LATER, &root(), LATER).unwrap();
    assert_eq!(content(), Vec::<Vec<u8>>::new());
    let [left] = accounts.wipes(SHOP).unwrap().try_into().unwrap();
    let names = [left.device_name.as_str(), &left.user_name, &left.ordered_by];
    assert_eq!((left.order, names, told(LATER)), (row.order, [""; 3], Some(row.order)));
    let StandingWipe { ordered, .. } = accounts.wipe_of_device(PHONE, LATER).unwrap().unwrap();
    server.check_wipe(&ordered.order, &ordered.signature).unwrap();
    assert_eq!(accounts.confirm_wipe(&said(&row, &secret()), &root(), LATER).unwrap(), LATER);

    // What an earlier program left of a forgotten one goes with the next look.
    read.execute("INSERT INTO content_key VALUES (?, 1, zeroblob(32))", [SHOP.bytes()]).unwrap();
    accounts.forget_workspaces(NOW, &root(), LATER).unwrap();
    assert_eq!(content(), Vec::<Vec<u8>>::new());
}
