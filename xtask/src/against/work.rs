//! What both programs do: acts that are durable one by one, and a queue that is flushed to a real server. Each time it begins with
//! a copy of the same folders, so that no run has more to carry than the one before.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::Handed;
use crate::step::{Outcome, Step};

/// Acts of one run.
const ACTS: usize = 1_500;
/// Ops that wait before a flush.
const QUEUED: usize = 20_000;
/// Acts through one process, each of them durable before the next is begun.
const ACT: [&str; 4] = ["act", "-", "--home", "home"];
/// Of the one user.
const PASSWORD: &str = "correct horse battery";
/// Plain enough for the program of any commit.
const SCHEMA: &str = "schema = \"shop\"\nversion = 1\n\n[type.sale]\nlabel = \"what\"\n\n[type.sale.field]\n\
    what = { kind = \"text\", required = true }\ncount = { kind = \"integer\", merge = \"delta\", default = 0 }\n";

/// What is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Acts, one after the other.
    Act,
    /// A queue to the server.
    Flush,
}

impl Work {
    /// In their order.
    pub const ALL: [Self; 2] = [Self::Act, Self::Flush];

    /// In words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Act => "1,500 acts, each durable by itself",
            Self::Flush => "a flush of 20,000 queued ops",
        }
    }

    /// The folder that it begins with.
    fn ground(self) -> &'static str {
        match self {
            Self::Act => "signed-in",
            Self::Flush => "queued",
        }
    }
}

/// A program, and the folders that its runs begin with: a server's data and a home, signed in; and the same with a queue.
pub struct Stage<'a> {
    clock: &'a Clock,
    places: &'a Places,
    folder: PathBuf,
    program: PathBuf,
    port: u16,
}

impl<'a> Stage<'a> {
    /// Makes the folders, with the program itself.
    pub fn make(
        clock: &'a Clock,
        places: &'a Places,
        (folder, program): (PathBuf, PathBuf),
    ) -> Result<Self, Problem> {
        if folder.exists() {
            fs::remove_dir_all(&folder).while_trying("remove what an earlier run left")?;
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|at| at.local_addr());
        let port = free.while_trying("find a free port")?.port();
        let stage = Self { clock, places, folder, program, port };
        let ground = stage.folder.join(Work::Act.ground());
        fs::create_dir_all(&ground).while_trying("make a folder")?;
        fs::write(ground.join("schema.toml"), SCHEMA).while_trying("write a schema")?;
        stage.run(
            &ground,
            &["admin", "workspace", "add", "shop", "--schema", "schema.toml", "--data", "server"],
            "",
        )?;
        stage.run(
            &ground,
            &["admin", "user", "add", "ann", "--workspace", "shop", "--data", "server"],
            "",
        )?;
        let url = format!("http://127.0.0.1:{port}");
        let server = stage.serve(&ground)?;
        stage.run(
            &ground,
            &[
                "device",
                "sign-in",
                "--server",
                &url,
                "--workspace",
                "shop",
                "--user",
                "ann",
                "--home",
                "home",
            ],
            "",
        )?;
        drop(server);
        let queued = stage.folder.join(Work::Flush.ground());
        copy(&ground, &queued).while_trying("copy a folder")?;
        stage.run(&queued, &ACT, &lines(QUEUED))?;
        Ok(stage)
    }

    /// How long a work takes.
    pub fn time(&self, work: Work) -> Result<Duration, Problem> {
        let folder = self.folder.join("run");
        if folder.exists() {
            fs::remove_dir_all(&folder).while_trying("remove the run before")?;
        }
        copy(&self.folder.join(work.ground()), &folder).while_trying("copy a folder")?;
        match work {
            Work::Act => {
                let acts = lines(ACTS);
                self.timed(|| self.run(&folder, &ACT, &acts))
            }
            Work::Flush => {
                let _server = self.serve(&folder)?;
                let sync = ["sync", "--wait", "--timeout", "300", "--home", "home"];
                let begun = self.clock.elapsed();
                let said = self.run(&folder, &sync, "")?.stdout;
                let took = self.clock.elapsed().saturating_sub(begun);
                match said.contains(&format!("sent {QUEUED} ops")) {
                    true => Ok(took),
                    false => Err(Problem::failed(format!("the queue was not sent whole:\n{said}"))),
                }
            }
        }
    }

    fn timed(&self, work: impl FnOnce() -> Result<Outcome, Problem>) -> Result<Duration, Problem> {
        let begun = self.clock.elapsed();
        work()?;
        Ok(self.clock.elapsed().saturating_sub(begun))
    }

    fn run(&self, folder: &Path, words: &[&str], input: &str) -> Result<Outcome, Problem> {
        let taken = Arc::default();
        let progress = Handed { all: input.lines().count(), taken: Arc::clone(&taken) };
        let step = Step::new(self.call(folder, words), progress).fed(input.as_bytes().to_vec(), taken);
        let outcome = step.run(self.clock).while_trying("start the program")?;
        match outcome.success {
            true => Ok(outcome),
            false => Err(Problem::failed(format!(
                "{}\n\n`{} {}` failed.",
                outcome.tail(20),
                self.program.display(),
                words.join(" ")
            ))),
        }
    }

    /// A server that has begun to listen. Dropped, it is ended.
    fn serve(&self, folder: &Path) -> Result<Server, Problem> {
        let listen = format!("127.0.0.1:{}", self.port);
        let log = fs::File::create(folder.join("server.log")).while_trying("make a log")?;
        let mut command = self.call(folder, &["serve", "--data", "server", "--listen", &listen]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn();
        let mut server = Server(child.while_trying("start the server")?);
        let mut line = String::new();
        if let Some(out) = server.0.stdout.take() {
            BufReader::new(out).read_line(&mut line).while_trying("hear of the server")?;
        }
        match line.contains("http://") {
            true => Ok(server),
            false => {
                let log = fs::read_to_string(folder.join("server.log")).unwrap_or_default();
                Err(Problem::failed(format!("the server did not start:\n{line}{log}")))
            }
        }
    }

    fn call(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = self.places.command(&self.program);
        command.args(words).current_dir(folder).env_remove("FIELDBOOK_HOME").env_remove("FIELDBOOK_LOG");
        command.env("FIELDBOOK_PASSWORD", PASSWORD).env("FIELDBOOK_KEYS", "file");
        command
    }
}

/// A server that runs.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// New records, one in each line.
fn lines(count: usize) -> String {
    let mut lines = String::new();
    for n in 0..count {
        let id = format!("0198c0de-7a11-7000-8000-{n:012x}");
        let _ = writeln!(
            lines,
            "{{\"changes\":[{{\"insert\":\"sale\",\"id\":\"{id}\",\"fields\":{{\"what\":\"sale {n}\",\"count\":1}}}}]}}"
        );
    }
    lines
}

/// Copied down to the disk, so that no run waits for what a copy left to be written.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            fs::File::open(target)?.sync_all()?;
        }
    }
    Ok(())
}
