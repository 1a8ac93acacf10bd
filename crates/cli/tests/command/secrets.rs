//! What must never stand in a log line: data, passwords, tokens, keys. Each is planted, everything is made to be
//! told at the most talkative level, and then it is looked for.

use std::cell::RefCell;
use std::fs;
use std::process::Command;

use crate::keys;
use crate::proxy::Mode;
use crate::run::{Outcome, fieldbook, run, text};
use crate::world::{Device, PASSWORD, WORKSPACE, World};

const CANARY: &str = "canary-7f3a91";
const WRONG_PASSWORD: &str = "canary-password-55";

#[test]
fn no_log_line_holds_data_passwords_tokens_or_keys() {
    let mut world = World::new(12);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let mut said = vec![world.sign_in(&a, "ann", WRONG_PASSWORD)];
    let mut talkative = |words: &[&str]| {
        let mut call = a.call(words);
        said.push(silent(run(call.env("FIELDBOOK_LOG", "trace"))));
    };
    talkative(&["act", "--key", CANARY, "--insert", "customer", &format!("name={CANARY}")]);
    talkative(&["act", "--add", &format!("product:name={CANARY}"), "stock=1"]);
    talkative(&["sync", "--wait"]);
    let url = world.proxy.url();
    let mut again =
        a.call(&["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", "ann"]);
    said.push(run(again.env("FIELDBOOK_LOG", "trace").env("FIELDBOOK_PASSWORD", PASSWORD)));
    let mut talkative = |words: &[&str]| {
        let mut call = a.call(words);
        said.push(silent(run(call.env("FIELDBOOK_LOG", "trace"))));
    };
    talkative(&["sync", "--wait"]);
    world.proxy.set(Mode::Cut);
    talkative(&["sync", "--wait", "--timeout", "0.2"]);
    world.proxy.set(Mode::Open);
    b.sync();
    assert_eq!(b.cell("select name from customer"), CANARY);
    assert_eq!(world.stop_server(), 0);

    let log = world.server_log();
    assert!(log.contains("/v2/workspaces/{workspace}/push"), "the server did log");
    let device_words: String = said.iter().map(|outcome| outcome.err.as_str()).collect();
    let tokens = world.proxy.tokens();
    assert_eq!(tokens.len(), 3, "one of each sign-in");
    let keys = keys::digits(&a.home);
    let common = [WRONG_PASSWORD, PASSWORD, "Bearer"].into_iter().chain(tokens.iter().map(String::as_str));
    let common = common.chain(keys.iter().map(String::as_str));
    for secret in common.clone().chain([CANARY]) {
        assert!(!log.contains(secret), "{secret:?} stands in the server's log");
    }
    for secret in common {
        assert!(!device_words.contains(secret), "{secret:?} was said by a device");
    }
    let files = fs::read_dir(&a.home).expect("a home").flatten();
    for file in files.filter(|file| file.path().extension().is_none_or(|end| end != "txt")) {
        let bytes = fs::read(file.path()).expect("a file");
        let found = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!found, "the canary stands in clear in {:?}", file.file_name());
    }
}

/// What it said, once it is known that it did its work or told why not.
fn silent(outcome: Outcome) -> Outcome {
    assert!([0, 2, 5].contains(&outcome.exit), "{outcome:?}");
    outcome
}

const NEW_PASSWORD: &str = "canary password of dan";
const PASSPHRASE: &str = "canary passphrase one two";
const WRONG_PASSPHRASE: &str = "canary passphrase three";

/// Two devices and an operator, each of whose calls is made at the most talkative level.
struct Talkative {
    world: World,
    a: Device,
    b: Device,
    /// What was said on standard error.
    said: RefCell<String>,
    /// What nobody may read anywhere.
    secrets: RefCell<Vec<String>>,
}

