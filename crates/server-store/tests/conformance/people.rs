//! Sessions that end, invitations, new passwords, and the one note of each decision.

use std::time::Duration;

use fieldbook_model::op::About;
use fieldbook_model::{DeviceId, Membership, OpId, UserId, WallTime};
use fieldbook_server_store::{
    AccountError, Accounts, By, Deed, INVITE_MS, InviteState, NewInvite, Session, SessionLimits, Taken,
    Taking, Wanted,
};
use fieldbook_server_sync::Role;

use crate::accounts::{NOW, PASSWORD, accounts, request, root, sign_in, words, workspace};

const USELESS: &str = "this link or code does not work, or not any more: ask whoever gave it for a new one";

fn at(ms: i64) -> WallTime {
    WallTime(NOW.0 + ms)
}

fn invite(role: Role) -> NewInvite {
    let (workspace, expires_at) = (workspace(1), at(INVITE_MS));
    NewInvite { workspace, role, grants: Vec::new(), address: None, expires_at }
}

fn taking(code: &str, name: &str) -> Taking {
    Taking { code: code.into(), name: name.into(), password: PASSWORD.into(), address: None }
}

/// Takes an invitation up, as a user whose id would be `n`.
fn take(accounts: &Accounts, taking: &Taking, n: u8, now: WallTime) -> Result<Taken, AccountError> {
    let proven = accounts.invitee(taking, now)?.prove(accounts.rules(), &taking.password, [n; 16]);
    let ids = (UserId::from_bytes([n; 16]), OpId::from_bytes([n; 16]));
    accounts.take_invite(proven, ids, &By::stranger("::1"), now)
}

/// The last decisions, in short.
fn notes(accounts: &Accounts, last: usize) -> Vec<(Deed, String, String, bool)> {
    let all = accounts.audit(None, 0, 1000).unwrap();
    let short = |entry: &fieldbook_server_store::Entry| {
        (entry.deed, entry.by.name.clone(), entry.about.clone(), entry.is_done)
    };
    all[all.len() - last..].iter().map(short).collect()
}

fn session(accounts: &Accounts, user: &str, device: u8) -> (String, Session) {
    let token = sign_in(accounts, &request("Shop", user, PASSWORD, device), [device; 32], NOW).unwrap().token;
    let session = accounts.session(&token).unwrap().unwrap();
    (token, session)
}

#[test]
fn an_invitation_works_once_in_time_for_its_role_and_workspace_and_fails_with_one_answer() {
    let accounts = accounts();
    let code = accounts.invite(&invite(Role::Viewer), [1; 32], &root(), NOW).unwrap().code;
    let taken = take(&accounts, &taking(&code, "Eve"), 9, at(5)).unwrap();
    assert_eq!((taken.workspace, taken.workspace_name.as_str()), (workspace(1), "Shop"));
    assert_eq!((taken.role, taken.user), (Role::Viewer, UserId::from_bytes([9; 16])));
    assert_eq!(accounts.member(workspace(1), "eve").unwrap().role, Role::Viewer);
    let [wanted] = accounts.wanted().unwrap().try_into().unwrap();
    assert!(matches!(&wanted.about, About::Member(it) if it.role == Role::Viewer && it.name == "Eve"));
    assert_eq!(wanted.op, taken.op);

    let used = words(take(&accounts, &taking(&code, "Fred"), 10, at(6)));
    let never = words(take(&accounts, &taking(&code.replace("01", "02"), "Fred"), 10, at(6)));
    let other_kind = words(take(&accounts, &taking(&code.replace("fbi_", "fbr_"), "Fred"), 10, at(6)));
    let late = accounts.invite(&invite(Role::Viewer), [2; 32], &root(), NOW).unwrap().code;
    let late = words(take(&accounts, &taking(&late, "Fred"), 10, at(INVITE_MS)));
    let revoked = accounts.invite(&invite(Role::Viewer), [3; 32], &root(), NOW).unwrap();
    accounts.revoke_invite((workspace(1), &revoked.id), &root(), at(1)).unwrap();
    let revoked = words(take(&accounts, &taking(&revoked.code, "Fred"), 10, at(6)));
    let bound = NewInvite { address: Some("fred@example.org".into()), ..invite(Role::Viewer) };
    let bound = accounts.invite(&bound, [4; 32], &root(), NOW).unwrap().code;
    let stolen = words(take(&accounts, &taking(&bound, "Fred"), 10, at(6)));
    for said in [used, never, other_kind, late, revoked, stolen] {
        assert_eq!(said, USELESS);
    }
    assert!(words(accounts.member(workspace(1), "Fred")).contains("is no member"));
    let fred = Taking { address: Some(" Fred@Example.org".into()), ..taking(&bound, "Fred") };
    assert_eq!(take(&accounts, &fred, 10, at(6)).unwrap().role, Role::Viewer);
    let states: Vec<_> =
        accounts.invites(workspace(1), at(INVITE_MS)).unwrap().into_iter().map(|row| row.state).collect();
    assert!(states.contains(&InviteState::Used(at(5), "Eve".into())), "{states:?}");
    assert!(states.contains(&InviteState::Expired) && states.contains(&InviteState::Revoked(at(1))));
}

