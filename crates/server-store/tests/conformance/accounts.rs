//! Accounts: who may come in, and what is said to who may not.

use fieldbook_crypto::{Binding, ContentKey, DeviceSecret, Fresh};
use fieldbook_model::op::About;
use fieldbook_model::{Code, DeviceId, Membership, OpId, Refusal, UserId, WallTime, WorkspaceId};
use fieldbook_protocol::auth::{KeysReply, SignInRequest};
use fieldbook_server_store::{
    AccountError, Accounts, AddUser, By, Entry, FreshKeys, GivenKeys, NewWorkspace, SignedIn, Wanted,
};
use fieldbook_server_sync::Role;

use crate::world::key;

pub const NOW: WallTime = WallTime(1_000_000);
pub const PASSWORD: &str = "correct horse battery";

pub fn root() -> By {
    By::operator("root")
}

pub fn workspace(n: u8) -> WorkspaceId {
    WorkspaceId::from_bytes([n; 16])
}

pub fn user(workspace: &str, name: &str, n: u8) -> AddUser {
    let (id, salt) = (UserId::from_bytes([n; 16]), [n; 16]);
    let (workspace, name, password) = (workspace.into(), name.into(), PASSWORD.into());
    AddUser { workspace, name, password, role: Role::Member, id, salt }
}

pub fn request(workspace: &str, user: &str, password: &str, device: u8) -> SignInRequest {
    SignInRequest {
        workspace: workspace.into(),
        user: user.into(),
        password: password.into(),
        device_id: DeviceId::from_bytes([device; 16]),
        device_name: "Till 1".into(),
        keys: None,
    }
}

/// The three steps of sign-in.
pub fn sign_in(
    accounts: &Accounts,
    request: &SignInRequest,
    token: [u8; 32],
    now: WallTime,
) -> Result<SignedIn, AccountError> {
    let verified = accounts.candidate(request)?.verify(&request.password)?;
    accounts.register(&verified, token, &root(), now)
}

/// Shop and Depot; Ada in both, Bob in Shop.
pub fn accounts() -> Accounts {
    let accounts = Accounts::memory().unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    accounts.add_workspace("Depot", workspace(2), &root(), NOW).unwrap();
    accounts.add_user(&user("Shop", "Ada", 1), &root(), NOW).unwrap();
    accounts.add_user(&user("Shop", "Bob", 2), &root(), NOW).unwrap();
    let again = AddUser { role: Role::Owner, ..user("Depot", "ada", 3) };
    assert_eq!(accounts.add_user(&again, &root(), NOW).unwrap(), UserId::from_bytes([1; 16]));
    accounts
}

pub fn words<T>(result: Result<T, AccountError>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "done".to_owned())
}

#[test]
fn what_an_operator_wants_waits_until_somebody_says_what_became_of_it() {
    let accounts = accounts();
    let ada = accounts.member(workspace(1), "ada").unwrap();
    let about = |role| About::Member(Membership { user: ada.user, name: ada.name.clone(), role });
    let wanted = |op: u8, role| {
        let op = OpId::from_bytes([op; 16]);
        Wanted { op, workspace: workspace(1), about: about(role), at: NOW, by: root(), rights_of: None }
    };
    let all = [wanted(1, Role::Viewer), wanted(2, Role::App("boss".into()))];
    all.iter().for_each(|it| accounts.want(it).unwrap());
    assert_eq!(accounts.wanted().unwrap(), all);
    assert_eq!(accounts.outcome(all[0].op).unwrap(), None);
    let no = Refusal::new(Code::WrongValue, "There is no role boss here.");
    accounts.settle(&all, &[(all[0].op, Ok(())), (all[1].op, Err(no.clone()))]).unwrap();
    assert_eq!(accounts.outcome(all[0].op).unwrap(), Some(Ok(())));
    assert_eq!(accounts.outcome(all[1].op).unwrap(), Some(Err(no)));
    assert_eq!(accounts.wanted().unwrap(), []);
    assert_eq!(accounts.member(workspace(1), "Ada").unwrap().role, Role::Viewer);
    assert_eq!(accounts.member(workspace(2), "Ada").unwrap().role, Role::Owner);
    assert!(words(accounts.member(workspace(1), "Eve")).contains("is no member"));
}

