//! Accounts and people by the command: the first owner, invitations, sessions, passwords, what was decided.

use std::process::Command;

use crate::proxy::Mode;
use crate::run::{Beside, Outcome, fieldbook, run, text};
use crate::world::{Device, PASSWORD, WORKSPACE, World, file};

/// A call of somebody who gives a password.
fn as_said<const N: usize>(words: [&str; N], password: &str) -> Outcome {
    run(fieldbook(words).env("FIELDBOOK_PASSWORD", password))
}

/// A call on a device by somebody who is there to give the password.
fn confirmed(device: &Device, words: &[&str]) -> Outcome {
    run(device.call(words).env("FIELDBOOK_PASSWORD", PASSWORD))
}

/// The link that an invitation prints.
fn link(told: &str) -> &str {
    told.split_whitespace().find(|word| word.contains("/join#fbi_")).unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn the_first_owner_comes_in_by_the_link_that_the_server_prints_and_only_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, schema) = (folder.path().join("server"), file("apps/counter/schema.toml"));
    let add = ["admin", "workspace", "add", WORKSPACE, "--schema", text(&schema), "--data", text(&data)];
    run(&mut fieldbook(add)).well();
    let serve = || -> Command { fieldbook(["serve", "--data", text(&data), "--listen", "127.0.0.1:0"]) };
    let first = Beside::start(&mut serve());
    let old = first.line_with("has no member yet");
    first.terminate();
    let server = Beside::start(&mut serve());
    let told = server.line_with("has no member yet");
    let (old, new) = (link(&old).to_owned(), link(&told).to_owned());
    let code = old.split_once('#').expect("a code").1;
    let at = new.split_once("/join").expect("an address").0;
    let useless = format!("{at}/join#{code}");
    as_said(["join", &useless, "--user", "olga"], PASSWORD).check(
        3,
        "error: This link or code does not work, or not any more: ask whoever gave it for a new one.",
    );
    let joined = as_said(["join", &new, "--user", "olga"], PASSWORD).well();
    assert!(
        joined.starts_with("you are owner of shop now, as olga; sign in: fieldbook device sign-in"),
        "{joined}"
    );
    as_said(["join", &new, "--user", "eve"], PASSWORD).check(
        3,
        "error: This link or code does not work, or not any more: ask whoever gave it for a new one.",
    );
    let home = folder.path().join("till");
    let sign_in = ["device", "sign-in", "--server", at, "--workspace", WORKSPACE, "--user", "olga"];
    let signed_in = run(fieldbook(sign_in).args(["--home", text(&home)]).env("FIELDBOOK_PASSWORD", PASSWORD));
    assert!(signed_in.well().starts_with("signed in to shop as olga (owner)"));
    server.terminate();
    let again = Beside::start(&mut serve());
    assert!(again.line().starts_with("serving "));
    let (_, lines) = again.terminate();
    assert!(!lines.iter().any(|line| line.contains("has no member")), "{lines:?}");
}