impl Talkative {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let [a, b] = ["a", "b"].map(|name| Device { home: world.path(name) });
        let shop = Self { world, a, b, said: RefCell::default(), secrets: RefCell::default() };
        for (device, user) in [(&shop.a, "ann"), (&shop.b, "ben")] {
            shop.sign_in(device, user, WRONG_PASSWORD, 3);
            shop.sign_in(device, user, PASSWORD, 0);
        }
        shop
    }

    fn call(&self, call: &mut Command, exit: i32) -> String {
        let outcome = run(call.env("FIELDBOOK_LOG", "trace"));
        assert_eq!(outcome.exit, exit, "{call:?}: {outcome:?}");
        self.said.borrow_mut().push_str(&outcome.err);
        outcome.out
    }

    fn on(&self, device: &Device, words: &[&str]) -> String {
        self.call(&mut device.call(words), 0)
    }

    fn admin(&self, words: &[&str]) -> String {
        let data = self.world.path("server");
        self.call(&mut fieldbook(["admin"].iter().chain(words).chain(&["--data", text(&data)])), 0)
    }

    fn sign_in(&self, device: &Device, user: &str, password: &str, exit: i32) {
        let url = self.world.proxy.url();
        let words = ["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", user];
        self.call(device.call(&words).env("FIELDBOOK_PASSWORD", password), exit);
    }

    /// Both devices change one field, and somebody decides.
    fn clash(&self) {
        let of = format!("customer:name={CANARY}");
        for (device, name) in [(&self.a, "a"), (&self.b, "b")] {
            self.on(device, &["act", "--set", &of, &format!("phone={CANARY}-{name}")]);
            self.on(device, &["sync", "--wait"]);
        }
        let id = self.b.cell("select id from conflict");
        self.on(&self.b, &["conflicts", "--json"]);
        self.on(&self.b, &["resolve", &id, "--field", &format!("phone={CANARY}-c")]);
        self.on(&self.b, &["sync", "--wait"]);
        self.on(&self.a, &["sync", "--wait"]);
    }

    /// What is written, and read again.
    fn write_and_read(&self) {
        let fields = ["name", "phone", "note"].map(|field| format!("{field}={CANARY}"));
        let fields = fields.each_ref().map(String::as_str);
        self.on(&self.a, &[&["act", "--key", CANARY, "--insert", "customer"][..], &fields].concat());
        self.on(&self.a, &["sync", "--wait"]);
        self.on(&self.b, &["sync", "--wait"]);
        self.clash();
        let file = self.world.path("products.csv");
        fs::write(&file, format!("name,price,stock\n{CANARY},1.50,7\n")).expect("written");
        self.on(&self.a, &["import", text(&file), "--type", "product"]);
        let of = format!("customer:name={CANARY}");
        let select = format!("select '{CANARY}' as word, name from customer");
        for words in [
            &["query", &select][..],
            &["show", &of],
            &["history", &of],
            &["undo", "--anyway"],
            &["redo", "--anyway"],
            &["log"],
            &["export"],
            &["status"],
            &["sync", "--wait"],
            &["doctor"],
            &["diagnostics", "make", "--with-payloads", "--out", text(&self.world.path("a.age"))],
            &["diagnostics", "send"],
        ] {
            self.on(&self.a, words);
        }
        self.call(&mut self.a.call(&["act", "--set", &of, &format!("nothing={CANARY}")]), 2);
        self.call(
            &mut self.a.call(&["query", &format!("select {} from customer", CANARY.replace('-', "_"))]),
            2,
        );
    }

    /// A home of the earlier program, which says in its log that it gets keys.
    fn bring_up(&self) {
        let old = keys::earlier(&self.world, "old", "ann");
        self.on(&old, &["act", "--insert", "customer", &format!("name={CANARY} of old")]);
        self.on(&old, &["sync", "--wait"]);
        // Its database gets its new key when it is opened next.
        self.on(&old, &["status"]);
        self.note_keys(&old);
    }

    /// Networks that break, and something else that answers.
    fn break_networks(&self) {
        self.on(&self.a, &["act", "--insert", "customer", &format!("name={CANARY} again")]);
        for mode in [Mode::Cut, Mode::Portal, Mode::BadGateway, Mode::BlackHole, Mode::NextProtocol] {
            self.world.proxy.set(mode);
            let outcome =
                run(self.a.call(&["sync", "--wait", "--timeout", "0.3"]).env("FIELDBOOK_LOG", "trace"));
            assert_ne!(outcome.exit, 0, "{outcome:?}");
            self.said.borrow_mut().push_str(&outcome.err);
        }
        self.world.proxy.set(Mode::Open);
        self.on(&self.a, &["sync", "--wait"]);
    }

    /// Keys that change hands.
    fn turn_keys(&self) {
        self.note_keys(&self.a);
        self.on(&self.a, &["device", "rotate-key"]);
        self.note_keys(&self.a);
        self.on(&self.a, &["device", "lock"]);
        self.on(&self.a, &["device", "unlock"]);
        let holder = ["device", "holder", "passphrase"];
        self.call(self.a.call(&holder).env("FIELDBOOK_PASSPHRASE", PASSPHRASE), 0);
        self.call(self.a.call(&["status"]).env("FIELDBOOK_PASSPHRASE", WRONG_PASSPHRASE), 3);
        self.call(self.a.call(&["device", "holder", "file"]).env("FIELDBOOK_PASSPHRASE", PASSPHRASE), 0);
        self.secrets.borrow_mut().extend([PASSPHRASE, WRONG_PASSPHRASE].map(str::to_owned));
    }

    fn note_keys(&self, device: &Device) {
        self.secrets.borrow_mut().extend(keys::digits(&device.home));
    }

    /// What whoever runs the server does.
    fn administer(&self) {
        let data = self.world.path("server");
        let of = ["--workspace", WORKSPACE, "--data", text(&data)];
        let add = ["admin", "user", "add", "dan"];
        let add = || fieldbook(add.iter().chain(&of));
        self.call(add().env("FIELDBOOK_PASSWORD", "password1"), 2);
        self.call(add().env("FIELDBOOK_PASSWORD", NEW_PASSWORD), 0);
        self.call(add().env("FIELDBOOK_PASSWORD", PASSWORD), 2);
        for words in [&["member", "list"][..], &["device", "list"], &["export"]] {
            self.call(&mut fieldbook(["admin"].iter().chain(words).chain(&of)), 0);
        }
        let (kept, copy) = (self.world.path("new.key"), self.world.path("backup"));
        let identity = self.admin(&["support-key", "export"]);
        self.admin(&["backup", text(&copy)]);
        self.admin(&["diagnostics", "list"]);
        let key = || fs::read_to_string(data.join("server.key")).expect("a key").trim().to_owned();
        let before = key();
        self.admin(&["key", "rotate"]);
        self.admin(&["key", "show"]);
        let mut secrets = self.secrets.borrow_mut();
        secrets.extend([before, key(), identity.trim().to_owned(), NEW_PASSWORD.to_owned()]);
        drop(secrets);
        self.admin(&["key", "rotate", "--new-key-file", text(&kept)]);
        self.secrets.borrow_mut().push(fs::read_to_string(&kept).expect("a key").trim().to_owned());
    }
}