#[test]
fn who_was_removed_signs_in_nowhere_and_no_device_has_the_id_of_the_servers_log() {
    let accounts = accounts();
    let bob = accounts.member(workspace(1), "Bob").unwrap();
    let about = About::Member(Membership { user: bob.user, name: bob.name, role: Role::Nobody });
    let (op, by) = (OpId::from_bytes([1; 16]), root());
    let gone = Wanted { op, workspace: workspace(1), about, at: NOW, by, rights_of: None };
    accounts.want(&gone).unwrap();
    let signed_in = sign_in(&accounts, &request("Shop", "Bob", PASSWORD, 9), [1; 32], NOW).unwrap();
    accounts.settle(std::slice::from_ref(&gone), &[(gone.op, Ok(()))]).unwrap();
    // The token of a device that is signed in goes on, so that its queue gets a verdict (rule 33).
    let principal = accounts.session(&signed_in.token).unwrap().unwrap().principal;
    assert_eq!(principal.role, Role::Nobody);
    let again = sign_in(&accounts, &request("Shop", "Bob", PASSWORD, 8), [2; 32], NOW);
    assert_eq!(words(again), AccountError::WrongSignIn.to_string());
    let posing = sign_in(&accounts, &request("Shop", "Ada", PASSWORD, 1), [3; 32], NOW);
    assert_eq!(words(posing), AccountError::DeviceTaken.to_string());
}

#[test]
fn a_token_leads_to_its_device_until_the_device_signs_in_again() {
    let accounts = accounts();
    let first = sign_in(&accounts, &request("shop", "ADA", PASSWORD, 5), [1; 32], NOW).unwrap();
    assert_eq!((first.role, &*first.workspace_name), (Role::Member, "Shop"));
    let principal = accounts.session(&first.token).unwrap().unwrap().principal;
    assert_eq!((principal.user, principal.workspace), (UserId::from_bytes([1; 16]), workspace(1)));
    assert_eq!((principal.device, principal.role.clone()), (DeviceId::from_bytes([5; 16]), Role::Member));
    let second = sign_in(&accounts, &request("Shop", "Ada", PASSWORD, 5), [2; 32], NOW).unwrap();
    assert_eq!(accounts.session(&first.token).unwrap(), None);
    assert_eq!(accounts.session(&second.token).unwrap().map(|session| session.principal), Some(principal));
    assert_eq!(accounts.session("fb1_nothing").unwrap(), None);
}

#[test]
fn a_wrong_sign_in_is_one_answer_whatever_was_wrong() {
    let accounts = accounts();
    let wrong =
        "the workspace, the name or the password is wrong: check all three, or ask whoever runs the server";
    for (workspace, user, password) in [
        ("Shop", "Ada", "wrong password"),
        ("Shop", "Eve", PASSWORD),
        ("Depot", "Bob", PASSWORD),
        ("Nowhere", "Ada", PASSWORD),
        ("Shop", "Ada", ""),
    ] {
        assert_eq!(words(sign_in(&accounts, &request(workspace, user, password, 5), [1; 32], NOW)), wrong);
    }
}

#[test]
fn a_device_of_another_user_or_workspace_is_refused() {
    let accounts = accounts();
    sign_in(&accounts, &request("Shop", "Ada", PASSWORD, 5), [1; 32], NOW).unwrap();
    for (workspace, user) in [("Shop", "Bob"), ("Depot", "Ada")] {
        let said = words(sign_in(&accounts, &request(workspace, user, PASSWORD, 5), [2; 32], NOW));
        assert!(said.starts_with("this device is registered to another"), "{said}");
    }
    assert_eq!(words(sign_in(&accounts, &request("Shop", "Bob", PASSWORD, 6), [3; 32], NOW)), "done");
}

