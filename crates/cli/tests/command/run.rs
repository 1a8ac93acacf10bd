//! Runs the built command: to its end, or beside the test with its lines as they come.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::wait;

/// The address of a session bus on which there is nobody.
pub const NOBODY: &str = "unix:path=/dev/null/nobody";

/// A call of the command that is not yet made.
pub fn fieldbook<S: AsRef<std::ffi::OsStr>>(words: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldbook"));
    command.args(words).stdin(Stdio::null());
    for name in [
        "FIELDBOOK_HOME",
        "FIELDBOOK_PASSWORD",
        "FIELDBOOK_PASSPHRASE",
        "FIELDBOOK_NEW_PASSPHRASE",
        "FIELDBOOK_SERVER_KEY",
        "FIELDBOOK_LOG",
        "http_proxy",
        "HTTP_PROXY",
        "ALL_PROXY",
    ] {
        command.env_remove(name);
    }
    // No test reaches the secure store of whoever runs it: one that is about stores names a bus of its own.
    command.env("FIELDBOOK_KEYS", "file").env("DBUS_SESSION_BUS_ADDRESS", NOBODY);
    command
}

/// What a call came to.
#[derive(Debug)]
pub struct Outcome {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl Outcome {
    /// Its output; it must have ended well.
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.exit, 0, "{self:?}");
        self.out
    }

    /// The lines of its output; it must have ended well.
    #[track_caller]
    pub fn lines(self) -> Vec<String> {
        self.well().lines().map(str::to_owned).collect()
    }

    /// It must have ended with this code and this first line of error.
    #[track_caller]
    pub fn check(&self, exit: i32, first_line: &str) {
        assert_eq!(self.err.lines().next().unwrap_or_default(), first_line, "{self:?}");
        assert_eq!(self.exit, exit, "{self:?}");
    }
}

/// Runs a call to its end.
pub fn run(command: &mut Command) -> Outcome {
    let output = command.output().expect("the command starts");
    outcome(output)
}

/// Runs a call to its end and feeds it.
pub fn fed(command: &mut Command, input: &str) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    thread::scope(|scope| {
        // It may end without reading everything.
        scope.spawn(move || stdin.write_all(input.as_bytes()).ok());
        outcome(child.wait_with_output().expect("the command ends"))
    })
}

fn outcome(output: std::process::Output) -> Outcome {
    Outcome {
        exit: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A call that runs beside the test. Dropped, it is killed.
pub struct Beside {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

impl Beside {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let mut beside = Self::spawn(command.stderr(Stdio::piped()));
        beside.errors = lines_of(beside.child.stderr.take().expect("a pipe"));
        beside
    }

    /// Starts it with its standard error in a file.
    pub fn start_logging(command: &mut Command, log: File) -> Self {
        Self::spawn(command.stderr(log))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the command starts");
        let lines = lines_of(child.stdout.take().expect("a pipe"));
        Self { child, lines, errors: channel().1 }
    }

    /// Its standard input, where that is a pipe.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("a pipe")
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its next line of output.
    pub fn line(&self) -> String {
        wait::next(&self.lines, "a line of output")
    }

    /// Its next line of output that contains something.
    pub fn line_with(&self, text: &str) -> String {
        loop {
            let line = wait::next(&self.lines, &format!("a line with {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Kills it, and gives what it had said and nobody had read.
    pub fn kill_9(mut self) -> Vec<String> {
        self.child.kill().expect("a kill");
        self.child.wait().expect("an end");
        self.lines.iter().collect()
    }

    /// Asks it to end, and gives its exit code and its lines of error.
    pub fn terminate(mut self) -> (i32, Vec<String>) {
        self.signal("-TERM");
        let status = self.child.wait().expect("an end");
        (status.code().unwrap_or(-1), self.errors.iter().collect())
    }

    /// Presses Ctrl-C, and gives its exit code and its lines of error.
    pub fn interrupt(mut self) -> (i32, Vec<String>) {
        self.signal("-INT");
        let status = self.child.wait().expect("an end");
        (status.code().unwrap_or(-1), self.errors.iter().collect())
    }

    /// Waits for its end, and gives its exit code and what nobody had read.
    pub fn end(mut self) -> (i32, Vec<String>) {
        let lines: Vec<String> = self.lines.iter().collect();
        let status = self.child.wait().expect("an end");
        (status.code().unwrap_or(-1), lines)
    }

    /// Waits for its end, and gives its exit code, what nobody had read, and its lines of error.
    pub fn ended(mut self) -> (i32, Vec<String>, Vec<String>) {
        let (lines, errors) = (self.lines.iter().collect(), self.errors.iter().collect());
        (self.child.wait().expect("an end").code().unwrap_or(-1), lines, errors)
    }

    /// Asks it to read its files again.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Its next line of error that contains something.
    pub fn error_with(&self, text: &str) -> String {
        loop {
            let line = wait::next(&self.errors, &format!("a line of error with {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path of ours")
}
