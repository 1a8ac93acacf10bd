//! What a person reads when something is wrong: one line that says what to do, and an exit code.

use std::fs;
use std::net::TcpListener;

use crate::proxy::Mode;
use crate::run::{fed, fieldbook, run, text};
use crate::world::{Device, PASSWORD, World, file};

#[test]
fn a_wrong_call_says_what_would_be_right() {
    let check = |words: &[&str], exit: i32, line: &str| run(&mut fieldbook(words)).check(exit, line);
    check(
        &["status"],
        2,
        "error: which device? Name its folder with --home DIR, or set FIELDBOOK_HOME to it",
    );
    check(
        &["query", "--home", "h"],
        2,
        "error: the following required arguments were not provided: <SQL> (--help says more)",
    );
    check(
        &["act", "--home", "h"],
        2,
        "error: no change: say --insert, --set, --add, --count, --include, --exclude, --reset, --delete or --restore, or - for standard input",
    );
    check(
        &["serve", "--data", "no-such-folder", "--listen", "foo"],
        2,
        "error: invalid value 'foo' for '--listen <ADDRESS:PORT>': no address with a port, such as 127.0.0.1:4180, or 0.0.0.0:4180 for every network (--help says more)",
    );
    check(
        &["status", "--home", "no-such-folder"],
        2,
        "error: no-such-folder is no device's home yet. Sign in first: fieldbook device sign-in --server URL --workspace NAME --user NAME --home no-such-folder",
    );
    check(
        &["status", "--json", "--home", "no-such-folder"],
        2,
        r#"{"error":{"code":"no-home","words":"no-such-folder is no device's home yet. Sign in first: fieldbook device sign-in --server URL --workspace NAME --user NAME --home no-such-folder"}}"#,
    );
}