#[test]
fn what_is_wrong_with_a_new_user_or_workspace_is_said() {
    let accounts = accounts();
    let with = |change: fn(&mut AddUser)| {
        let mut user = user("Shop", "Eve", 9);
        change(&mut user);
        words(accounts.add_user(&user, &root(), NOW))
    };
    let password = "a password has at least 8 characters and at most 1024 bytes";
    assert_eq!(with(|user| user.password = "1234567".into()), password);
    assert_eq!(with(|user| user.password = "x".repeat(1025)), password);
    let name = "the name of a user has 1 to 100 characters, and no control characters";
    assert_eq!(with(|user| user.name = "  ".into()), name);
    assert_eq!(with(|user| user.name = "x".repeat(101)), name);
    assert_eq!(with(|user| user.name = "a\nb".into()), name);
    assert_eq!(
        with(|user| user.workspace = "Mars".into()),
        "there is no workspace \"Mars\" here; see: fieldbook admin workspace list"
    );
    assert_eq!(with(|user| user.name = "bob".into()), "\"bob\" is a member of this workspace already");
    let other = with(|user| (user.name, user.password) = ("Ada".into(), "another password".into()));
    assert!(other.contains("already, with another password; give that password"), "{other}");
    assert_eq!(with(|_| ()), "done");
    let taken = "there is a workspace \"shop\" already; choose another name";
    assert_eq!(words(accounts.add_workspace("shop", workspace(3), &root(), NOW)), taken);
    let names: Vec<_> = accounts.workspaces().unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Depot", "Shop"]);
    assert_eq!(accounts.workspace("depot").unwrap().map(|row| row.id), Some(workspace(2)));
}

#[test]
fn the_longest_names_and_password_that_can_be_added_can_sign_in_and_longer_ones_are_told() {
    let accounts = Accounts::memory().unwrap();
    let name = "\u{e9}".repeat(100);
    // 1024 bytes, and more than 1000 characters.
    let password = "x".repeat(1022) + "\u{e9}";
    accounts.add_workspace(&name, workspace(1), &root(), NOW).unwrap();
    let added = AddUser { password: password.clone(), ..user(&name, &name, 1) };
    accounts.add_user(&added, &root(), NOW).unwrap();
    let good = SignInRequest { device_name: name.clone(), ..request(&name, &name, &password, 5) };
    assert_eq!(words(sign_in(&accounts, &good, [1; 32], NOW)), "done");
    let (long, of) = (name.clone() + "x", |what| {
        format!("the name of a {what} has 1 to 100 characters, and no control characters")
    });
    let refused = |change: &dyn Fn(&mut SignInRequest)| {
        let mut request = good.clone();
        change(&mut request);
        words(sign_in(&accounts, &request, [2; 32], NOW))
    };
    assert_eq!(refused(&|request| request.workspace = long.clone()), of("workspace"));
    assert_eq!(refused(&|request| request.user = long.clone()), of("user"));
    assert_eq!(refused(&|request| request.device_name = long.clone()), of("device"));
    let told = "a password has at least 8 characters and at most 1024 bytes";
    assert_eq!(refused(&|request| request.password += "x"), told);
    assert_eq!(words(accounts.add_user(&AddUser { password: password + "x", ..added }, &root(), NOW)), told);
}

#[test]
fn no_secret_is_printed_or_stored() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    let ada = user("Shop", "Ada", 1);
    accounts.add_user(&ada, &root(), NOW).unwrap();
    let request = request("Shop", "Ada", PASSWORD, 5);
    let candidate = accounts.candidate(&request).unwrap();
    let mut printed = format!("{ada:?} {candidate:?} {accounts:?}");
    let verified = candidate.verify(PASSWORD).unwrap();
    let signed_in = accounts.register(&verified, [0xab; 32], &root(), NOW).unwrap();
    printed += &format!("{verified:?} {signed_in:?}");
    let secrets = [PASSWORD.to_owned(), "argon2".to_owned(), signed_in.token[4..].to_owned()];
    for secret in &secrets {
        assert!(!printed.contains(secret), "{printed}");
    }
    drop(accounts);
    let file = std::fs::read(folder.path().join("accounts.db")).unwrap();
    for secret in [PASSWORD.as_bytes(), &[0xab; 32], signed_in.token.as_bytes()] {
        assert!(!file.windows(secret.len()).any(|window| window == secret));
    }
    let again = Accounts::open(folder.path(), &key()).unwrap();
    assert!(again.session(&signed_in.token).unwrap().is_some());
}

