//! The keys of a home: how a test opens a device's own database, and how a home of the earlier program comes to have keys.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fieldbook_crypto::{Binding, ContentKey, DatabaseKey, DeviceSecret, Sealed, Wrapped};
use fieldbook_device::HomeFile;
use fieldbook_device::store::{Identity, Store};
use fieldbook_model::{DeviceId, WorkspaceId, json};
use fieldbook_protocol::auth::{SignInReply, SignInRequest};
use serde::Deserialize;

use crate::world::{Device, PASSWORD, WORKSPACE, World};

/// `keys.json`, as far as it takes to open a database.
#[derive(Deserialize)]
struct Keys {
    workspace_id: WorkspaceId,
    device_id: DeviceId,
    content: Content,
    database: Vec<Database>,
}

#[derive(Deserialize)]
struct Content {
    number: u32,
    sealed: Sealed,
}

#[derive(Deserialize)]
struct Database {
    number: u32,
    wrapped: Wrapped,
}

/// The statement that opens the database of a home.
pub fn pragma(home: &Path) -> String {
    format!("PRAGMA key = \"x'{}'\"", digits(home)[2])
}

/// What nobody may see of a home, in digits: device secret, content key, database key.
pub fn digits(home: &Path) -> [String; 3] {
    let text = |name: &str| fs::read_to_string(home.join(name)).unwrap_or_else(|_| panic!("no {name}"));
    let secret = DeviceSecret::read(&text("device.secret")).expect("a secret");
    let keys: Keys = json::parse(&text("keys.json")).expect("keys");
    let place = |number| Binding { workspace: keys.workspace_id, device: keys.device_id, number };
    let content = ContentKey::open(&keys.content.sealed, &secret.keys(), &place(keys.content.number));
    let content = content.expect("a content key");
    let [Database { number, wrapped }] = &keys.database[..] else { panic!("not one key") };
    let key = DatabaseKey::unwrap(wrapped, &secret, &content, &place(*number)).expect("a key");
    [secret.expose(), content.expose(), key.expose()]
        .map(|bytes| bytes.iter().map(|b| format!("{b:02x}")).collect())
}

/// A device as the earlier program signed it in: without keys, with its database's key in a file.
fn earlier(world: &World, name: &str, user: &str) -> Device {
    let device = Device { home: world.path(name) };
    let device_id = DeviceId::v7(1_700_000_000_000, [name.as_bytes()[0]; 10]);
    let request = SignInRequest {
        workspace: WORKSPACE.into(),
        user: user.into(),
        password: PASSWORD.into(),
        device_id,
        device_name: name.into(),
        keys: None,
    };
    let reply: SignInReply = json::parse(&posted(world, "sign-in", &json::write(&request))).expect("a reply");
    assert_eq!(reply.keys, None);
    let identity = Identity {
        workspace_id: reply.workspace_id,
        workspace: reply.workspace.clone(),
        user_id: reply.user_id,
        user: user.into(),
        device_id,
        role: reply.role,
        schema: reply.schema,
        limits: reply.limits,
        epoch: reply.epoch,
    };
    fs::create_dir(&device.home).expect("a folder");
    let file = device.home.join("device.key");
    fs::write(&file, "07".repeat(32)).expect("a key");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its owner's");
    let key = DatabaseKey::from_bytes([7; 32]);
    let mut store = Store::create(&device.home.join("fieldbook.db"), &key, &identity).expect("a database");
    store.note("token", &reply.token).expect("a token");
    let (workspace, user) = ((reply.workspace, reply.workspace_id), (user.into(), reply.user_id));
    let file = HomeFile::new((world.proxy.url(), None), workspace, user, device_id);
    let text = json::write(&file).replace("\"format\":2", "\"format\":1");
    fs::write(device.home.join("home.json"), text).expect("written");
    device
}

