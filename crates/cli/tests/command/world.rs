//! A server, a proxy in front of it, and devices, in one temporary folder.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fieldbook_crypto::{DataKey, OuterKey, WrappedDataKey};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::plain;
use crate::proxy::Proxy;
use crate::run::{Beside, Outcome, fed, fieldbook, run, text};

pub const WORKSPACE: &str = "shop";
pub const PASSWORD: &str = "correct horse battery";

/// A file of the repository.
pub fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Everything of one test.
pub struct World {
    folder: TempDir,
    server: Option<Beside>,
    address: SocketAddr,
    pub proxy: Proxy,
}

impl World {
    /// A server with a workspace and the users ann and ben, and the network between.
    pub fn new(seed: u64) -> Self {
        let schema = fs::read_to_string(file("apps/counter/schema.toml")).expect("the schema");
        Self::of(seed, &schema, &[("ann", "member"), ("ben", "member")])
    }

    /// The same with another app, and users with their roles.
    pub fn of(seed: u64, schema: &str, users: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, path) = (folder.path().join("server"), folder.path().join("schema.toml"));
        fs::write(&path, schema).expect("written");
        let add = ["admin", "workspace", "add", WORKSPACE, "--schema", text(&path), "--data", text(&data)];
        run(&mut fieldbook(add)).well();
        for (user, role) in users {
            let add = ["admin", "user", "add", user, "--role", role, "--workspace", WORKSPACE];
            let add = fieldbook(add.into_iter().chain(["--data", text(&data)]));
            run({ add }.env("FIELDBOOK_PASSWORD", PASSWORD)).well();
        }
        let (server, address) = serve(folder.path(), "127.0.0.1:0", |_, call| call);
        let proxy = Proxy::start(address, seed);
        Self { folder, server: Some(server), address, proxy }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Kills the server as a power cut would.
    pub fn kill_server(&mut self) {
        self.server.take().expect("a server that runs").kill_9();
    }

    /// Starts the server again at the address that it had.
    pub fn start_server(&mut self) {
        self.start_server_by(|_, call| call);
    }

    /// The same by another call, which is given the server's folder.
    pub fn start_server_by(&mut self, by: impl FnOnce(&Path, Command) -> Command) {
        let (server, address) = serve(self.folder.path(), &self.address.to_string(), by);
        assert_eq!(address, self.address);
        self.server = Some(server);
    }

    /// Stops the server in order, and gives its exit code.
    pub fn stop_server(&mut self) -> i32 {
        self.server.take().expect("a server that runs").terminate().0
    }

    /// The process that was started as the server.
    pub fn server_pid(&self) -> u32 {
        self.server.as_ref().expect("a server that runs").pid()
    }

    /// Everything that all servers of this world wrote to standard error.
    pub fn server_log(&self) -> String {
        fs::read_to_string(self.path("server.log")).expect("a log")
    }

    /// A device that has signed in.
    pub fn device(&self, name: &str, user: &str) -> Device {
        let device = Device { home: self.path(name) };
        self.sign_in(&device, user, PASSWORD).well();
        device
    }

    /// A device that has signed in over another network.
    pub fn device_over(&self, url: &str, name: &str, user: &str) -> Device {
        let device = Device { home: self.path(name) };
        sign_in(url, &device, user, PASSWORD).well();
        device
    }

    /// Tries to sign a device in.
    pub fn sign_in(&self, device: &Device, user: &str, password: &str) -> Outcome {
        sign_in(&self.proxy.url(), device, user, password)
    }

    /// Where the server listens, without the proxy.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Administers members.
    pub fn member(&self, words: &[&str]) -> Outcome {
        let data = self.path("server");
        let of = ["--workspace", WORKSPACE, "--data", text(&data)];
        run(&mut fieldbook(["admin", "member"].iter().chain(words).chain(&of)))
    }

    /// What the server shows.
    pub fn export(&self) -> Vec<String> {
        let data = self.path("server");
        run(&mut fieldbook(["admin", "export", "--workspace", WORKSPACE, "--data", text(&data)])).lines()
    }
}