#[test]
fn a_device_is_remembered_with_what_it_last_said_to_have_to_send() {
    let accounts = accounts();
    let id = sign_in(&accounts, &request("shop", "ada", PASSWORD, 5), [1; 32], NOW)
        .map(|_| DeviceId::from_bytes([5; 16]))
        .unwrap();
    let told = || {
        let [device] = accounts.devices().unwrap().try_into().unwrap();
        (device.user_name, device.workspace, device.last_seen.0 - NOW.0, device.waiting)
    };
    assert_eq!(told(), ("Ada".to_owned(), workspace(1), 0, None));
    accounts.note_device(id, WallTime(NOW.0 + 9), Some(3)).unwrap();
    accounts.note_device(id, WallTime(NOW.0 + 20), None).unwrap();
    assert_eq!(told().2, 20);
    assert_eq!(told().3, Some(3), "silence about it says nothing");
    // A clock that went back takes nobody's visit away.
    accounts.note_device(id, NOW, Some(0)).unwrap();
    assert_eq!((told().2, told().3), (20, Some(0)));
}

#[test]
fn accounts_of_the_format_before_are_read_with_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    drop(Accounts::open(folder.path(), &key()).unwrap());
    let path = folder.path().join("accounts.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    let device = "INSERT INTO workspace VALUES (zeroblob(16), 'Shop', 'f', 0); INSERT INTO user VALUES (zeroblob(16), 'Ada', 'x', 0);
        INSERT INTO device VALUES (zeroblob(16), zeroblob(16), zeroblob(16), 'till', x'01', 7, 8)";
    let before =
        "DROP TABLE wipe; ALTER TABLE workspace DROP COLUMN lease_s; ALTER TABLE device DROP COLUMN keys; ALTER TABLE device DROP COLUMN waiting;
        DROP TABLE content_key; DROP TABLE server_key; DROP TABLE support_key; PRAGMA user_version = 2;";
    old.execute_batch(&format!("{BEFORE_8}{before}{device}")).unwrap();
    drop(old);
    let [device] = Accounts::open(folder.path(), &key()).unwrap().devices().unwrap().try_into().unwrap();
    assert_eq!((device.name.as_str(), device.last_seen, device.waiting), ("till", WallTime(8), None));
}

/// Takes away what version 8 has and version 7 had not, and what came after it.
const BEFORE_8: &str = "DROP INDEX workspace_made_by; ALTER TABLE workspace DROP COLUMN made_by; ALTER TABLE device DROP COLUMN session_at; ALTER TABLE device DROP COLUMN confirmed_at;
    ALTER TABLE device DROP COLUMN ended_at; ALTER TABLE workspace DROP COLUMN deleted_at;
    ALTER TABLE workspace DROP COLUMN deleted_name; ALTER TABLE wanted DROP COLUMN by; ALTER TABLE wanted DROP COLUMN rights_of;
    DROP TABLE invite; DROP TABLE reset; DROP TABLE audit; DROP TABLE audit_about;";

/// The same of version 10.
const BEFORE_10: &str = "DROP INDEX audit_user; ALTER TABLE audit DROP COLUMN user; DROP TABLE audit_about;";