#[test]
fn of_any_number_who_take_one_invitation_up_at_once_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Accounts::open(folder.path(), &crate::world::key()).unwrap();
    let first = open();
    first.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    let code = first.invite(&invite(Role::Member), [1; 32], &root(), NOW).unwrap().code;
    let barrier = std::sync::Barrier::new(6);
    let won: Vec<bool> = std::thread::scope(|scope| {
        let one = |n: u8| {
            let (code, barrier, accounts) = (&code, &barrier, open());
            scope.spawn(move || {
                let taking = taking(code, &format!("racer {n}"));
                // All have looked it up, and found that it works, before the first takes it.
                let proven =
                    accounts.invitee(&taking, NOW).unwrap().prove(accounts.rules(), PASSWORD, [n; 16]);
                barrier.wait();
                let ids = (UserId::from_bytes([n; 16]), OpId::from_bytes([n; 16]));
                match accounts.take_invite(proven, ids, &By::stranger("::1"), NOW) {
                    Ok(_) => true,
                    Err(error) => {
                        assert_eq!(error.to_string(), USELESS);
                        false
                    }
                }
            })
        };
        let racers: Vec<_> = (1..=6).map(one).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    assert_eq!(first.members(workspace(1)).unwrap().len(), 1);
    let tries = first.audit(None, 0, 1000).unwrap();
    let tries = tries.iter().filter(|entry| entry.deed == Deed::InviteTaken);
    assert_eq!(tries.clone().count(), 6);
    assert_eq!(tries.filter(|entry| entry.is_done).count(), 1);
}

#[test]
fn who_has_an_account_takes_an_invitation_up_with_its_password_and_a_mistake_uses_it_not_up() {
    let accounts = accounts();
    let new = NewInvite { workspace: workspace(2), ..invite(Role::Member) };
    let code = accounts.invite(&new, [1; 32], &root(), NOW).unwrap().code;
    let wrong = Taking { password: "not his password".into(), ..taking(&code, "Bob") };
    let said = words(take(&accounts, &wrong, 9, NOW));
    assert!(said.contains("already, with another password"), "{said}");
    let short = Taking { password: "short".into(), ..taking(&code, "Newcomer") };
    assert!(words(take(&accounts, &short, 9, NOW)).contains("a password has at least"));
    assert!(words(take(&accounts, &taking(&code, "Ada"), 9, NOW)).contains("is a member of this workspace"));
    let taken = take(&accounts, &taking(&code, "bob"), 9, NOW).unwrap();
    assert_eq!((taken.user, taken.name.as_str()), (UserId::from_bytes([2; 16]), "Bob"));
    let theirs = accounts.workspaces_of(taken.user).unwrap();
    assert_eq!(theirs.len(), 2);
    let one = |id| accounts.workspace_in(id, taken.user).unwrap();
    assert!(theirs.iter().all(|it| one(it.0.id).as_ref() == Some(it)));
    assert_eq!(
        [one(workspace(9)), accounts.workspace_in(workspace(1), UserId::from_bytes([99; 16])).unwrap()],
        [None, None]
    );
}

#[test]
fn who_is_no_member_any_more_leaves_no_invitation_behind() {
    let accounts = accounts();
    let bob = accounts.member(workspace(1), "Bob").unwrap();
    let by = root().known_as(bob.user, "Bob");
    let code = accounts.invite(&invite(Role::Member), [1; 32], &by, NOW).unwrap().code;
    let about = About::Member(Membership { user: bob.user, name: bob.name, role: Role::Nobody });
    let op = OpId::from_bytes([1; 16]);
    let gone = Wanted { op, workspace: workspace(1), about, at: NOW, by: root(), rights_of: None };
    accounts.want(&gone).unwrap();
    accounts.settle(std::slice::from_ref(&gone), &[(op, Ok(()))]).unwrap();
    assert_eq!(words(take(&accounts, &taking(&code, "Eve"), 9, at(1))), USELESS);
    // Told a second time, as after a crash, it is noted once.
    accounts.settle(std::slice::from_ref(&gone), &[(op, Ok(()))]).unwrap();
    let roles = accounts.audit(Some(workspace(1)), 0, 100).unwrap();
    let roles: Vec<_> = roles.iter().filter(|entry| entry.deed == Deed::MemberRole).collect();
    assert_eq!(roles.len(), 1);
    assert_eq!((roles[0].by.name.as_str(), roles[0].about.as_str()), ("root", "Bob as nobody"));
}

#[test]
fn a_session_ends_by_hand_and_by_its_limits_and_its_device_signs_in_again() {
    let accounts = accounts();
    let ((token, session), (other, _)) = (session(&accounts, "Ada", 5), session(&accounts, "Ada", 6));
    let hour = |n: u64| Duration::from_secs(3600 * n);
    let limits = SessionLimits { idle: hour(2), absolute: hour(5) };
    let hours = |n: i64| at(n * 3_600_000);
    assert!(session.lasts(limits, hours(1)) && !session.lasts(limits, hours(2)));
    let busy = Session { last_seen: hours(4), ..session.clone() };
    assert!(busy.lasts(limits, at(4 * 3_600_000 + 1)) && !busy.lasts(limits, hours(5)));
    assert!(busy.lasts(limits, at(-1)), "a clock that was put back ends nothing");

    let device = DeviceId::from_bytes([5; 16]);
    let before = accounts.last_end().unwrap();
    accounts.end_session(device, (&root(), Deed::SessionEnded), at(1)).unwrap();
    assert!(accounts.last_end().unwrap() > before);
    assert_eq!(accounts.session(&token).unwrap(), None);
    assert!(accounts.session(&other).unwrap().is_some());
    let again = accounts.end_session(device, (&root(), Deed::SessionEnded), at(2));
    assert_eq!(words(again), format!("the device {device} is not signed in"));
    let ended = accounts.devices().unwrap().into_iter().find(|row| row.id == device).unwrap();
    assert_eq!(ended.ended_at, Some(at(1)));
    let anew = sign_in(&accounts, &request("Shop", "Ada", PASSWORD, 5), [7; 32], at(3)).unwrap().token;
    assert!(accounts.session(&anew).unwrap().is_some());
    assert_eq!(accounts.end_others(session.principal.user, device, &root(), at(4)).unwrap(), 1);
    assert!(accounts.session(&other).unwrap().is_none() && accounts.session(&anew).unwrap().is_some());
}

#[test]
fn a_password_that_was_given_a_short_while_ago_counts_and_an_old_one_does_not() {
    let accounts = accounts();
    let (token, session) = session(&accounts, "Ada", 5);
    let minutes = |n: i64| at(n * 60_000);
    assert!(session.is_confirmed(minutes(9)) && !session.is_confirmed(minutes(10)));
    accounts.confirm(&session.principal, &root(), minutes(30)).unwrap();
    let session = accounts.session(&token).unwrap().unwrap();
    assert!(session.is_confirmed(minutes(39)) && !session.is_confirmed(minutes(40)));
}

#[test]
fn another_password_ends_every_session_but_the_one_that_chose_it() {
    let accounts = accounts();
    let ((here, session), (there, _)) = (session(&accounts, "Ada", 5), session(&accounts, "Ada", 6));
    let claim = accounts.claim(session.principal.user).unwrap();
    assert_eq!(words(claim.verify("another one")), "the password is wrong");
    claim.verify(PASSWORD).unwrap();
    let hash = claim.hash(accounts.rules(), "a newer phrase", [9; 16]).unwrap();
    let keep = session.principal.device;
    accounts.change_password(&claim, &hash, keep, &root(), at(1)).unwrap();
    assert!(accounts.session(&here).unwrap().is_some() && accounts.session(&there).unwrap().is_none());
    // Two who change it at once: the second one's claim is of a password that is no more.
    let late = accounts.change_password(&claim, &hash, keep, &root(), at(2));
    assert_eq!(words(late), "the password is wrong");
    let old = sign_in(&accounts, &request("Shop", "Ada", PASSWORD, 7), [7; 32], at(3));
    assert_eq!(words(old), AccountError::WrongSignIn.to_string());
    sign_in(&accounts, &request("Shop", "Ada", "a newer phrase", 7), [7; 32], at(3)).unwrap();
}

#[test]
fn a_code_for_a_new_password_works_once_for_its_user_in_time_and_ends_every_session() {
    let accounts = accounts();
    let (token, _) = session(&accounts, "Ada", 5);
    let offered = |n: u8| accounts.offer_reset("ada", ([n; 32], at(100)), &root(), NOW).unwrap().code;
    let (first, second) = (offered(1), offered(2));
    let reset = |code: &str, name: &str, now: WallTime| {
        let resetter = accounts.resetter(code, name, now).unwrap();
        let hash = resetter.hash(accounts.rules(), "a newer phrase", [9; 16]).unwrap();
        words(accounts.reset(&resetter, &hash, &By::stranger("::1"), now))
    };
    assert_eq!(reset(&first, "Ada", at(1)), USELESS, "a newer code takes its place");
    assert_eq!(reset(&second, "Bob", at(1)), USELESS);
    assert_eq!(reset(&second, "Ada", at(100)), USELESS);
    assert_eq!(reset("fbr_00", "Ada", at(1)), USELESS);
    assert!(accounts.session(&token).unwrap().is_some());
    assert_eq!(reset(&second, " ada ", at(99)), "done");
    assert_eq!(reset(&second, "Ada", at(99)), USELESS);
    assert_eq!(accounts.session(&token).unwrap(), None);
    sign_in(&accounts, &request("Shop", "Ada", "a newer phrase", 7), [7; 32], at(99)).unwrap();
    let none = accounts.offer_reset("Nobody here", ([3; 32], at(100)), &root(), NOW);
    assert!(words(none).starts_with("there is no user"));
}

#[test]
fn a_deleted_workspace_lets_nobody_in_frees_its_name_and_comes_back() {
    let accounts = accounts();
    let (token, _) = session(&accounts, "Ada", 5);
    let code = accounts.invite(&invite(Role::Member), [1; 32], &root(), NOW).unwrap().code;
    let row = accounts.rename_workspace(workspace(1), " Store ", &root(), at(1)).unwrap();
    assert_eq!(row.name, "Store");
    let taken = words(accounts.rename_workspace(workspace(1), "depot", &root(), at(1)));
    assert!(taken.contains("already; choose another name"), "{taken}");
    accounts.delete_workspace(workspace(1), &root(), at(2)).unwrap();
    assert_eq!(accounts.session(&token).unwrap(), None);
    assert_eq!(words(take(&accounts, &taking(&code, "Eve"), 9, at(3))), USELESS);
    let said = words(sign_in(&accounts, &request("Store", "Ada", PASSWORD, 5), [8; 32], at(3)));
    assert_eq!(said, AccountError::WrongSignIn.to_string());
    assert_eq!(accounts.workspaces().unwrap().len(), 1);
    accounts.add_workspace("Store", workspace(3), &root(), at(3)).unwrap();
    let back = words(accounts.restore_workspace(workspace(1), &root(), at(4)));
    assert!(back.contains("\"Store\" already"), "{back}");
    accounts.rename_workspace(workspace(3), "Store 2", &root(), at(4)).unwrap();
    assert_eq!(accounts.restore_workspace(workspace(1), &root(), at(5)).unwrap().name, "Store");
    assert!(accounts.session(&token).unwrap().is_some());

    accounts.delete_workspace(workspace(1), &root(), at(6)).unwrap();
    accounts.forget_workspaces(at(6), &root(), at(7)).unwrap();
    assert_eq!(accounts.deleted_workspaces().unwrap().len(), 1, "its time is not over");
    accounts.forget_workspaces(at(7), &root(), at(7)).unwrap();
    assert_eq!(accounts.deleted_workspaces().unwrap(), []);
    assert_eq!(accounts.forgotten_workspaces().unwrap(), [workspace(1)]);
    let gone = accounts.restore_workspace(workspace(1), &root(), at(8));
    assert!(matches!(gone, Err(AccountError::NoWorkspace(_))), "{gone:?}");
    assert_eq!((accounts.session(&token).unwrap(), accounts.members(workspace(1)).unwrap()), (None, vec![]));
    accounts.forget_workspaces(at(9), &root(), at(9)).unwrap();
    let noted = accounts.audit(None, 0, u32::MAX).unwrap();
    assert_eq!(noted.iter().filter(|it| it.deed == Deed::WorkspaceForgotten).count(), 1, "once");
}

#[test]
fn each_decision_is_noted_once_without_secrets_and_never_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let key = crate::world::key();
    let accounts = Accounts::open(folder.path(), &key).unwrap();
    accounts.add_workspace("Shop", workspace(1), &root(), NOW).unwrap();
    accounts.add_user(&crate::accounts::user("Shop", "Ada", 1), &root(), NOW).unwrap();
    let code = accounts.invite(&invite(Role::Member), [0xcd; 32], &root(), NOW).unwrap().code;
    let (token, session) = session(&accounts, "Ada", 5);
    let wrong = accounts.candidate(&request("Shop", "Ada", "wrong password", 5)).unwrap();
    let (of, by) = wrong.tried(&By::stranger("10.0.0.9"));
    accounts.refused((Deed::SignedIn, of), &by, "", at(1)).unwrap();
    let stranger = accounts.candidate(&request("Shop", "mistyped secret", PASSWORD, 5)).unwrap();
    let (of, by) = stranger.tried(&By::stranger("10.0.0.9"));
    assert_eq!(of, None);
    accounts.refused((Deed::SignedIn, of), &by, "", at(1)).unwrap();
    let by = By::principal(&session.principal, "10.0.0.9");
    accounts.end_session(session.principal.device, (&by, Deed::SignedOut), at(2)).unwrap();
    let device = session.principal.device;
    let text = |text: &str| text.to_owned();
    let id = &accounts.invites(workspace(1), NOW).unwrap()[0].id;
    assert_eq!(
        notes(&accounts, 7),
        [
            (Deed::WorkspaceMade, text("root"), text("Shop"), true),
            (Deed::UserAdded, text("root"), text("Ada as member"), true),
            (Deed::InviteMade, text("root"), format!("{id} as member"), true),
            (Deed::SignedIn, text("Ada"), text("Till 1"), true),
            (Deed::SignedIn, text("Ada"), text(""), false),
            (Deed::SignedIn, text(""), text(""), false),
            (Deed::SignedOut, text("Ada"), format!("Ada: Till 1 ({device})"), true),
        ]
    );
    let all = fieldbook_model::json::write(&accounts.audit(None, 0, 100).unwrap());
    for secret in [PASSWORD, "mistyped", "wrong password", &token[4..], &code[4..], "cdcdcdcd"] {
        assert!(!all.contains(secret), "{all}");
    }
    assert_eq!(accounts.audit(Some(workspace(2)), 0, 100).unwrap(), []);
    assert_eq!(accounts.audit(None, 5, 1).unwrap()[0].place, 6);
    let file = rusqlite::Connection::open(folder.path().join("accounts.db")).unwrap();
    file.execute_batch(&format!("PRAGMA key = \"{}\"", *key.sqlcipher())).unwrap();
    let rewritten = file.execute("UPDATE audit SET is_done = 1", []).unwrap_err().to_string();
    assert!(rewritten.contains("never rewritten"), "{rewritten}");
    assert_eq!(accounts.forget_audit(at(1)).unwrap(), 4);
}
