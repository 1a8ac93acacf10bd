//! Diagnostics: what a device tells whoever helps. Words and secrets are planted wherever they can stand, a file is made, opened
//! as others open it, and searched; and it is made from homes that do not open any more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64ct::{Base64, Base64Unpadded, Base64Url, Encoding};
use fieldbook_crypto::ServerKey;
use fieldbook_crypto::age::{Identity, Recipient};
use fieldbook_model::json;
use fieldbook_protocol::diagnostics::{Call, Contact, Opened, Part, Signed, read};

use crate::keys::{digits, earlier};
use crate::proxy::Mode;
use crate::run::{Outcome, fieldbook, run, text};
use crate::world::{Device, PASSWORD, WORKSPACE, World};

/// Stands in every text of the data that a test writes.
const CANARY: &str = "canary-5d10c7";

/// A call about a server's data.
fn admin(world: &World, words: &[&str]) -> Outcome {
    let data = world.path("server");
    run(&mut fieldbook(["admin", "support-key"].iter().chain(words).chain(&["--data", text(&data)])))
}

/// What opens diagnostics, as `admin support-key export` prints it.
fn identity(world: &World) -> String {
    admin(world, &["export"]).well().trim_end().to_owned()
}

/// Makes diagnostics of a device into a new file.
fn made(world: &World, device: &Device, name: &str, words: &[&str]) -> PathBuf {
    let path = world.path(name);
    let call = ["diagnostics", "make", "--out", text(&path)];
    device.run(&call.iter().chain(words).copied().collect::<Vec<_>>()).well();
    path
}

/// A file as another program opens it.
fn decrypted(world: &World, file: &Path) -> Vec<u8> {
    let identity = identity(world);
    let theirs: age::x25519::Identity = identity.parse().expect("an identity");
    let bytes = fs::read(file).expect("a file");
    let plain = age::decrypt(&theirs, &bytes).expect("it opens");
    let key = file.with_extension("key");
    fs::write(&key, &identity).expect("written");
    let standard = age(&["--decrypt", "--identity", text(&key), text(file)]);
    assert!(standard == plain, "the standard program gives the same");
    plain
}

/// What the standard program `age` gives, which `cargo xtask test` sees to.
fn age(words: &[&str]) -> Vec<u8> {
    let output = Command::new("age").args(words).output().expect("the program `age`");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn opened(world: &World, file: &Path) -> Opened {
    read(&decrypted(world, file)).expect("what a device writes")
}

/// `fieldbook diagnostics open` on the server's machine.
fn open(world: &World, file: &Path, words: &[&str]) -> Outcome {
    let data = world.path("server");
    let call = ["diagnostics", "open", text(file), "--data", text(&data)];
    run(&mut fieldbook(call.iter().chain(words)))
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|part| part == word)
}

/// Every spelling of a secret.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut all = vec![secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    // In a longer text base64 begins at any of three places.
    for lead in 0..3 {
        let padded = [vec![0; lead], secret.to_vec()].concat();
        for text in [Base64::encode_string(&padded), Base64Url::encode_string(&padded)] {
            all.push(text.as_bytes()[lead + 1..text.len() - 4].to_vec());
        }
    }
    all.push(Base64Unpadded::encode_string(secret).into_bytes());
    all
}

/// Everything of a device, of its user and of its server that nobody may read.
fn secrets(world: &World, device: &Device) -> Vec<Vec<u8>> {
    let bytes = |digits: &str| -> Vec<u8> {
        (0..digits.len() / 2)
            .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("digits"))
            .collect()
    };
    let keys = digits(&device.home);
    let identity = identity(world);
    let mut secrets: Vec<Vec<u8>> = keys.iter().map(|digits| bytes(digits)).collect();
    secrets.extend(world.proxy.tokens().into_iter().map(String::into_bytes));
    secrets.push(Identity::read(&identity).expect("an identity").expose().to_vec());
    secrets.extend([PASSWORD.as_bytes().to_vec(), identity.into_bytes()]);
    assert!(secrets.len() >= 7, "a token, three keys, the support key twice, the password");
    secrets
}

#[track_caller]
fn no_secret(world: &World, device: &Device, bytes: &[u8]) {
    for secret in secrets(world, device) {
        for spelling in spellings(&secret) {
            assert!(!has(bytes, &spelling), "{:?}", String::from_utf8_lossy(&spelling));
        }
    }
}

