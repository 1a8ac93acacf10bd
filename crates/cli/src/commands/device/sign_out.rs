//! `fieldbook device sign-out`: ends the session of this device. What it holds stays here.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use fieldbook_device::Asking;
use fieldbook_protocol::account::DoneReply;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::{interrupt, output};

/// Sign this device out: the server takes nothing from it any more until it signs in again
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook device sign-out --home till-a

Everything stays on this device. What it has not sent yet is not on the server: sync first, or export it.")]
pub struct SignOut {
    /// Sign out although something was not sent yet; it stays here and is sent after the next sign-in
    #[arg(long)]
    keep_unsent: bool,
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Answer {
    signed_out: bool,
    /// How many actions wait here for the next sign-in.
    unsent: u64,
}

impl SignOut {
    /// Signs out.
    pub fn run(self) -> Result<Exit, Failure> {
        self.home.needs_connection("signing out")?;
        let device = self.home.open()?;
        let unsent = device.store().waiting()?;
        if unsent > 0 && !self.keep_unsent {
            agree(unsent)?;
        }
        let asking = Asking::account("auth/sign-out").done();
        device.ask::<DoneReply>(interrupt::runtime()?.handle(), &asking)?;
        let words = || match unsent {
            0 => "signed out; everything is on the server, and stays here too".to_owned(),
            count => format!("signed out; what was not sent waits here for the next sign-in: {count}"),
        };
        output::answer(words, &Answer { signed_out: true, unsent })?;
        Ok(Exit::Done)
    }
}

/// Asks whether somebody wants that; without a terminal nobody does.
fn agree(unsent: u64) -> Result<(), Failure> {
    let what = format!(
        "not sent yet: {unsent}. Send it first with `fieldbook sync --wait`, or save it with `fieldbook export`"
    );
    if std::io::stdin().is_terminal() && !output::in_json() {
        output::note(&format!("{what}. Sign out all the same? It stays here. [y/N] "));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if read.is_ok() && matches!(line.trim(), "y" | "yes") {
            return Ok(());
        }
        return Err(Failure::new(
            Exit::Refused,
            "unsent",
            "nothing was done; this device is still signed in",
        ));
    }
    let words =
        format!("{what}; or sign out with --keep-unsent: it stays here, and is sent after the next sign-in");
    Err(Failure::new(Exit::Refused, "unsent", words))
}
