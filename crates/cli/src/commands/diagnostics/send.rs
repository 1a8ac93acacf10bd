//! `fieldbook diagnostics send`: the same file, to the server.

use clap::Args;
use fieldbook_device::Device;
use serde::Serialize;

use super::make::{Contents, What};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{interrupt, output};

/// Send the server what `make` writes into a file: whoever runs it sees that it came
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook diagnostics send --home till-a

It prints what goes in, and under which name the server keeps it: tell that name to whoever helps.")]
pub struct Send {
    #[command(flatten)]
    what: What,
}

/// What was sent, for programs.
#[derive(Serialize)]
struct Sent<'a> {
    name: &'a str,
    #[serde(flatten)]
    contents: &'a Contents,
}

impl Send {
    /// Sends it.
    pub fn run(self) -> Result<Exit, Failure> {
        if self.what.home.offline {
            return Err(Failure::wrong("sending takes a network; without one: fieldbook diagnostics make"));
        }
        let device = self.what.home.open()?;
        let made = self.what.make()?;
        if !output::in_json() {
            output::line(&made.contents.told())?;
        }
        let name = sent(&device, made.file)?;
        let words = || format!("sent; the server keeps it as {name}");
        output::answer(words, &Sent { name: &name, contents: &made.contents })?;
        Ok(Exit::Done)
    }
}

fn sent(device: &Device, file: Vec<u8>) -> Result<String, Failure> {
    let reply = device.send_diagnostics(interrupt::runtime()?.handle(), file);
    reply.map(|reply| reply.name).map_err(|error| match error.is_absent() {
        true => {
            let words = "this server takes no diagnostics, since it is older than this program: make a file with \
                         `fieldbook diagnostics make` and give that to whoever helps";
            Failure::new(Exit::Failed, "not-taken", words)
        }
        false => error.into(),
    })
}