#[test]
fn a_workspace_of_the_format_before_is_nobodys_and_counts_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    accounts.add_user(&AddUser { role: Role::Owner, ..user("Shop", "Ada", 1) }, &root(), NOW).unwrap();
    drop(accounts);
    let old = rusqlite::Connection::open(folder.path().join("accounts.db")).unwrap();
    old.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    let before =
        "DROP INDEX workspace_made_by; ALTER TABLE workspace DROP COLUMN made_by; PRAGMA user_version = 8;";
    old.execute_batch(&format!("{BEFORE_10}{before}")).unwrap();
    drop(old);
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    let new = |n: u8, name: &str| NewWorkspace {
        id: workspace(n),
        name: name.to_owned(),
        maker: UserId::from_bytes([1; 16]),
        made_max: 1,
    };
    assert_eq!(
        words(accounts.made_before(&new(1, "Shop"))),
        "this id is taken; make the workspace under another one"
    );
    let (row, role) = accounts.make_workspace(&new(7, "Mine"), &root(), NOW).unwrap();
    assert_eq!((row.id, role), (workspace(7), Role::Owner));
    let notes = accounts.audit(Some(workspace(7)), 0, 9).unwrap().len();
    assert_eq!(accounts.make_workspace(&new(7, "Mine"), &root(), NOW).unwrap().0, row);
    assert_eq!(accounts.audit(Some(workspace(7)), 0, 9).unwrap().len(), notes, "made once, noted once");
    assert!(
        words(accounts.make_workspace(&new(8, "More"), &root(), NOW)).starts_with("you have made as many")
    );
    // It counts until its file goes.
    accounts.delete_workspace(workspace(7), &root(), NOW).unwrap();
    assert!(
        words(accounts.make_workspace(&new(8, "More"), &root(), NOW)).starts_with("you have made as many")
    );
    accounts.forget_workspaces(WallTime(NOW.0 + 1), &root(), NOW).unwrap();
    accounts.make_workspace(&new(8, "More"), &root(), NOW).unwrap();
}

#[test]
fn notes_of_the_format_before_are_found_by_their_person_as_new_ones_are() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    for (n, name) in [(1, "Ada"), (2, "Ada as boss"), (3, "Bo")] {
        accounts.add_user(&AddUser { role: Role::Owner, ..user("Shop", name, n) }, &root(), NOW).unwrap();
    }
    let by = |n: u8, name: &str| By {
        user: Some(UserId::from_bytes([n; 16])),
        name: name.to_owned(),
        ..By::default()
    };
    let later = |ms: i64| WallTime(NOW.0 + ms);
    for n in 0..4 {
        accounts.rename_workspace(workspace(1), &format!("Shop {n}"), &by(3, "Bo"), later(10 + n)).unwrap();
        accounts.rename_workspace(workspace(1), &format!("Store {n}"), &by(1, "Ada"), later(10 + n)).unwrap();
    }
    // A text that names the person by id.
    let named = format!("Of {}", UserId::from_bytes([1; 16]));
    accounts.rename_workspace(workspace(1), &named, &by(3, "Bo"), later(20)).unwrap();
    let own = |accounts: &Accounts, n: u8| {
        accounts.give_out(UserId::from_bytes([n; 16]), &by(n, "?"), later(30)).unwrap()
    };
    let check = |accounts: &Accounts, n: u8, count: usize| {
        let own = own(accounts, n);
        let is_theirs = |entry: &Entry| own.did(entry) || own.is_about(entry);
        let all = accounts.audit(None, 0, u32::MAX).unwrap();
        let expected: Vec<Entry> = all.into_iter().filter(is_theirs).collect();
        let (mut found, mut after) = (Vec::new(), 0);
        // In pages.
        loop {
            let page = accounts.audit_of(&own, after, 2).unwrap();
            let Some(last) = page.last() else { break };
            after = last.place;
            found.extend(page);
        }
        assert_eq!(found, expected);
        assert_eq!(found.len(), count, "{found:?}");
    };
    check(&accounts, 1, 7);
    check(&accounts, 2, 2);
    drop(accounts);
    let path = folder.path().join("accounts.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    old.execute_batch(&format!("{BEFORE_10} PRAGMA user_version = 9;")).unwrap();
    drop(old);
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    check(&accounts, 1, 8);
    check(&accounts, 2, 3);
    check(&accounts, 3, 7);
    // What is forgotten is not found under anybody either.
    accounts.forget_audit(later(30)).unwrap();
    check(&accounts, 1, 3);
    let read = rusqlite::Connection::open(&path).unwrap();
    read.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    let count: i64 = read.query_row("SELECT count(*) FROM audit_about", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0, "none of an export is about somebody else");
    let rewritten = read.execute("UPDATE audit SET is_done = 1", []).unwrap_err().to_string();
    assert!(rewritten.contains("never rewritten"), "{rewritten}");
}

pub fn fresh(n: u8) -> FreshKeys {
    let fresh = |kind: u8| Fresh::new([n, kind].repeat(16).try_into().unwrap());
    FreshKeys { content: fresh(1), seal: fresh(2), server: fresh(3), support: fresh(4) }
}