/// Whether it is a line of a log: it begins with the time.
fn is_logged(line: &str) -> bool {
    let first = line.split(' ').next().unwrap_or_default();
    first.ends_with('Z') && first.contains('T') && first.starts_with("20")
}

#[test]
fn no_line_of_any_log_holds_what_was_written_or_is_secret() {
    let mut shop = Talkative::new(113);
    shop.note_keys(&shop.b);
    shop.write_and_read();
    shop.break_networks();
    shop.bring_up();
    shop.turn_keys();
    shop.administer();
    shop.note_keys(&shop.a);
    assert_eq!(shop.world.stop_server(), 0);
    let (log, said) = (shop.world.server_log(), shop.said.take());
    let mut secrets = shop.secrets.take();
    secrets.extend([PASSWORD, WRONG_PASSWORD, "Bearer", "AGE-SECRET"].map(str::to_owned));
    secrets.extend(shop.world.proxy.tokens());
    assert!(secrets.len() > 20 && secrets.iter().all(|secret| secret.len() >= 6), "{}", secrets.len());
    for secret in &secrets {
        assert!(!log.contains(secret.as_str()), "{secret:?} stands in the server's log");
        assert!(!said.contains(secret.as_str()), "{secret:?} was said on standard error");
    }
    assert!(!log.contains(CANARY), "the server logs what was written");
    let logged: Vec<&str> = said.lines().filter(|line| is_logged(line)).collect();
    assert!(!logged.is_empty(), "devices did log");
    for line in logged {
        assert!(!line.contains(CANARY), "{line}");
    }
}
