//! The holder `keyring`, with a real Secret Service on a session bus of its own, as a desktop has them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::choice::undecided;
use crate::holders::{nowhere_in, sign_in};
use crate::keys::digits;
use crate::run::{Beside, Outcome, run, text};
use crate::troubles::Page;
use crate::wait;
use crate::world::{Device, World};

const STORE: &str = "org.freedesktop.secrets";
const STORE_PATH: &str = "/org/freedesktop/secrets";
const COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";
pub const LOGIN: &str = "the login's own password";

/// A session bus with a secure store on it that is unlocked.
pub struct Session {
    folder: TempDir,
    /// Where the store keeps its files.
    data: PathBuf,
    bus: String,
    _daemon: Beside,
    store: Option<Beside>,
}

impl Session {
    pub fn start() -> Self {
        let mut session = Self::on(None);
        session.log_in();
        session
    }

    /// The same with the store's files in a folder that is there, for whoever types this as the login's password.
    pub fn start_in(data: &Path, typed: &str) -> Self {
        let mut session = Self::on(Some(data));
        session.log_in_with(typed);
        session
    }

    fn on(data: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (run, own) = (folder.path().join("run"), folder.path().join("data"));
        for path in [&run, &own] {
            fs::create_dir(path).expect("a folder");
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).expect("its owner's");
        }
        let data = data.map_or(own, Path::to_owned);
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1"])
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY");
        let bus = Beside::start(&mut bus);
        let address = bus.line();
        Self { folder, data, bus: address, _daemon: bus, store: None }
    }

    /// Starts the store anew and unlocks it, as a login to a desktop does.
    pub fn log_in(&mut self) {
        self.log_in_with(LOGIN);
    }

    fn log_in_with(&mut self, typed: &str) {
        self.store = None;
        while self.has_store() {}
        let mut store = Command::new("gnome-keyring-daemon");
        store.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
        store.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        let mut store = Beside::start(self.around(&mut store));
        store.stdin().write_all(typed.as_bytes()).expect("typed");
        self.store = Some(store);
        let begun = wait::now();
        while !self.has_store() {
            assert!(begun.elapsed() < wait::LIMIT, "no secure store");
        }
    }

    fn has_store(&self) -> bool {
        let words = "org.freedesktop.DBus.NameHasOwner";
        self.asks(&["org.freedesktop.DBus", "/", words, &format!("string:{STORE}")]).contains("true")
    }

    /// A call within the session.
    pub fn run(&self, call: &mut Command) -> Outcome {
        run(self.around(call))
    }

    /// A call on its bus.
    fn around<'a>(&self, call: &'a mut Command) -> &'a mut Command {
        call.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        call.env("XDG_DATA_HOME", &self.data).env("XDG_RUNTIME_DIR", self.folder.path().join("run"))
    }

    /// What somebody on the bus answers.
    fn asks(&self, words: &[&str]) -> String {
        let mut call = Command::new("dbus-send");
        call.args(["--session", "--print-reply", &format!("--dest={}", words[0])]).args(&words[1..]);
        self.run(&mut call).out
    }

    /// The entries of ours, by their names on the bus.
    pub fn entries(&self) -> Vec<String> {
        let words = "org.freedesktop.Secret.Service.SearchItems";
        let told = self.asks(&[STORE, STORE_PATH, words, "dict:string:string:service,fieldbook"]);
        let names = told.lines().filter_map(|line| line.split("object path \"").nth(1));
        names.map(|name| name.trim_end_matches('"').to_owned()).collect()
    }

    /// Locks it, as a screen that was left alone does.
    pub fn lock(&self) {
        let words = "org.freedesktop.Secret.Service.Lock";
        self.asks(&[STORE, STORE_PATH, words, &format!("array:objpath:{COLLECTION}")]);
    }
}

/// The name of a home's entry, as `keys.json` has it.
fn entry(device: &Device) -> String {
    let text = fs::read_to_string(device.home.join("keys.json")).expect("keys");
    let (_, rest) = text.split_once("{\"keyring\":\"").expect("the holder");
    rest.split('"').next().expect("its end").to_owned()
}