#[test]
fn a_device_of_the_format_before_tells_its_keys_and_keeps_them_over_a_new_start() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    accounts.add_user(&user("Shop", "Ada", 1), &root(), NOW).unwrap();
    let token = sign_in(&accounts, &request("shop", "ada", PASSWORD, 5), [1; 32], NOW).unwrap().token;
    drop(accounts);
    let old = rusqlite::Connection::open(folder.path().join("accounts.db")).unwrap();
    old.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    let before = "DROP TABLE wipe; ALTER TABLE workspace DROP COLUMN lease_s; ALTER TABLE device DROP COLUMN keys; DROP TABLE content_key; DROP TABLE server_key; DROP TABLE support_key; PRAGMA user_version = 3;";
    old.execute_batch(&format!("{BEFORE_8}{before}")).unwrap();
    drop(old);

    let (device, secret) = (DeviceId::from_bytes([5; 16]), DeviceSecret::from_bytes([7; 32]));
    let (of, keys) = ((workspace(1), device), secret.keys().public());
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    assert!(accounts.session(&token).unwrap().is_some());
    assert_eq!(accounts.keys_of(device).unwrap(), None);
    let first = accounts.give_keys(of, (&keys, GivenKeys::WithToken), fresh(1), (&root(), NOW)).unwrap();
    drop(accounts);
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    assert_eq!(accounts.keys_of(device).unwrap(), Some(keys));
    let second = accounts.give_keys(of, (&keys, GivenKeys::WithToken), fresh(2), (&root(), NOW)).unwrap();
    let opened = |reply: &KeysReply| {
        let place = Binding { workspace: workspace(1), device, number: reply.number };
        ContentKey::open(&reply.sealed, &secret.keys(), &place).unwrap()
    };
    assert_eq!(opened(&first), opened(&second));
    assert_eq!((first.number, first.server), (second.number, second.server));
    let other = DeviceSecret::from_bytes([8; 32]).keys().public();
    let told = words(accounts.give_keys(of, (&other, GivenKeys::WithToken), fresh(3), (&root(), NOW)));
    assert_eq!(told, "this device has told other keys before; sign in with the password to tell new ones");
    assert_eq!(accounts.keys_of(device).unwrap(), Some(keys));
    accounts.give_keys(of, (&other, GivenKeys::WithPassword), fresh(4), (&root(), NOW)).unwrap();
    assert_eq!(accounts.keys_of(device).unwrap(), Some(other));
}

#[test]
fn accounts_of_the_format_before_get_a_support_key_which_stays_and_is_told_to_every_device() {
    let folder = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    accounts.add_user(&user("Shop", "Ada", 1), &root(), NOW).unwrap();
    sign_in(&accounts, &request("shop", "ada", PASSWORD, 5), [1; 32], NOW).unwrap();
    drop(accounts);
    let old = rusqlite::Connection::open(folder.path().join("accounts.db")).unwrap();
    old.execute_batch(&format!("PRAGMA key = \"{}\"", *key().sqlcipher())).unwrap();
    let before = "DROP TABLE support_key; DROP TABLE wipe; ALTER TABLE workspace DROP COLUMN lease_s; PRAGMA user_version = 4;";
    old.execute_batch(&format!("{BEFORE_8}{before}")).unwrap();
    drop(old);

    let made = |n: u8| Fresh::new([n; 32]);
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    let first = accounts.support_key(made(1)).unwrap();
    assert_eq!(first.exported_at, None);
    accounts.support_key_exported(&root(), WallTime(7)).unwrap();
    drop(accounts);
    let accounts = Accounts::open(folder.path(), &key()).unwrap();
    let again = accounts.support_key(made(2)).unwrap();
    assert!(first.identity == again.identity);
    assert_eq!(again.exported_at, Some(WallTime(7)));
    let (of, keys) =
        ((workspace(1), DeviceId::from_bytes([5; 16])), DeviceSecret::from_bytes([7; 32]).keys());
    let reply =
        accounts.give_keys(of, (&keys.public(), GivenKeys::WithToken), fresh(1), (&root(), NOW)).unwrap();
    assert_eq!(reply.support, Some(first.identity.recipient()));
}