impl Drop for World {
    /// Whatever the test was about.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            plain::nowhere_in(self.folder.path());
        }
    }
}

fn sign_in(url: &str, device: &Device, user: &str, password: &str) -> Outcome {
    let words = ["device", "sign-in", "--server", url, "--workspace", WORKSPACE, "--user", user];
    run(fieldbook(words).args(["--home", text(&device.home)]).env("FIELDBOOK_PASSWORD", password))
}

fn serve(folder: &Path, listen: &str, by: impl FnOnce(&Path, Command) -> Command) -> (Beside, SocketAddr) {
    let log = File::options().create(true).append(true).open(folder.join("server.log")).expect("a log");
    let data = folder.join("server");
    let mut command = fieldbook(["serve", "--data", text(&data), "--listen", listen, "--log-format", "json"]);
    command.env("FIELDBOOK_LOG", "trace");
    let server = Beside::start_logging(&mut by(&data, command), log);
    let line = server.line();
    let address = line.rsplit("http://").next().and_then(|address| address.parse().ok());
    (server, address.unwrap_or_else(|| panic!("an address in {line:?}")))
}

/// A file of a server's data folder whose key lies beside it, as anybody opens it who has both.
pub fn opened(data: &Path, name: &str) -> Connection {
    let text = |name: &str| fs::read_to_string(data.join(name)).expect("a key");
    let outer = OuterKey::read(&text("server.key")).expect("an outer key");
    let wrapped = WrappedDataKey::read(&text("keys.json")).expect("a wrapped key");
    let key = DataKey::unwrap(&wrapped, &outer).expect("a data key").file(name);
    let connection = Connection::open(data.join(name)).expect("a file");
    connection.execute_batch(&format!("PRAGMA key = \"{}\"", *key.sqlcipher())).expect("its key");
    connection
}

/// A device's home.
pub struct Device {
    pub home: PathBuf,
}

impl Device {
    /// A call on this device.
    pub fn call(&self, words: &[&str]) -> Command {
        let mut command = fieldbook(words);
        command.args(["--home", text(&self.home)]);
        command
    }

    /// Runs a call to its end.
    pub fn run(&self, words: &[&str]) -> Outcome {
        run(&mut self.call(words))
    }

    /// Acts through standard input, and gives a line for each action.
    pub fn acts(&self, lines: &str) -> Outcome {
        fed(&mut self.call(&["act", "-", "--json"]), lines)
    }

    /// Loads the demo shop.
    pub fn load_shop(&self) -> usize {
        let lines = run(&mut fieldbook(["demo", text(&file("apps/counter/demo"))])).well();
        self.acts(&lines).lines().len()
    }

    /// Syncs until everything is level.
    #[track_caller]
    pub fn sync(&self) -> String {
        self.run(&["sync", "--wait", "--timeout", "60"]).well()
    }

    /// The only cell of a query's result.
    #[track_caller]
    pub fn cell(&self, sql: &str) -> String {
        let lines = self.run(&["query", "--json", sql]).lines();
        let [line] = lines.as_slice() else { panic!("one row: {lines:?}") };
        let cell = line.split_once(':').and_then(|(_, rest)| rest.strip_suffix('}')).expect("one column");
        cell.trim_matches('"').to_owned()
    }

    /// How many ops of the log are in a state.
    #[track_caller]
    pub fn count(&self, state: &str) -> usize {
        self.run(&["log", "--json", "--state", state, "--max", "100000"]).lines().len()
    }

    /// What it shows.
    #[track_caller]
    pub fn export(&self) -> Vec<String> {
        self.run(&["export"]).lines()
    }

    /// Starts a call beside the test.
    pub fn beside(&self, words: &[&str]) -> Beside {
        Beside::start(&mut self.call(words))
    }

    /// Starts `act -` beside the test, with a pipe to feed it.
    pub fn acting(&self) -> Beside {
        Beside::start(self.call(&["act", "-", "--json"]).stdin(Stdio::piped()))
    }
}
