//! A process that runs as long as its shop is open: the server, or the loop that syncs a device. It can be asked to
//! end, killed, frozen, and started again; what it says is in files of the run's folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::Signal;

use crate::clock::{self, ms, pause};
use crate::program::{End, end, signal};

/// A service, running or not. Dropped, it is killed.
pub struct Service {
    /// As it is named in the journal.
    pub name: String,
    out: PathBuf,
    err: PathBuf,
    child: Option<Child>,
}

/// Who is asked to end has so long.
const ENDS_WITHIN: Duration = Duration::from_secs(20);

impl Service {
    /// One that does not run yet.
    pub fn new(folder: &Path, name: &str) -> Self {
        let file = |kind: &str| folder.join(format!("{name}.{kind}"));
        Self { name: name.to_owned(), out: file("out"), err: file("err"), child: None }
    }

    /// Starts it.
    pub fn start(&mut self, command: &mut Command) -> io::Result<()> {
        fs::write(&self.out, "")?;
        let err = File::options().create(true).append(true).open(&self.err)?;
        self.child = Some(command.stdout(File::options().append(true).open(&self.out)?).stderr(err).spawn()?);
        Ok(())
    }

    /// Whether it runs, or stands still.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// How it ended by itself, once; `None` while it runs and where it was ended from here.
    pub fn ended(&mut self) -> Option<End> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        Some(end(status))
    }

    /// Waits for the first line that it says since its last start.
    pub fn first_line(&mut self, limit: Duration) -> Option<String> {
        let begun = clock::now();
        while clock::now().duration_since(begun) < limit {
            let said = fs::read_to_string(&self.out).unwrap_or_default();
            if let Some((line, _)) = said.split_once('\n') {
                return Some(line.to_owned());
            }
            if !self.is_alive() {
                return None;
            }
            pause(ms(5));
        }
        None
    }

    /// Asks it to end; `None` where it did not in time, and was killed.
    pub fn terminate(&mut self) -> Option<End> {
        let mut child = self.child.take()?;
        signal(&mut child, Signal::TERM);
        let begun = clock::now();
        while clock::now().duration_since(begun) < ENDS_WITHIN {
            match child.try_wait() {
                Ok(None) => pause(ms(5)),
                Ok(Some(status)) => return Some(end(status)),
                Err(_) => break,
            }
        }
        let _ = (child.kill(), child.wait());
        None
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = (child.kill(), child.wait());
        }
    }

    /// Lets it stand still.
    pub fn freeze(&mut self) {
        self.child.iter_mut().for_each(|child| signal(child, Signal::STOP));
    }

    /// Lets it go on.
    pub fn wake(&mut self) {
        self.child.iter_mut().for_each(|child| signal(child, Signal::CONT));
    }

    /// Whether it has said something since its last start. Before that it has not begun, and dies of any signal.
    pub fn has_begun(&self) -> bool {
        fs::read(&self.out).is_ok_and(|said| said.contains(&b'\n'))
    }

    /// All that it ever wrote to standard error.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.err).unwrap_or_default()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}
