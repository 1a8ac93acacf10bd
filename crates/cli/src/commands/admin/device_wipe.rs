//! `fieldbook admin device wipe`: orders that a device destroys what it holds, and tells what becomes of an order.

use std::io::{BufRead, IsTerminal};

use clap::Args;
use fieldbook_crypto::Sure;
use fieldbook_model::{DeviceId, WallTime};
use fieldbook_server_store::{AccountError, By, DeviceRow, FreshOrder, Unsent, WipeRow};
use serde::Serialize;

use super::member::{Of, Place};
use super::{account, store};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{clock, output, server_key};

/// Order that a lost device destroys what it holds: at its next contact, and before that it gets nothing any more
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook admin device wipe 0198c0de-7a11-7000-8000-0000000000c1 --workspace shop --data shop/server

It tells first how much the device had to send when it was last heard: what was not sent goes with it. `fieldbook admin
device list` says how far it is; docs/guide/lost-phone.md what each word of that proves.")]
pub struct DeviceWipe {
    /// The device's id, as `fieldbook admin device list` tells it
    #[arg(value_name = "ID")]
    device: DeviceId,
    /// Take the order back, as long as it has not reached the device
    #[arg(long, conflicts_with = "yes")]
    withdraw: bool,
    /// Let the device send first what it has to send, within an hour of being reached
    #[arg(long, conflicts_with = "withdraw")]
    rescue: bool,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
    /// Who orders it; else the name of the account that runs this
    #[arg(
        long,
        value_name = "NAME",
        env = "USER",
        hide_env = true,
        default_value = "",
        hide_default_value = true
    )]
    by: String,
    #[command(flatten)]
    place: Place,
}

/// How far an order is, for programs.
#[derive(Debug, Serialize)]
pub struct Wipe {
    /// `ordered`, `reached`, `confirmed` or `withdrawn`.
    state: &'static str,
    ordered_at: WallTime,
    ordered_by: String,
    /// Whether the device may send first what it has to send.
    rescue: bool,
    reached_at: Option<WallTime>,
    confirmed_at: Option<WallTime>,
    /// How many files went.
    files: Option<u64>,
    /// How many ops went that the server never saw.
    unsent: Option<u64>,
    sure: Option<Sure>,
}

/// What a program is told of an order.
#[derive(Serialize)]
struct Answer {
    device: DeviceId,
    wipe: Wipe,
}

impl Wipe {
    /// Of an order.
    pub fn of(row: &WipeRow) -> Self {
        let confirmed = row.confirmed.as_ref();
        let state = match row {
            WipeRow { confirmed: Some(_), .. } => "confirmed",
            WipeRow { withdrawn_at: Some(_), .. } => "withdrawn",
            WipeRow { reached_at: Some(_), .. } => "reached",
            _ => "ordered",
        };
        Self {
            state,
            ordered_at: row.ordered_at,
            ordered_by: row.ordered_by.clone(),
            rescue: row.unsent == Unsent::SentFirst,
            reached_at: row.reached_at,
            confirmed_at: confirmed.map(|it| it.at),
            files: confirmed.map(|it| it.files),
            unsent: confirmed.map(|it| it.unsent),
            sure: confirmed.map(|it| it.sure),
        }
    }

    /// In a few words.
    pub fn words(&self, now: WallTime) -> String {
        let ago = |then: WallTime| format!("{} ago", clock::age(then, now));
        match (self.confirmed_at, self.reached_at) {
            (Some(at), _) => {
                let (files, unsent) = (self.files.unwrap_or(0), self.unsent.unwrap_or(0));
                let sure = match self.sure {
                    Some(Sure::Destroyed) => "destroyed",
                    _ => "removed, not provably destroyed",
                };
                let (files, unsent) = (output::plural(files, "file"), output::plural(unsent, "unsent op"));
                format!("confirmed {}: {files} and {unsent} {sure}", ago(at))
            }
            _ if self.state == "withdrawn" => "withdrawn".to_owned(),
            (None, Some(at)) => format!("reached {}, not confirmed", ago(at)),
            (None, None) => format!("ordered {}, not reached", ago(self.ordered_at)),
        }
    }
}

impl DeviceWipe {
    /// Orders it, or takes it back.
    pub fn run(self) -> Result<Exit, Failure> {
        let of = self.place.open()?;
        let ids = (of.row.id, self.device);
        if self.withdraw {
            let row = of
                .folder
                .accounts()
                .withdraw_wipe(ids, &By::operator(&self.by), clock::wall())
                .map_err(account)?;
            return self.tell(&row, "the order is taken back: the device goes on as if nothing had been");
        }
        let device = self.known(&of)?;
        self.ask(&device)?;
        let fresh = FreshOrder { nonce: server_key::fresh(), server: server_key::fresh() };
        let unsent = if self.rescue { Unsent::SentFirst } else { Unsent::Lost };
        let of = of.folder.accounts();
        let ordered = of.order_wipe(ids, (&By::operator(&self.by), unsent), fresh, clock::wall());
        let words = "ordered: the device gets nothing any more, and is told at its next contact";
        self.tell(&ordered.map_err(account)?, words)
    }

    /// The device, as it was last heard.
    fn known(&self, of: &Of) -> Result<DeviceRow, Failure> {
        let devices = of.folder.accounts().devices().map_err(store)?;
        let found = devices.into_iter().find(|row| (row.id, row.workspace) == (self.device, of.row.id));
        found.ok_or_else(|| account(AccountError::NoDevice(self.device)))
    }

    /// Tells what is about to go, and asks.
    fn ask(&self, device: &DeviceRow) -> Result<(), Failure> {
        output::note(&self.about(device, clock::wall()));
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::wrong("nothing was ordered, since nobody can be asked here; say --yes"));
        }
        output::note("Wipe it? It cannot be taken back once it has reached the device. [y/N]");
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        match read.is_ok() && ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
            true => Ok(()),
            false => Err(Failure::new(Exit::Refused, "not-ordered", "nothing was ordered")),
        }
    }

    fn tell(&self, row: &WipeRow, words: &str) -> Result<Exit, Failure> {
        match output::in_json() {
            true => output::json(&Answer { device: self.device, wipe: Wipe::of(row) })?,
            false => output::line(words)?,
        }
        Ok(Exit::Done)
    }

    /// Whose device it is, and what it had to send.
    fn about(&self, device: &DeviceRow, now: WallTime) -> String {
        let DeviceRow { name, user_name, last_seen, waiting, .. } = device;
        let unsent = match waiting {
            None => "it never said how many actions it had to send".to_owned(),
            Some(0) => "it had nothing to send then".to_owned(),
            Some(1) => "it had 1 action to send then".to_owned(),
            Some(count) => format!("it had {count} actions to send then"),
        };
        let then = match self.rescue {
            true => "It may send first what it has not sent.",
            false => "What it has not sent is lost with it.",
        };
        let age = clock::age(*last_seen, now);
        format!("{name} of {user_name}, last seen {age} ago: {unsent}. {then}")
    }
}
