//! Calls of the built `fieldbook` command: run to their end, and signalled on the way where a plan says so.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::clock::{self, ms, pause};
use crate::deed::{Harm, HarmKind};

/// The built command.
#[derive(Debug, Clone)]
pub struct Program(pub PathBuf);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With a code.
    Code(i32),
    /// By a signal.
    Killed,
}

/// What a call came to.
#[derive(Debug)]
pub struct Outcome {
    pub end: End,
    pub out: String,
    pub err: String,
    pub took: Duration,
    /// What was planned to happen to the process met it alive.
    pub harmed: bool,
    /// It did not end by itself in a time that nothing here takes.
    pub hung: bool,
}

impl Outcome {
    /// Whether it ended with 0.
    pub fn is_well(&self) -> bool {
        self.end == End::Code(0)
    }

    /// Its last line of error.
    pub fn why(&self) -> &str {
        self.err.lines().last().unwrap_or("nothing was said")
    }
}

/// A call that takes longer than this, hangs.
const HANGS: Duration = Duration::from_secs(90);

/// Between two looks at a process.
const LOOK: Duration = Duration::from_millis(2);

impl Program {
    /// A call that is not yet made, in surroundings of its own.
    pub fn call<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.0);
        command.args(words).stdin(Stdio::null()).env("FIELDBOOK_LOG", "warn");
        for name in ["FIELDBOOK_HOME", "FIELDBOOK_PASSWORD", "http_proxy", "HTTP_PROXY", "ALL_PROXY"] {
            command.env_remove(name);
        }
        // A run leaves nothing in the secure store of whoever started it.
        command.env("FIELDBOOK_KEYS", "file");
        command
    }
}

/// Runs a call to its end.
pub fn run(command: &mut Command, input: &str, harm: Option<Harm>) -> io::Result<Outcome> {
    let begun = clock::now();
    let mut child = start(command, input)?;
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let (mut blows, mut hung) = (Blows::of(harm), false);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let age = clock::now().duration_since(begun);
        blows.strike(&mut child, age)?;
        if age > HANGS && !hung {
            hung = true;
            child.kill()?;
        }
        pause(LOOK);
    };
    let took = clock::now().duration_since(begun);
    Ok(Outcome { end: end(status), out: joined(out), err: joined(err), took, harmed: blows.met, hung })
}

fn start(command: &mut Command, input: &str) -> io::Result<Child> {
    let fed = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    let mut child = command.stdin(fed).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may end without reading everything.
        let _ = stdin.write_all(input.as_bytes());
    }
    Ok(child)
}

/// What is still to happen to a process.
struct Blows {
    next: Option<(Duration, Blow)>,
    /// One of them met it alive.
    met: bool,
}

#[derive(Clone, Copy)]
enum Blow {
    Kill,
    Freeze(Duration),
    Wake,
}

impl Blows {
    fn of(harm: Option<Harm>) -> Self {
        let next = harm.map(|Harm { after_ms, what }| match what {
            HarmKind::Kill => (ms(after_ms), Blow::Kill),
            HarmKind::Freeze(lasts) => (ms(after_ms), Blow::Freeze(ms(lasts))),
        });
        Self { next, met: false }
    }

    /// Does what is due to a process of this age.
    fn strike(&mut self, child: &mut Child, age: Duration) -> io::Result<()> {
        let Some((_, blow)) = self.next.take_if(|(at, _)| age >= *at) else { return Ok(()) };
        self.met = true;
        match blow {
            Blow::Kill => child.kill()?,
            Blow::Wake => signal(child, Signal::CONT),
            Blow::Freeze(lasts) => {
                signal(child, Signal::STOP);
                self.next = Some((age + lasts, Blow::Wake));
            }
        }
        Ok(())
    }
}

/// How a process ended.
pub fn end(status: ExitStatus) -> End {
    status.code().map_or(End::Killed, End::Code)
}

/// Sends a signal to a process of ours, if it runs: the number of one that was waited for may be somebody else's.
pub fn signal(child: &mut Child, signal: Signal) {
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // That it has ended meanwhile is no error: it is looked at next.
        let _ = kill_process(pid, signal);
    }
}

fn read(pipe: Option<impl Read + Send + 'static>) -> Option<JoinHandle<String>> {
    let mut pipe = pipe?;
    Some(thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }))
}

fn joined(reader: Option<JoinHandle<String>>) -> String {
    reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("BUG: the folders of a run have plain names")
}