/// What the server answers to a call without a token.
fn posted(world: &World, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(world.address()).expect("a server");
    let head = format!(
        "POST /v2/auth/{path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("a reply");
    let (head, body) = reply.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{reply}");
    body.to_owned()
}

fn has(device: &Device, name: &str) -> bool {
    device.home.join(name).exists()
}

#[test]
fn a_home_of_the_earlier_program_works_offline_and_has_keys_after_its_next_contact() {
    let mut world = World::new(94);
    let a = earlier(&world, "a", "ann");
    let b = world.device("b", "ben");
    world.kill_server();
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert_ne!(a.run(&["sync", "--wait", "--timeout", "2"]).exit, 0);
    assert_eq!(a.cell("select name from customer"), "Ann");
    assert!(has(&a, "device.key") && !has(&a, "keys.json"), "nothing without a server");
    let doctor = a.run(&["doctor", "--offline"]).out;
    assert!(doctor.contains("an earlier program left the database's key"), "{doctor}");
    world.start_server();
    // Somebody looks on: the database keeps its key for as long.
    let watching = a.beside(&["watch", "--json", "select name from customer"]);
    assert_eq!(watching.line(), r#"[{"name":"Ann"}]"#);
    assert!(a.sync().starts_with("sent 1 op;"));
    assert!(has(&a, "device.key") && has(&a, "keys.json"));
    let doctor = || a.run(&["doctor", "--offline"]).out;
    assert!(doctor().contains("the database waits for its new key"), "{}", doctor());
    a.run(&["act", "--insert", "customer", "name=Bo"]).well();
    watching.line_with("Bo");
    assert!(has(&a, "device.key"));
    watching.terminate();
    a.run(&["act", "--insert", "customer", "name=Cy"]).well();
    assert!(!has(&a, "device.key"), "overwritten and removed");
    let database = fs::read(a.home.join("fieldbook.db")).expect("a database");
    assert!(Store::open(&a.home.join("fieldbook.db"), &DatabaseKey::from_bytes([7; 32])).is_err());
    assert!(!database.is_empty() && pragma(&a.home).len() > 64);
    assert!(a.sync().starts_with("sent 2 ops;"));
    b.sync();
    assert_eq!(a.export(), b.export());
    assert_eq!(a.export(), world.export());
    // The password brings the same keys.
    assert!(world.sign_in(&a, "ann", PASSWORD).well().starts_with("signed in again"));
    assert_eq!(a.cell("select count(*) as n from customer"), "3");
}

#[test]
fn a_sign_in_gives_an_earlier_home_its_keys_with_all_that_waits() {
    let world = World::new(95);
    let a = earlier(&world, "a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    world.sign_in(&a, "ann", PASSWORD).well();
    assert_eq!(a.count("waiting"), 1);
    assert!(has(&a, "keys.json") && has(&a, "device.secret") && !has(&a, "device.key"));
    assert!(a.sync().starts_with("sent 1 op;"));
    assert_eq!(a.export(), world.export());
}

/// The server has been told of keys, and the power fails before the home has written them down.
#[test]
fn what_a_home_signs_with_it_has_before_the_server_knows() {
    let world = World::new(97);
    let a = earlier(&world, "a", "ann");
    a.sync();
    fs::remove_file(a.home.join("keys.json")).expect("keys");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    assert!(a.sync().starts_with("sent 1 op;"));
    assert!(has(&a, "keys.json"), "told again");
    assert_eq!(a.export(), world.export());
    let b = earlier(&world, "b", "ben");
    b.sync();
    for name in ["device.secret", "keys.json"] {
        fs::remove_file(b.home.join(name)).expect("it was there");
    }
    b.run(&["act", "--insert", "customer", "name=Ben"]).well();
    let refused = b.run(&["sync", "--wait"]);
    assert!(refused.err.contains("the server knows other keys of this device: sign in again"), "{refused:?}");
    assert_eq!((refused.exit, b.count("in-flight")), (3, 1));
    world.sign_in(&b, "ben", PASSWORD).well();
    assert!(b.sync().starts_with("sent 1 op;"));
    assert_eq!(b.export(), world.export());
}

#[test]
fn a_new_home_has_no_key_as_it_is_but_its_secret_which_only_its_owner_reads() {
    let world = World::new(96);
    let a = world.device("a", "ann");
    assert!(!has(&a, "device.key"));
    let mode = fs::metadata(a.home.join("device.secret")).expect("a secret").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let secret = fs::read_to_string(a.home.join("device.secret")).expect("a secret");
    let digits = secret.split('"').find(|part| part.len() == 64).expect("its digits");
    for file in fs::read_dir(&a.home).expect("a home").flatten() {
        let bytes = fs::read(file.path()).expect("a file");
        let found = bytes.windows(64).any(|window| window == digits.as_bytes());
        assert_eq!(found, file.file_name() == "device.secret", "{:?}", file.file_name());
    }
}