#[test]
fn an_owner_invites_says_who_is_what_and_reads_what_was_decided() {
    let world = World::new(61);
    world.member(&["role", "ann", "owner"]).well();
    let a = world.device("a", "ann");
    let made = confirmed(&a, &["invite", "make", "--role", "viewer"]).well();
    assert!(made.contains("makes whoever opens it viewer of shop, once, within 7 days"), "{made}");
    let link = link(&made);
    as_said(["join", link, "--user", "ida"], "short")
        .check(3, "error: A password has at least 8 characters and at most 1024 bytes.");
    let dead = format!("http://127.0.0.1:1/join#{}", link.split_once('#').expect("a code").1);
    as_said(["join", &dead, "--user", "ida"], PASSWORD).check(
        5,
        "error: http://127.0.0.1:1 does not answer: is the server started, and is the address right (http or https)?",
    );
    as_said(["join", link, "--user", "ann"], "not her password").check(
        3,
        "error: There is a user \"ann\" already, with another password; give that password to add the same person to this workspace, or choose another name for somebody else.",
    );
    as_said(["join", link, "--user", "ida"], PASSWORD).well();
    let i = world.device("i", "ida");
    let list = i.run(&["member", "list"]).well();
    assert!(list.starts_with("members of shop: 3\n"), "{list}");
    i.run(&["invite", "make"]).check(3, "error: This is for: owner, admin.");
    let used = a.run(&["invite", "list"]).well();
    assert!(used.contains("used by ida"), "{used}");

    confirmed(&a, &["member", "role", "ida", "admin"]).well();
    i.run(&["member", "role", "ann", "viewer"]).check(3, "error: What concerns an owner is said by: owner.");
    let open = i.run(&["--json", "invite", "make", "--role", "viewer", "--hours", "2"]).well();
    let id = open.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    i.run(&["invite", "revoke", id]).well();
    i.run(&["invite", "revoke", id])
        .check(3, &format!("error: No invitation {id:?} waits to be taken up; see: fieldbook invite list."));
    a.run(&["member", "leave"]).check(3, "error: ann is the last owner; make somebody else an owner first.");
    i.run(&["member", "leave"]).well();

    let decided = a.run(&["workspace", "audit"]).well();
    let deeds = ["user-added", "signed-in", "invite-made", "invite-taken", "invite-revoked", "member-role"];
    for deed in deeds {
        assert!(decided.contains(deed), "{deed}: {decided}");
    }
    let data = world.path("server");
    let all = run(&mut fieldbook(["--json", "admin", "audit", "--data", text(&data)])).well();
    for secret in [PASSWORD, link.split_once('#').expect("a code").1] {
        assert!(!all.contains(secret) && !world.server_log().contains(secret), "{secret}");
    }
    let last = all.lines().last().expect("a note").split("\"place\":").nth(1).expect("a place");
    let last: String = last.chars().take_while(char::is_ascii_digit).collect();
    let mut follow = fieldbook(["admin", "audit", "--follow", "--after", &last, "--data", text(&data)]);
    let follow = Beside::start(&mut follow);
    a.run(&["workspace", "rename", "Store"]).well();
    let line = follow.line_with("workspace-renamed");
    assert!(line.starts_with('{') && line.contains("\"about\":\"shop to Store\""), "{line}");
    assert_eq!(follow.interrupt().0, 0);
    a.run(&["workspace", "rename", "shop"]).well();
    let none = a.run(&["member", "role", "eve", "viewer"]);
    none.check(2, "error: \"eve\" is no member of shop; see: fieldbook member list");
}

#[test]
fn a_device_that_signs_out_keeps_what_it_did_not_send_and_asks_first() {
    let world = World::new(62);
    let a = world.device("a", "ann");
    a.run(&["act", "--offline", "--insert", "customer", "name=Ann"]).well();
    let refused = a.run(&["device", "sign-out"]);
    assert_eq!(refused.exit, 3, "{refused:?}");
    assert!(refused.err.contains("not sent yet: 1.") && refused.err.contains("--keep-unsent"));
    let out = a.run(&["device", "sign-out", "--keep-unsent"]).well();
    assert!(out.contains("what was not sent waits here for the next sign-in: 1"), "{out}");
    assert_ne!(a.run(&["sync", "--wait"]).exit, 0);
    assert_eq!(a.cell("select name from customer"), "Ann");
    world.sign_in(&a, "ann", PASSWORD).well();
    a.sync();
    let out = a.run(&["device", "sign-out"]).well();
    assert!(out.starts_with("signed out; everything is on the server"), "{out}");
}

#[test]
fn a_forgotten_password_is_chosen_anew_and_a_changed_one_signs_the_others_out() {
    let world = World::new(63);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ann"));
    let (data, url) = (world.path("server"), world.proxy.url());
    let changed = run(a
        .call(&["account", "password"])
        .env("FIELDBOOK_PASSWORD", PASSWORD)
        .env("FIELDBOOK_NEW_PASSWORD", "a second phrase"));
    assert!(changed.well().starts_with("your password is changed; your other devices are signed out"));
    let told = b.run(&["account", "show"]);
    assert_ne!(told.exit, 0);
    assert!(told.err.contains("sign in again"), "{told:?}");
    let shown = a.run(&["account", "show"]).well();
    assert!(shown.starts_with("ann\n") && shown.contains("this device's"), "{shown}");

    let made = run(&mut fieldbook(["admin", "user", "reset", "ann", "--data", text(&data)])).well();
    let code = made.lines().next().expect("a code");
    let reset = ["account", "reset", code, "--server", &url, "--user", "ann"];
    as_said(reset, "a third phrase").well();
    as_said(reset, "a fourth phrase").check(
        3,
        "error: This link or code does not work, or not any more: ask whoever gave it for a new one.",
    );
    assert_ne!(a.run(&["account", "show"]).exit, 0);
    world.sign_in(&a, "ann", "a third phrase").well();
    a.sync();
}