/// A shop in which something of every kind has happened, with the canary in all its texts.
fn lived(world: &World) -> Device {
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let texts = ["name", "contact_name", "contact_title", "address", "city", "note"];
    let pairs: Vec<String> = texts.iter().map(|field| format!("{field}={CANARY}")).collect();
    let mut words = vec!["act", "--key", CANARY, "--insert", "supplier"];
    words.extend(pairs.iter().map(String::as_str).filter(|pair| !pair.starts_with("note")));
    a.run(&words).well();
    a.run(&["act", "--insert", "customer", &format!("name={CANARY}"), "phone=1"]).well();
    a.run(&["act", "--insert", "task", &format!("title={CANARY}"), &format!("note={CANARY}")]).well();
    a.sync();
    b.sync();
    // A conflict about texts, and an op that the server refuses.
    let of = format!("customer:name={CANARY}");
    b.run(&["act", "--set", &of, &format!("phone={CANARY} b")]).well();
    a.run(&["act", "--set", &of, &format!("phone={CANARY} a")]).well();
    b.sync();
    a.run(&["sync", "--wait", "--timeout", "60"]);
    assert_eq!(a.count("conflicted"), 1);
    a.run(&["act", "--insert", "shipper", &format!("name={CANARY}")]).well();
    fs::write(a.home.join(format!("{CANARY}.pdf")), "a file of somebody").expect("written");
    a
}

#[test]
fn what_a_device_tells_holds_no_value_no_name_and_no_secret() {
    let world = World::new(121);
    let a = lived(&world);
    let file = made(&world, &a, "a.age", &[]);
    let plain = decrypted(&world, &file);
    no_secret(&world, &a, &plain);
    for word in [CANARY, "\"ann\"", "\"ben\"", WORKSPACE, &world.proxy.url(), "127.0.0.1", text(&a.home)] {
        assert!(!has(&plain, word.as_bytes()), "{word}");
    }
    let Opened { signed, parts, .. } = opened(&world, &file);
    assert!(matches!(signed, Signed::By(_)));
    let count = |name: &str| parts.iter().filter(|part| part.name() == name).count();
    assert_eq!((count("op"), count("conflict"), count("absent")), (5, 1, 0), "{parts:?}");
    for name in [
        "program", "place", "finding", "file", "storage", "stand", "log", "type", "checksum", "compared",
        "contact", "status",
    ] {
        assert!(count(name) > 0, "{name}");
    }
    let others = |part: &Part| matches!(part, Part::File(file) if file.name.is_none() && file.files == 1);
    assert!(parts.iter().any(others), "somebody's file is counted, and not named: {parts:?}");
    // The file itself says nothing to whoever has no key.
    assert!(!has(&fs::read(&file).expect("a file"), b"program"));
}

#[test]
fn with_payloads_the_values_are_there_and_the_secrets_are_not() {
    let world = World::new(122);
    let a = lived(&world);
    let plain = decrypted(&world, &made(&world, &a, "a.age", &["--with-payloads"]));
    assert!(has(&plain, format!("\"phone\":\"{CANARY} a\"").as_bytes()));
    no_secret(&world, &a, &plain);
}

