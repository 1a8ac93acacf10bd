//! The note that a running server leaves in its folder, so that a second start finds it.

use std::fs;

use super::ground::Ground;
use super::health;
use crate::problem::{Problem, While};
use crate::signal::send;

const FILE: &str = "up.json";

/// A server that runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Where it listens.
    pub port: u16,
}

impl Running {
    /// The one on this folder, if its process is alive and it answers.
    pub fn on(ground: &Ground) -> Option<Self> {
        let running = parse(&fs::read_to_string(ground.path(FILE)).ok()?)?;
        (send("-0", running.pid) && health::is_well(running.port)).then_some(running)
    }

    /// Leaves the note.
    pub fn note(&self, ground: &Ground) -> Result<(), Problem> {
        let text = format!("{{ \"pid\": {}, \"port\": {} }}\n", self.pid, self.port);
        fs::write(ground.path(FILE), text).while_trying("note where the server runs")
    }

    /// Takes the note away.
    pub fn forget(ground: &Ground) {
        // A note that is left over names a process that is gone; the next start sees that.
        fs::remove_file(ground.path(FILE)).ok();
    }
}

fn parse(text: &str) -> Option<Running> {
    Some(Running { pid: number(text, "\"pid\":")?, port: number(text, "\"port\":")? })
}

fn number<N: std::str::FromStr>(text: &str, key: &str) -> Option<N> {
    let rest = text.split_once(key)?.1.trim_start();
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let cases = [
            ("{ \"pid\": 1234, \"port\": 4180 }\n", Some(Running { pid: 1234, port: 4180 })),
            ("{\"port\":4180,\"pid\":1234}", Some(Running { pid: 1234, port: 4180 })),
            ("{ \"pid\": 1234 }", None),
            ("{ \"pid\": 1234, \"port\": 99999 }", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
