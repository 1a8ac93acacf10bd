//! The server as a child of this program: started, waited for, and stopped in order whatever happens.

use std::fs::{self, OpenOptions};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::ground::Ground;
use super::health;
use super::interrupt::{Asked, Interrupt};
use super::running::Running;
use crate::clock::{Clock, pause};
use crate::problem::{Problem, While};
use crate::signal::send;

const LOG: &str = "server.log";
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// How long a start may take.
const START: Duration = Duration::from_secs(30);
/// How long a server that has heard Ctrl-C itself is left alone.
const OWN_WAY: Duration = Duration::from_secs(2);
/// How long an orderly stop may take.
const STOP: Duration = Duration::from_secs(15);

/// A running server.
pub struct Server<'a> {
    child: Child,
    clock: &'a Clock,
    ground: &'a Ground,
    /// Where it listens.
    pub port: u16,
}

impl<'a> Server<'a> {
    /// Starts it and waits until it is well.
    pub fn start(
        clock: &'a Clock,
        ground: &'a Ground,
        mut command: Command,
        port: u16,
        interrupt: &Interrupt,
    ) -> Result<Self, Problem> {
        let log = OpenOptions::new().create(true).append(true).open(ground.path(LOG));
        let log = log.while_trying("open the server's log")?;
        command.stdin(Stdio::null()).stderr(log.try_clone().while_trying("open the server's log")?);
        let child = command.stdout(log).spawn().while_trying("start the server")?;
        let mut server = Self { child, clock, ground, port };
        Running { pid: server.child.id(), port }.note(ground)?;
        server.wait_until_well(interrupt)?;
        Ok(server)
    }

    fn wait_until_well(&mut self, interrupt: &Interrupt) -> Result<(), Problem> {
        let begun = self.clock.elapsed();
        while !health::is_well(self.port) {
            interrupt.go_on()?;
            if let Some(why) = self.ended()? {
                return Err(Problem::failed(why));
            }
            if self.clock.elapsed() > begun + START {
                return Err(Problem::failed(format!("the server does not answer:\n{}", self.log_tail())));
            }
            pause(LOOK);
        }
        Ok(())
    }

    /// Waits for Ctrl-C; an answer says why the server ended before.
    pub fn ended_before(&mut self, interrupt: &Interrupt) -> Result<Option<String>, Problem> {
        while interrupt.heard().is_none() {
            if let Some(why) = self.ended()? {
                // On Ctrl-C the server may be gone before this program has heard of it.
                pause(4 * LOOK);
                return Ok(interrupt.heard().is_none().then_some(why));
            }
            pause(LOOK);
        }
        Ok(None)
    }

    /// Asks it to end and waits until it has.
    pub fn stop(&mut self, asked: Option<Asked>) -> Result<(), Problem> {
        let mut gone = asked == Some(Asked::Everyone) && self.gone_within(OWN_WAY)?;
        if !gone {
            send("-TERM", self.child.id());
            gone = self.gone_within(STOP)?;
        }
        Running::forget(self.ground);
        if !gone {
            self.child.kill().while_trying("end the server")?;
        }
        let status = self.child.wait().while_trying("wait for the server")?;
        if !gone {
            return Err(Problem::failed("the server did not stop when asked and was ended"));
        }
        if !status.success() {
            return Err(Problem::failed(format!("the server stopped with {status}:\n{}", self.log_tail())));
        }
        Ok(())
    }

    fn gone_within(&mut self, limit: Duration) -> Result<bool, Problem> {
        let begun = self.clock.elapsed();
        while self.child.try_wait().while_trying("look after the server")?.is_none() {
            if self.clock.elapsed() > begun + limit {
                return Ok(false);
            }
            pause(LOOK);
        }
        Ok(true)
    }

    fn ended(&mut self) -> Result<Option<String>, Problem> {
        let status = self.child.try_wait().while_trying("look after the server")?;
        Ok(status.map(|status| format!("the server ended with {status}:\n{}", self.log_tail())))
    }

    fn log_tail(&self) -> String {
        let log = fs::read(self.ground.path(LOG)).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // An error on the way must not leave a server behind; what went wrong is already on its way up.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.stop(None).ok();
        }
        Running::forget(self.ground);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::sync::atomic::{AtomicU32, Ordering};

    use crate::places::Places;

    static FOLDERS: AtomicU32 = AtomicU32::new(0);

    /// A child that runs `script`, on a folder of its own, judged once it has said "ready".
    fn check(script: &str, judge: impl FnOnce(&mut Server<'_>)) {
        let place = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fieldbook-server-{}-{place}", std::process::id()));
        let places = Places { root: folder.clone(), target: folder.join("target") };
        let ground = Ground::at(&places, Some(&folder.to_string_lossy())).expect("a folder");
        ground.begin().expect("begun");
        let clock = Clock::start();
        let mut shell = Command::new("sh");
        let mut child = shell.args(["-c", script]).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut ready = [0; 6];
        child.stdout.as_mut().expect("a pipe").read_exact(&mut ready).expect("the word");
        judge(&mut Server { child, clock: &clock, ground: &ground, port: 1 });
        ground.clear().expect("cleared");
    }

    #[test]
    fn a_server_that_ends_in_order_is_well_stopped() {
        check("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", |server| {
            assert_eq!(server.stop(None), Ok(()));
        });
    }

    #[test]
    fn a_server_that_ends_by_itself_says_how() {
        check("echo ready; exit 7", |server| {
            server.child.wait().expect("ended");
            assert!(server.ended().expect("looked").is_some_and(|why| why.contains('7')));
        });
    }

    #[test]
    fn a_server_that_stops_with_an_error_is_told() {
        check("trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done", |server| {
            assert!(server.stop(None).is_err());
        });
    }

    #[test]
    fn a_server_that_heard_ctrl_c_itself_is_not_asked_again() {
        check("trap 'exit 3' TERM; echo ready; sleep 0.3; exit 0", |server| {
            assert_eq!(server.stop(Some(Asked::Everyone)), Ok(()));
        });
    }
}