/// The secret that the store has for a home, in its digits.
fn secret(session: &Session, device: &Device) -> String {
    // A copy of the home shows it: the holder is changed there to a file, and the store's entry is put back.
    let copy = session.folder.path().join("copy");
    fs::create_dir(&copy).expect("a folder");
    for file in fs::read_dir(&device.home).expect("a home").flatten() {
        fs::copy(file.path(), copy.join(file.file_name())).expect("copied");
    }
    let copied = Device { home: copy };
    session.run(&mut copied.call(&["device", "holder", "file"])).well();
    let secret = fs::read_to_string(copied.home.join("device.secret")).expect("a secret");
    secret.split('"').find(|part| part.len() == 64).expect("its digits").to_owned()
}

#[test]
fn what_opens_a_home_lies_in_the_secure_store_and_nowhere_else() {
    let (world, session) = (World::new(109), Session::start());
    let a = Device { home: world.path("a") };
    let told = session.run(&mut sign_in(&world, &a, "keyring"));
    assert!(told.err.contains("lies in this system's secure store"), "{told:?}");
    told.well();
    assert_eq!(session.entries().len(), 1);
    session.run(&mut a.call(&["act", "--insert", "customer", "name=Ann"])).well();
    assert!(session.run(&mut a.call(&["sync", "--wait"])).well().starts_with("sent 1 op;"));
    assert!(session.run(&mut sign_in(&world, &a, "keyring")).well().starts_with("signed in again"));
    assert_eq!(session.entries().len(), 1, "one entry for each home");
    let doctor = session.run(&mut a.call(&["doctor", "--offline"])).out;
    assert!(
        doctor.contains("ok    keys         holder keyring: the system's secure store answers"),
        "{doctor}"
    );
    assert!(doctor.contains("fieldbook device holder changes who it is"), "{doctor}");
    let doctor = run(&mut a.call(&["doctor", "--offline"]));
    assert!(
        doctor.out.contains("fail  keys         holder keyring: the system's secure store does not answer"),
        "{doctor:?}"
    );
    assert!(!a.home.join("device.secret").exists());
    let secret = secret(&session, &a);
    assert_eq!(session.entries().len(), 0, "who is no holder any more has nothing");
    nowhere_in(&a, &[secret]);
    let told = session.run(&mut a.call(&["status"]));
    assert!(told.err.contains("has no entry") && told.exit == 2, "{told:?}");
    let doctor = session.run(&mut a.call(&["doctor", "--offline"]));
    assert!(doctor.out.contains("answers, and has no entry for this folder"), "{doctor:?}");
    assert_eq!(doctor.exit, 1);
}

#[test]
fn a_home_goes_into_the_store_and_out_of_it() {
    let (world, session) = (World::new(110), Session::start());
    let a = world.device("a", "ann");
    let before = digits(&a.home);
    session.run(&mut a.call(&["device", "holder", "keyring"])).well();
    nowhere_in(&a, &before);
    session.run(&mut a.call(&["device", "rotate-key"])).well();
    session.run(&mut a.call(&["device", "lock"])).well();
    session.run(&mut a.call(&["device", "unlock"])).well();
    session.run(&mut a.call(&["device", "holder", "file"])).well();
    assert!(session.entries().is_empty());
    assert_eq!(digits(&a.home)[..2], before[..2]);
    a.sync();
}

/// The rows of the page of errors that are about the store.
pub fn rows(page: &Page, world: &World) {
    let mut session = Session::start();
    let a = Device { home: world.path("in-the-store") };
    session.run(&mut sign_in(world, &a, "keyring")).well();
    let query = |more: &[&str]| {
        let mut call = a.call(&["query", "select 1 as one"]);
        call.args(more);
        call
    };
    page.check("No secure store answers", &mut |more| {
        let nobody = format!("unix:path={}", text(&session.folder.path().join("nobody")));
        run(query(more).env("DBUS_SESSION_BUS_ADDRESS", nobody))
    });
    session.lock();
    let doctor = session.run(&mut a.call(&["doctor", "--offline"]));
    assert!(doctor.out.contains("holder keyring: the system's secure store is locked: open"), "{doctor:?}");
    page.check("The secure store is locked", &mut |more| session.run(&mut query(more)));
    let new = Device { home: world.path("nobodys") };
    page.check("Nobody says who holds the secret of a new home", &mut |more| {
        session.run(undecided(world, &new).args(more))
    });
    assert!(!new.home.exists(), "nothing was made");
    session.log_in();
    session.run(&mut query(&[])).well();
    for entry in session.entries() {
        session.asks(&[STORE, &entry, "org.freedesktop.Secret.Item.Delete"]);
    }
    page.check("The secure store has no entry", &mut |more| session.run(&mut query(more)));
    assert!(session.run(&mut query(&[])).err.contains(&entry(&a)));
}