#[test]
fn a_workspace_is_renamed_deleted_with_its_name_typed_and_brought_back() {
    let world = World::new(64);
    world.member(&["role", "ann", "owner"]).well();
    let a = world.device("a", "ann");
    let data = world.path("server");
    a.sync();
    a.run(&["workspace", "rename", "North Street"]).well();
    let wrong = a.run(&["workspace", "delete", "--typed", "shop"]);
    wrong.check(
        3,
        "error: This is not the workspace's name: type it as it is written to delete the workspace.",
    );
    confirmed(&a, &["workspace", "delete", "--typed", "North Street"]).well();
    let told = a.run(&["member", "list"]);
    assert!(told.err.contains("sign in again"), "{told:?}");
    let lists = run(&mut fieldbook(["admin", "workspace", "list", "--data", text(&data)])).well();
    assert!(!lists.contains("North Street"), "{lists}");
    let restore = ["admin", "workspace", "restore", "North Street", "--data", text(&data)];
    run(&mut fieldbook(restore)).well();
    let list = a.run(&["member", "list"]).well();
    assert!(list.starts_with("members of North Street: 2\n"), "{list}");
}

#[test]
fn an_export_has_all_of_a_person_wants_the_password_and_overwrites_nothing() {
    let world = World::new(66);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    a.sync();
    let to = world.path("mine.jsonl");
    let export = ["account", "export", "--to", text(&to)];
    let out = confirmed(&a, &export).well();
    assert!(
        out.contains("mine.jsonl: your account, ")
            && out.contains(", 1 record, 0 conflicts, 1 change; only you"),
        "{out}"
    );
    let saved = std::fs::read_to_string(&to).expect("the file");
    let record = a.run(&["export", "--confirmed"]).well();
    let record = record.lines().find(|line| line.starts_with(r#"{"type":"customer""#)).expect("a record");
    assert!(saved.lines().any(|line| line == record), "{saved}\nhas not\n{record}");
    assert!(saved.starts_with(r#"{"account":{"format":2,"#), "{saved}");
    // What was done to it, as the history tells it.
    let history = a.run(&["--json", "history", "customer:name=Ann"]).well();
    assert!(
        saved.lines().any(|line| line == format!(r#"{{"change":{}}}"#, history.trim_end())),
        "{saved}\n{history}"
    );
    assert!(saved.lines().last().is_some_and(|line| line.starts_with(r#"{"end":{"records":1,"#)), "{saved}");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&to).expect("the file"));
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = confirmed(&a, &export);
    assert_ne!(again.exit, 0);
    assert!(again.err.contains("name another place with --to FILE"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&to).expect("the file"), saved);

    // What fails leaves no file behind.
    a.run(&["device", "sign-out"]).well();
    let other = world.path("other.jsonl");
    assert_ne!(confirmed(&a, &["account", "export", "--to", text(&other)]).exit, 0);
    assert!(!other.exists());
}

#[test]
fn a_person_makes_a_workspace_lists_them_and_works_in_another_folder_and_nothing_of_the_first_is_lost() {
    let mut world = World::new(67);
    world.member(&["role", "ann", "owner"]).well();
    let a = world.device("a", "ann");
    let none = a.run(&["workspace", "new", "South Street"]);
    none.check(
        3,
        "error: On this server workspaces are made by whoever runs it: fieldbook admin workspace add. That person can let others make them, too: fieldbook serve --workspaces-by owners.",
    );
    assert_eq!(world.stop_server(), 0);
    world.start_server_by(|_, mut serve| {
        serve.args(["--workspaces-by", "owners", "--workspaces-max", "1"]);
        serve
    });
    a.run(&["act", "--offline", "--insert", "customer", "name=Ann"]).well();
    let made = a.run(&["workspace", "new", "South Street"]).well();
    assert_eq!(
        made,
        "workspace South Street is there, and you are its owner; to work in it: fieldbook workspace switch \"South Street\" --to DIR\n"
    );
    a.run(&["workspace", "new", "South Street"])
        .check(3, "error: There is a workspace \"South Street\" already; choose another name.");
    let told = a.run(&["workspace", "new", "West Street"]);
    assert!(
        told.exit == 3 && told.err.contains("You have made as many workspaces here as one person may: 1,"),
        "{told:?}"
    );
    let missing = a.run(&["workspace", "new", "East Street", "--schema", "no-such.toml"]);
    assert!(missing.exit == 2 && missing.err.contains("cannot read the schema file"), "{missing:?}");
    a.run(&["workspace", "new", "../etc"]).check(
        3,
        "error: The name of a workspace has letters, digits, blanks and any of - _ . @, does not begin or end with a blank or a dot, and has at most 100 characters.",
    );

    let list = a.run(&["workspace", "list"]).well();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines[0], "workspaces of ann");
    assert!(lines.iter().any(|line| line.starts_with("South Street") && line.trim_end().ends_with("owner")));
    assert!(lines.iter().any(|line| line.starts_with("shop") && line.ends_with("this device's")), "{list}");
    let list = a.run(&["--json", "workspace", "list"]).well();
    let here: Vec<_> = list.lines().filter(|line| line.contains("\"here\":true")).collect();
    assert!(matches!(here[..], [line] if line.contains("\"workspace\":\"shop\"")), "{list}");
    let offline = a.run(&["workspace", "list", "--offline"]);
    assert!(offline.err.contains("your workspaces needs the server"), "{offline:?}");

    let to = world.path("south");
    let switch = |name: &str, to: &str| confirmed(&a, &["workspace", "switch", name, "--to", to]);
    switch("West Street", text(&to))
        .check(2, "error: ann is in no workspace \"West Street\"; see: fieldbook workspace list");
    let own = switch("shop", text(&to));
    assert!(own.exit == 2 && own.err.contains("holds shop already"), "{own:?}");
    let same = switch("South Street", text(&world.path("a")));
    assert!(same.exit == 2 && same.err.contains("a folder holds one"), "{same:?}");
    assert!(!to.exists(), "a refusal makes no folder");
    let there = switch("South Street", text(&to));
    assert!(there.out.starts_with("signed in to South Street as ann (owner)"), "{there:?}");
    let home = world.path("a");
    let waits = format!("1 action waits in {}, the oldest for ", text(&home));
    let send = format!("not sent yet; to send it: fieldbook sync --home {}", text(&home));
    assert!(there.exit == 0 && there.err.contains(&waits) && there.err.contains(&send), "{there:?}");
    // What was not sent is where it was, and is sent from there.
    assert_eq!(a.cell("select name from customer"), "Ann");
    a.sync();
    assert_eq!(switch("South Street", text(&to)).err, "", "nothing waits any more");
    let status = run(&mut fieldbook(["member", "list", "--home", text(&to)])).well();
    assert!(status.starts_with("members of South Street: 1\n"), "{status}");
}

#[test]
fn whoever_asks_again_for_a_workspace_whose_answer_was_lost_is_told_of_the_one_that_was_made() {
    let mut world = World::new(68);
    world.member(&["role", "ann", "owner"]).well();
    let a = world.device("a", "ann");
    assert_eq!(world.stop_server(), 0);
    world.start_server_by(|_, mut serve| {
        serve.args(["--workspaces-by", "owners", "--workspaces-max", "2"]);
        serve
    });
    world.proxy.set(Mode::LoseReplies(100));
    let lost = a.run(&["workspace", "new", "South Street"]);
    assert!(lost.exit != 0 && lost.out.is_empty(), "{lost:?}");
    world.proxy.set(Mode::Open);
    let there = "workspace South Street is there, and you are its owner; to work in it: fieldbook workspace switch \"South Street\" --to DIR\n";
    let list = a.run(&["workspace", "list"]).well();
    assert!(list.contains("South Street"), "the server made it: {list}");
    assert_eq!(a.run(&["workspace", "new", "South Street"]).well(), there);
    // Once it was answered the name is taken, for whoever made it too.
    let taken = "error: There is a workspace \"South Street\" already; choose another name.";
    a.run(&["workspace", "new", "South Street"]).check(3, taken);

    // A call that never came to the server is made again as if it were the first.
    world.proxy.set(Mode::Cut);
    assert_ne!(a.run(&["workspace", "new", "West Street"]).exit, 0);
    world.proxy.set(Mode::Open);
    a.run(&["workspace", "new", "West Street"]).well();
    let list = a.run(&["workspace", "list"]).well();
    assert_eq!(list.lines().filter(|line| line.contains(" Street")).count(), 2, "{list}");
    assert!(!a.home.join("making.json").exists());
}
