//! `fieldbook admin support-key`: the key to which devices encrypt their diagnostics. What opens them is told only where
//! somebody asks for exactly that.

use clap::{Args, Subcommand};
use fieldbook_crypto::age::Recipient;
use fieldbook_model::WallTime;
use fieldbook_server_store::SupportKey;
use serde::Serialize;

use super::{operator, store};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::server_key::{DataArgs, fresh};
use crate::{clock, output::note};

/// What can be done about the support key.
#[derive(Debug, Subcommand)]
pub enum Support {
    Show(Show),
    Export(Export),
}

/// Print the recipient: whoever has it can encrypt diagnostics, and open none
#[derive(Debug, Args)]
#[command(after_help = "Example: fieldbook admin support-key show --data shop/server")]
pub struct Show {
    #[command(flatten)]
    data: DataArgs,
}

/// Print the identity, for the standard age tool: whoever has it opens all diagnostics of this server's devices
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin support-key export --data shop/server > support.key
         age --decrypt --identity support.key diagnostics.age

`fieldbook diagnostics open --data DIR` opens a file on this machine without it.")]
pub struct Export {
    #[command(flatten)]
    data: DataArgs,
}

/// A support key, for programs.
#[derive(Serialize)]
struct Known {
    recipient: Recipient,
    exported_at: Option<WallTime>,
}

/// What opens diagnostics, for programs.
#[derive(Serialize)]
struct Opens<'a> {
    recipient: Recipient,
    identity: &'a str,
}

impl Support {
    /// Does it.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Show(command) => command.run(),
            Self::Export(command) => command.run(),
        }
    }
}

impl Show {
    fn run(self) -> Result<Exit, Failure> {
        let SupportKey { identity, exported_at } =
            self.data.open()?.accounts().support_key(fresh()).map_err(store)?;
        let recipient = identity.recipient();
        if let Some(at) = exported_at {
            note(&format!("what opens it was exported on {at}, {} ago", clock::age(at, clock::wall())));
        }
        output::answer(|| recipient.to_string(), &Known { recipient, exported_at })?;
        Ok(Exit::Done)
    }
}

impl Export {
    fn run(self) -> Result<Exit, Failure> {
        let data = self.data.open()?;
        let SupportKey { identity, .. } = data.accounts().support_key(fresh()).map_err(store)?;
        // Noted before it is told: what was told is never unnoted.
        data.accounts().support_key_exported(&operator(), clock::wall()).map_err(store)?;
        note(
            "whoever has this key opens all diagnostics that devices of this server make: keep it from others, and remove it when done",
        );
        let text = identity.write();
        let text = text.trim_end();
        let recipient = identity.recipient();
        output::answer(|| text.to_owned(), &Opens { recipient, identity: text })?;
        Ok(Exit::Done)
    }
}
