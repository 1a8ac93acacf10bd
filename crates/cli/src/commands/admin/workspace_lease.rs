//! `fieldbook admin workspace lease`: for how long the devices of a workspace may be opened without hearing from the server.

use clap::Args;
use serde::Serialize;

use super::{operator, store, workspace};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::server_key::DataArgs;

/// Say for how long devices of a workspace may be opened without hearing from the server; or tell it
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin workspace lease shop 14d --data shop/server

A device learns of it with its next pull. One that has not heard from the server for so long locks itself when it is opened
next, and `fieldbook device unlock` opens it again with a connection; what waits in it stays. docs/guide/keys.md tells whom
that holds off.")]
pub struct WorkspaceLease {
    /// Its name
    name: String,
    /// How long: 90s, 45m, 12h or 14d; or off
    #[arg(value_parser = length)]
    length: Option<Length>,
    #[command(flatten)]
    data: DataArgs,
}

/// How long, in seconds; nothing: without an end.
#[derive(Debug, Clone, Copy)]
struct Length(Option<u64>);

/// For programs.
#[derive(Serialize)]
struct Told<'a> {
    workspace: &'a str,
    lease_seconds: Option<u64>,
}

impl WorkspaceLease {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = self.data.open()?;
        let row = workspace(&folder, &self.name)?;
        if let Some(Length(seconds)) = self.length {
            folder.accounts().set_lease(row.id, seconds, &operator(), clock::wall()).map_err(store)?;
        }
        let lease_seconds = folder.accounts().lease(row.id).map_err(store)?;
        let words = || match lease_seconds {
            Some(seconds) => format!(
                "devices of the workspace {} lock when they have not heard from the server for {}",
                row.name,
                spoken(seconds)
            ),
            None => format!("devices of the workspace {} may stay away from the server for ever", row.name),
        };
        output::answer(words, &Told { workspace: &row.name, lease_seconds })?;
        Ok(Exit::Done)
    }
}

/// The units, from the longest.
const UNITS: [(char, u64, &str); 4] =
    [('d', 86_400, "day"), ('h', 3_600, "hour"), ('m', 60, "minute"), ('s', 1, "second")];

fn length(text: &str) -> Result<Length, String> {
    if text == "off" {
        return Ok(Length(None));
    }
    let read = text.chars().last().and_then(|unit| {
        let (_, seconds, _) = UNITS.into_iter().find(|(name, ..)| *name == unit)?;
        let count: u64 = text[..text.len() - 1].parse().ok()?;
        count.checked_mul(seconds).filter(|seconds| (1..=100 * 366 * 86_400).contains(seconds))
    });
    read.map(|seconds| Length(Some(seconds))).ok_or_else(|| "write 90s, 45m, 12h, 14d, or off".to_owned())
}

fn spoken(seconds: u64) -> String {
    let whole = UNITS.into_iter().find(|(_, unit, _)| seconds.is_multiple_of(*unit));
    let (_, unit, noun) = whole.unwrap_or(('s', 1, "second"));
    output::plural(seconds / unit, noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_read_and_told_in_its_unit() {
        for (text, told) in [("14d", "14 days"), ("1h", "1 hour"), ("90s", "90 seconds"), ("60m", "1 hour")] {
            let read = length(text).expect(text).0.expect("a length");
            assert_eq!(spoken(read), told);
        }
        assert!(length("off").expect("off").0.is_none());
        for wrong in ["", "d", "14", "0d", "-1d", "1w", "99999999999999999999d", "1.5h", "1ä"] {
            assert!(length(wrong).is_err(), "{wrong:?}");
        }
    }
}