#[test]
fn what_was_made_is_told_before_and_opened_where_the_server_is() {
    let world = World::new(123);
    let a = lived(&world);
    let path = world.path("a.age");
    let told = a.run(&["diagnostics", "make", "--out", text(&path)]).lines();
    let recipient = admin(&world, &["show"]).well();
    assert!(told.iter().any(|line| line.split_whitespace().take(2).eq(["op", "5"])), "{told:?}");
    for line in [
        "no value of your data is in it, no name of a person, no address and no key",
        "signed by this device",
        &format!("only {} opens it", recipient.trim_end()),
    ] {
        assert!(told.iter().any(|told| told == line), "{line} in {told:?}");
    }
    assert!(told.last().expect("a line").starts_with(&format!("saved in {}, ", path.display())), "{told:?}");
    let json = a
        .run(&["diagnostics", "make", "--json", "--with-payloads", "--out", text(&world.path("b.age"))])
        .well();
    assert!(json.contains(r#""with_payloads":true,"signed":true,"recipient":"age1"#), "{json}");

    let summary = open(&world, &path, &[]).lines();
    assert!(
        summary.contains(&"proof    signed by this device, as the server knows it".to_owned()),
        "{summary:?}"
    );
    assert!(summary.contains(&"ops      1 waiting, 3 committed, 1 conflicted".to_owned()), "{summary:?}");
    let parts = world.path("parts");
    let lines = open(&world, &path, &["--json", "--out", text(&parts)]).lines();
    assert!(lines[0].ends_with(r#""signature":"checked"}"#), "{}", lines[0]);
    let read: Vec<Part> = lines[1..].iter().map(|line| json::parse(line).expect("a part")).collect();
    assert_eq!(read, opened(&world, &path).parts);
    // What the standard program encrypts to the support key opens here, too, and says the same.
    let (plain, theirs) = (world.path("plain"), world.path("theirs.age"));
    fs::write(&plain, decrypted(&world, &path)).expect("written");
    age(&["--encrypt", "--recipient", recipient.trim_end(), "--output", text(&theirs), text(&plain)]);
    assert_eq!(open(&world, &theirs, &["--json"]).lines(), lines);
    fs::remove_file(plain).expect("removed");
    let ops = fs::read_to_string(parts.join("op.jsonl")).expect("a file of ops");
    assert_eq!(ops.lines().count(), 5);
    // What was exported is noted, and an identity alone checks nothing.
    let known = admin(&world, &["show", "--json"]).well();
    assert!(known.contains(r#""exported_at":"2"#), "{known}");
    let key = world.path("support.key");
    fs::write(&key, format!("# of a server\n{}\n", identity(&world))).expect("written");
    let alone = run(&mut fieldbook(["diagnostics", "open", text(&path), "--identity", text(&key)])).well();
    assert!(alone.contains("keys that nothing was checked against"), "{alone}");
}

#[test]
fn a_home_that_does_not_open_tells_what_it_can_and_why_the_rest_is_absent() {
    let mut world = World::new(124);
    let a = lived(&world);
    world.kill_server();
    let check = |name: &str, code: &str, signed: bool, breaks: &dyn Fn(&Path)| {
        let broken = Device { home: world.path(name) };
        fs::create_dir(&broken.home).expect("a folder");
        for entry in fs::read_dir(&a.home).expect("a home").flatten() {
            fs::copy(entry.path(), broken.home.join(entry.file_name())).expect("copied");
        }
        breaks(&broken.home);
        let Opened { signed: by, parts, .. } =
            opened(&world, &made(&world, &broken, &format!("{name}.age"), &["--offline"]));
        assert_eq!(by != Signed::Not, signed, "{name}");
        let absent: Vec<_> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Absent(absent) => Some((absent.part.as_str(), absent.code.as_str())),
                _ => None,
            })
            .collect();
        assert_eq!(absent, [("database", code)], "{name}");
        let names: Vec<_> = parts.iter().map(Part::name).collect();
        assert!(names.contains(&"file") && names.contains(&"place") && !names.contains(&"op"), "{names:?}");
    };
    check("cut", "damaged-database", true, &|home| {
        let file = fs::File::options().write(true).open(home.join("fieldbook.db")).expect("a database");
        file.set_len(700).expect("cut off");
        for end in ["-wal", "-shm"] {
            let _ = fs::remove_file(home.join(format!("fieldbook.db{end}")));
        }
    });
    check("gone", "no-database", true, &|home| fs::remove_file(home.join("fieldbook.db")).expect("removed"));
    check("lost", "no-key", false, &|home| fs::remove_file(home.join("device.secret")).expect("removed"));
    check("keyless", "damaged-key", false, &|home| fs::write(home.join("keys.json"), "{").expect("written"));
}

#[test]
fn a_device_that_was_not_told_asks_and_without_a_network_needs_a_name() {
    let mut world = World::new(125);
    let a = world.device("a", "ann");
    let told = a.home.join("support.json");
    fs::remove_file(&told).expect("it was told when it signed in");
    world.proxy.set(Mode::Cut);
    let refused = a.run(&["diagnostics", "make", "--out", text(&world.path("no.age"))]);
    assert_eq!(refused.exit, 1, "{refused:?}");
    assert!(refused.err.contains("does not know its server's support key yet"), "{refused:?}");
    let recipient = admin(&world, &["show"]).well();
    made(&world, &a, "named.age", &["--recipient", recipient.trim_end()]);
    world.proxy.set(Mode::Open);
    let (keys, other) = (a.home.join("keys.json"), ServerKey::from_bytes(&[5; 32]).public().write());
    let own = fs::read_to_string(&keys).expect("keys");
    let (before, behind) = own.split_once("\"server\":").expect("a server's key");
    let (_, behind) = behind.split_once('}').expect("its end");
    fs::write(&keys, format!("{before}\"server\":{other}{behind}")).expect("written");
    let refused = a.run(&["diagnostics", "make", "--out", text(&world.path("no.age"))]);
    assert!(refused.err.contains("the server signs with another key"), "{refused:?}");
    assert!(!told.exists(), "another server's key is not taken");
    fs::write(&keys, own).expect("written");
    made(&world, &a, "asked.age", &[]);
    assert!(told.exists(), "and keeps the answer");
    world.kill_server();
    assert!(matches!(opened(&world, &made(&world, &a, "offline.age", &[])).signed, Signed::By(_)));
    Recipient::parse(recipient.trim_end()).expect("a recipient");
}

#[test]
fn a_home_of_the_earlier_program_makes_one_that_nobody_signed() {
    let world = World::new(126);
    let a = earlier(&world, "a", "ann");
    a.run(&["act", "--insert", "shipper", &format!("name={CANARY}")]).well();
    let recipient = admin(&world, &["show"]).well();
    let path = made(&world, &a, "a.age", &["--recipient", recipient.trim_end()]);
    let Opened { signed, parts, .. } = opened(&world, &path);
    assert_eq!(signed, Signed::Not);
    assert_eq!(parts.iter().filter(|part| part.name() == "op").count(), 1);
    assert!(open(&world, &path, &[]).well().contains("NOT signed: nobody knows who made this"));
}

#[test]
fn the_last_calls_and_how_syncing_stood_are_told_over_restarts() {
    let world = World::new(128);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "shipper", "name=Rheingold"]).well();
    a.sync();
    world.proxy.set(Mode::Cut);
    assert_eq!(a.run(&["sync", "--wait", "--timeout", "0.2"]).exit, 5);
    world.proxy.set(Mode::Open);
    a.sync();
    let parts = opened(&world, &made(&world, &a, "a.age", &["--offline"])).parts;
    let contacts: Vec<&Contact> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Contact(contact) => Some(contact),
            _ => None,
        })
        .collect();
    let push = contacts.iter().find(|contact| contact.call == Call::Push).expect("a push");
    assert!(push.status == Some(200) && push.trouble.is_none(), "{push:?}");
    assert!(push.sent > 300 && push.received > 50, "{push:?}");
    assert!(
        contacts.iter().any(|it| it.trouble.as_deref() == Some("cut") && it.status.is_none()),
        "{contacts:?}"
    );
    assert!(contacts.is_sorted_by_key(|contact| std::cmp::Reverse(contact.at)), "{contacts:?}");
    let stood: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Status(status) => Some(status.connection.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(stood.first(), Some(&"connected"), "{stood:?}");
    assert!(stood.contains(&"unreachable") && stood.contains(&"connecting"), "{stood:?}");
}

#[test]
fn what_is_sent_is_listed_where_the_server_is_opened_there_and_removed() {
    let world = World::new(129);
    let a = lived(&world);
    let told = a.run(&["diagnostics", "send"]).lines();
    let name =
        told.last().and_then(|line| line.strip_prefix("sent; the server keeps it as ")).expect("a name");
    let data = world.path("server");
    let diagnostics = |words: &[&str]| {
        run(&mut fieldbook(["admin", "diagnostics"].iter().chain(words).chain(&["--data", text(&data)])))
    };
    let listed = diagnostics(&["list"]).lines();
    assert!(listed[2].starts_with("ann ") && listed[2].ends_with(name), "{listed:?}");
    let json = diagnostics(&["list", "--json"]).well();
    assert!(
        json.contains(&format!(r#"{{"name":"{name}","device":""#)) && json.contains(r#""user":"ann""#),
        "{json}"
    );
    let path = world.path("got.age");
    diagnostics(&["get", name, "--out", text(&path)]).well();
    let plain = decrypted(&world, &path);
    no_secret(&world, &a, &plain);
    assert!(!has(&plain, CANARY.as_bytes()));
    assert!(open(&world, &path, &[]).well().contains("signed by this device, as the server knows it"));
    diagnostics(&["remove", name]).well();
    assert_eq!(diagnostics(&["list", "--json"]).well(), "");
    diagnostics(&["remove", name]).check(
        2,
        &format!("error: there are no diagnostics {name:?} here; see: fieldbook admin diagnostics list"),
    );
    // What stands in the server's log of it is its name, and nothing of what it tells.
    let log = world.server_log();
    assert!(log.contains(name) && !log.contains(CANARY), "{name}");
}