#[test]
fn a_mistake_on_a_device_says_what_would_be_right() {
    let world = World::new(8);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "product", "name=Tea"]).well();
    a.run(&["act", "--insert", "product", "name=Tea"]).well();
    let check = |words: &[&str], exit: i32, line: &str| a.run(words).check(exit, line);
    check(
        &["query", "update product set name = 'x'"],
        2,
        "error: This command only reads. To change something use `fieldbook act`.",
    );
    check(
        &["query", "select nam from shipper"],
        2,
        "error: The query does not work: no such column: nam; shipper has: id, name, phone",
    );
    check(
        &["act", "--set", "product:0198c0de-7a11-7000-8000-00000000002a", "stock=3"],
        2,
        "error: product.stock is counted, so that nobody's count is lost: say by how much it changes; use --add product:0198c0de-7a11-7000-8000-00000000002a stock=-2",
    );
    let plain = |line: &str| fed(&mut a.call(&["act", "-"]), &format!("\n{line}\n")).err;
    assert_eq!(
        plain("nonsense"),
        "error: line 2 is no action: it is not JSON at column 2 (expected ident); a line is like {\"changes\":[{\"update\":\"product\",\"id\":\"…\",\"add\":{\"stock\":-2}}]}\n"
    );
    assert!(
        plain(r#"{"changes":["#)
            .starts_with("error: line 2 is no action: its JSON ends too early at column ")
    );
    let verbs = "a change has one of the verbs insert, update, delete, restore with the record's type";
    let said = plain(r#"{"changes":[{"id":"0198c0de-7a11-7000-8000-00000000002a"}]}"#);
    assert!(said.starts_with(&format!("error: line 2 is no action: {verbs} at column ")), "{said}");
    check(
        &["query", "--json", "select 1 as a, 2 as a"],
        2,
        r#"{"error":{"code":"wrong-call","words":"two columns are called a; name them apart with AS"}}"#,
    );
    check(
        &["act", "--set", "shipper:name=X", "fone=1"],
        2,
        "error: there is no shipper with name=X on this device; name a deleted one by its id, which `fieldbook log --json` has",
    );
    check(
        &["act", "--insert", "shipper", "name=X", "fone=1"],
        2,
        r#"error: shipper has no field "fone"; it has: name, phone"#,
    );
    check(
        &["act", "--add", "product:name=Tea", "stock=1"],
        2,
        "error: more than one product with name=Tea; name the one by its id",
    );
    check(
        &["act", "--type", "pos.sail", "--insert", "shipper", "name=X"],
        3,
        &refused(
            &a,
            &["act", "--json", "--type", "pos.sail", "--insert", "shipper", "name=X"],
            "unknown-action",
        ),
    );
    let lines = "{\"changes\":[]}\nnonsense\n\n{\"changes\":[{\"insert\":\"shipper\",\"id\":\"0198c0de-7a11-7000-8000-00000000002a\",\"fields\":{\"name\":\"X\"}}]}\n";
    let answers = a.acts(lines);
    assert_eq!(answers.exit, 3);
    let answers: Vec<&str> = answers.out.lines().collect();
    assert!(answers[0].starts_with(r#"{"line":1,"error":{"code":"empty","#), "{answers:?}");
    assert!(answers[1].starts_with(r#"{"line":2,"error":{"code":"wrong-line","#), "{answers:?}");
    assert!(answers[2].starts_with(r#"{"seq":3,"#), "{answers:?}");
    assert_eq!(answers.len(), 3);
}

/// The words of a refusal, which are the device's, under the code that they should have.
fn refused(device: &Device, words: &[&str], code: &str) -> String {
    let told = device.run(words).err;
    let told = told.trim_end().strip_prefix(&format!(r#"{{"error":{{"code":"{code}","words":""#));
    let told = told.and_then(|told| told.strip_suffix(r#""}}"#)).expect("a refusal with this code");
    format!("error: {}", told.replace("\\\"", "\""))
}

#[test]
fn a_wrong_word_about_an_earlier_action_says_what_would_be_right() {
    let world = World::new(27);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Bergs", "phone=1"]).well();
    let check = |words: &[&str], exit: i32, line: &str| a.run(words).check(exit, line);
    check(&["conflicts", "x"], 2, "error: unexpected argument 'x' found (--help says more)");
    check(
        &["resolve", "ab", "--mine"],
        2,
        r#"error: "ab" names no conflict; write its id, or at least the last 4 characters of it"#,
    );
    check(&["resolve", "abcd", "--mine"], 2, "error: there is no conflict abcd on this device");
    check(
        &["history"],
        2,
        "error: the following required arguments were not provided: <RECORD> (--help says more)",
    );
    check(&["history", "--op", "99"], 2, "error: there is no action 99 in this device's log");
    let said = a.run(&["history", "nite:name=x"]).err;
    assert!(said.starts_with("error: there is no type \"nite\"; there are: category, supplier"), "{said}");
    check(&["undo", "--op", "99"], 3, "error: There is no action 99 in this device's log.");
    check(&["redo"], 3, "error: There is nothing to redo.");
    check(&["retry", "1"], 3, "error: It has no verdict yet.");
    check(
        &["discard", "abcd"],
        2,
        "error: there is no action and no open conflict abcd on this device; sync, if another has it",
    );
    check(&["discard", "1"], 3, "error: It has no verdict yet; undo takes it back.");
    check(&["export", "--op", "99"], 2, "error: there is no action 99 in this device's log");
}

const PORTAL: &str = "something else answers instead of the server (200 text/html): sign in to this network in a browser if it asks for that, and look at the address and the proxy";
const WRONG_SIGN_IN: &str = "error: The workspace, the name or the password is wrong: check all three, or ask whoever runs the server.";

#[test]
fn whoever_cannot_sign_in_hears_why() {
    let world = World::new(9);
    let a = Device { home: world.path("a") };
    world.sign_in(&a, "ann", "wrong password").check(3, WRONG_SIGN_IN);
    world.sign_in(&a, "nobody", PASSWORD).check(3, WRONG_SIGN_IN);
    assert!(!a.home.exists(), "nothing is left behind");
    world.sign_in(&a, "ann", PASSWORD).well();
    world.sign_in(&a, "ben", PASSWORD).check(
        2,
        &format!(
            "error: {}: this is the home of ann in the workspace shop; choose another folder with --home",
            a.home.display()
        ),
    );
    assert!(world.sign_in(&a, "ann", PASSWORD).well().starts_with("signed in again to shop as ann (member)"));
    world.proxy.set(Mode::Portal);
    world.sign_in(&Device { home: world.path("b") }, "ben", PASSWORD).check(5, &format!("error: {PORTAL}"));
    let nobody = |path: &str| {
        format!(
            "http://{}{path}",
            TcpListener::bind("127.0.0.1:0").and_then(|at| at.local_addr()).expect("a port")
        )
    };
    let at = |url: &str| {
        let words = [
            "device",
            "sign-in",
            "--server",
            url,
            "--workspace",
            "shop",
            "--user",
            "ann",
            "--home",
            "no-such",
        ];
        run(fieldbook(words).env("FIELDBOOK_PASSWORD", PASSWORD))
    };
    let url = nobody("");
    at(&url).check(
        5,
        &format!(
            "error: {url} does not answer: is the server started, and is the address right (http or https)?"
        ),
    );
    world.proxy.set(Mode::Open);
    let url = format!("{}/shop", world.proxy.url());
    at(&url)
        .check(3, &format!("error: {url} answers, but no Fieldbook sign-in is there: is the address right?"));
    let line = "error: no password: set FIELDBOOK_PASSWORD, or pass --password-stdin";
    let words =
        ["device", "sign-in", "--server", "http://127.0.0.1:1", "--workspace", "shop", "--user", "ann"];
    run(fieldbook(words).args(["--home", text(&world.path("c"))])).check(2, line);
}

#[test]
fn a_server_out_of_reach_leaves_the_queue_safe_and_says_so() {
    let mut world = World::new(10);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    let check = |words: &str| {
        let tried = a.run(&["sync", "--wait", "--timeout", "0.3"]);
        tried.check(5, &format!("error: {words}; 1 op waits and is safe on this device"));
    };
    world.proxy.set(Mode::Portal);
    check(PORTAL);
    world.proxy.set(Mode::BlackHole);
    let asks = "is the server started, and is the address right (http or https)?";
    let url = world.proxy.url();
    check(&format!("{url} did not answer in time: {asks}"));
    world.proxy.set(Mode::Cut);
    check(&format!("{url} broke the connection off: {asks}"));
    world.proxy.set(Mode::Open);
    world.kill_server();
    check(&format!("{url} broke the connection off: {asks}"));
    world.start_server();
    assert!(a.sync().starts_with("sent 1 op;"));
}

#[test]
fn a_wrong_schema_is_told_mistake_by_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let (schema, data) = (folder.path().join("schema.toml"), folder.path().join("server"));
    let wrong = "schema = \"shop\"\nversion = 1\n[type.product.field]\nname = { kind = \"txt\" }\nprice = { kind = \"money\" }\n";
    fs::write(&schema, wrong).expect("written");
    let add = ["admin", "workspace", "add", "shop", "--schema", text(&schema), "--data", text(&data)];
    let told = run(&mut fieldbook(add));
    let lines: Vec<&str> = told.err.lines().collect();
    assert_eq!(told.exit, 2, "{told:?}");
    assert!(
        lines[0].starts_with(&format!(
            "{}:4:17: type.product.field.name.kind: found \"txt\"; allowed: ",
            schema.display()
        )),
        "{lines:?}"
    );
    assert!(lines[1].starts_with(&format!("{}:5:", schema.display())), "{lines:?}");
    assert_eq!(lines.len(), 2);
    assert!(!data.exists(), "nothing was made");
    let missing = ["admin", "workspace", "add", "shop", "--schema", "no-such-file", "--data", text(&data)];
    let line = "error: cannot read the schema file no-such-file: No such file or directory (os error 2)";
    run(&mut fieldbook(missing)).check(2, line);
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = text(folder.path());
    let serve = run(&mut fieldbook(["serve", "--data", data, "--listen", &address]));
    serve.check(
        2,
        &format!("error: no server's data in {data}; make a workspace first: fieldbook admin workspace add NAME --schema FILE --data {data}"),
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing was made");
    let schema = file("apps/counter/schema.toml");
    run(&mut fieldbook(["admin", "workspace", "add", "shop", "--schema", text(&schema), "--data", data]))
        .well();
    let told = run(&mut fieldbook(["serve", "--data", data, "--listen", &address]));
    // The system's number of this error differs from system to system.
    assert!(
        told.err.starts_with(&format!("error: cannot listen on {address}: Address already in use")),
        "{told:?}"
    );
    assert!(told.err.ends_with("; name another place with --listen ADDRESS:PORT\n"), "{told:?}");
    assert_eq!(told.exit, 1);
}

#[test]
fn a_workspace_and_a_user_are_made_once() {
    let world = World::new(11);
    let data = world.path("server");
    let again = ["admin", "user", "add", "ann", "--workspace", "shop", "--data", text(&data)];
    run(fieldbook(again).env("FIELDBOOK_PASSWORD", PASSWORD))
        .check(2, r#"error: "ann" is a member of this workspace already"#);
    let odd = ["admin", "user", "add", "ann/../ben", "--workspace", "shop", "--data", text(&data)];
    run(fieldbook(odd).env("FIELDBOOK_PASSWORD", PASSWORD)).check(
        2,
        "error: the name of a user has letters, digits, blanks and any of - _ . @, does not begin or end with a blank or a dot, and has at most 100 characters",
    );
    let nowhere = ["admin", "user", "add", "cid", "--workspace", "shed", "--data", text(&data)];
    run(fieldbook(nowhere).env("FIELDBOOK_PASSWORD", PASSWORD))
        .check(2, r#"error: there is no workspace "shed" here; see: fieldbook admin workspace list"#);
}

#[test]
fn an_empty_answer_names_the_workspace() {
    let world = World::new(248);
    let device = world.device("a", "ann");
    let gone = "0198c0de-7a11-7000-8000-00000000002a";
    for (words, told) in [
        (vec!["query", "select name from customer"], "no row in the workspace shop"),
        (vec!["conflicts"], "No conflict waits for a decision in the workspace shop."),
        (vec!["log"], "no such action in the workspace shop"),
        (vec!["history", &format!("customer:{gone}")], "Nothing is known of it here, in the workspace shop."),
    ] {
        let said = device.run(&words);
        assert_eq!((said.exit, said.err.lines().last()), (0, Some(told)), "{said:?}");
    }
    let said = device.run(&["query", "select name from customer", "--json"]);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""), "{said:?}");
}
