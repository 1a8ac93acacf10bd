//! The real program as a server: a workspace with one user is made, then `fieldbook serve` runs as a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fieldbook_model::{Json, json};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::peer::lines::{Ask, object};
use crate::rest;
use crate::shop::schema_text;

/// The workspace's name.
pub const WORKSPACE: &str = "shop";
/// The user's name.
pub const USER: &str = "ann";

/// A running server. Dropped, it is asked to end, and waited for.
pub struct Server {
    child: Child,
    /// Where it is.
    pub url: String,
    /// Of its one user.
    pub password: String,
    /// The data folder, and the name of its one workspace's file.
    database: (PathBuf, String),
}

#[derive(Deserialize)]
struct Serving {
    url: String,
}

impl Server {
    /// Starts one with an empty workspace.
    pub fn start(folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let password = password();
        let schema = folder.join("schema.toml");
        fs::write(&schema, schema_text()).map_err(|error| error.to_string())?;
        let data = folder.join("data");
        admin(&["workspace", "add", WORKSPACE, "--schema", &text(&schema)], &data, &password)?;
        admin(&["user", "add", USER, "--workspace", WORKSPACE], &data, &password)?;
        let mut serve = program();
        serve.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        let log = fs::File::create(folder.join("server.log")).map_err(|error| error.to_string())?;
        let child = serve.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = child.map_err(missing)?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut line).map_err(|error| error.to_string())?;
        let serving = json::parse::<Serving>(&line).map_err(|_| format!("it does not serve: {line:?}"));
        let mut server = Self { child, url: String::new(), password, database: Default::default() };
        server.url = serving?.url;
        let file = database(&data)?;
        server.database = (data, file);
        Ok(server)
    }

    /// How many records its own store holds, counted in its file from outside.
    pub fn count(&self) -> Result<u64, String> {
        let (data, name) = &self.database;
        let file = rest::open(data, name)?;
        let count = file.query_row("SELECT count(*) FROM record", [], |row| row.get::<_, i64>(0));
        count.map(i64::unsigned_abs).map_err(|error| error.to_string())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// Answers the harness's words for a server.
pub fn answer(server: &mut Option<Server>, ask: &Ask) -> Result<Json, String> {
    match (ask.cmd.as_str(), &server) {
        ("start", None) => {
            let started = Server::start(ask.dir.as_ref())?;
            let port = started.url.rsplit(':').next().and_then(|port| port.parse().ok());
            let said = object([
                ("port", Json::Int(port.ok_or("no port")?)),
                ("pid", Json::Int(started.pid().into())),
                ("password", Json::Text(started.password.clone())),
            ]);
            *server = Some(started);
            Ok(said)
        }
        ("count", Some(server)) => Ok(object([("n", Json::Int(server.count()? as i64))])),
        (other, _) => Err(format!("{other} is nothing for this server")),
    }
}

/// The program beside this one.
fn program() -> Command {
    let here = std::env::current_exe().unwrap_or_default();
    Command::new(here.with_file_name("fieldbook"))
}

fn missing(error: std::io::Error) -> String {
    format!(
        "{} does not start ({error}); build it: cargo build --release",
        text(program().get_program().as_ref())
    )
}

fn admin(words: &[&str], data: &Path, password: &str) -> Result<(), String> {
    let mut command = program();
    command.arg("admin").args(words).arg("--data").arg(data).env("FIELDBOOK_PASSWORD", password);
    let output = command.stdin(Stdio::null()).output().map_err(missing)?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The file of the one workspace.
fn database(data: &Path) -> Result<String, String> {
    let entries = fs::read_dir(data.join("workspaces")).map_err(|error| error.to_string())?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    files
        .find(|path| path.extension().is_some_and(|end| end == "db"))
        .and_then(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .ok_or_else(|| "no workspace".to_owned())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn password() -> String {
    let mut bytes = [0_u8; 12];
    getrandom::fill(&mut bytes).expect("random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
