//! Accounts and people, over the network: what a person does in the name of a device that is signed in.

pub mod account;
pub mod invite;
pub mod join;
pub mod member;
pub mod workspace;

use clap::Args;
use fieldbook_device::sync::Trouble;
use fieldbook_device::{Asking, Device, DeviceError};
use fieldbook_model::{DeviceId, UserId};
use fieldbook_protocol::ProblemCode;
use fieldbook_protocol::account::{ConfirmReply, ConfirmRequest};
use fieldbook_protocol::people::{DevicesReply, MembersReply};
use serde::de::DeserializeOwned;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::HomeArgs;
use crate::interrupt;
use crate::password::{Asked, PasswordArgs};

/// What every command about people is told.
#[derive(Debug, Args)]
pub struct Asks {
    #[command(flatten)]
    pub home: HomeArgs,
    #[command(flatten)]
    password: PasswordArgs,
}

/// A device in whose name is asked.
pub struct Voice<'a> {
    device: Device,
    asks: &'a Asks,
}

impl Asks {
    /// Opens the device; what it says needs the server.
    fn open(&self, what: &str) -> Result<Voice<'_>, Failure> {
        self.home.needs_connection(what)?;
        Ok(Voice { device: self.home.open()?, asks: self })
    }
}

impl Voice<'_> {
    /// Asks. What is dangerous wants the password, which is then asked for once.
    fn ask<T: DeserializeOwned>(&self, asking: &Asking) -> Result<T, Failure> {
        let runtime = interrupt::runtime()?;
        match self.device.ask(runtime.handle(), asking) {
            Err(DeviceError::Call { trouble, .. }) if wants_password(&trouble) => {
                let user = self.device.file().user.clone();
                let password = self.asks.password.read(&user, Asked::Once)?;
                let confirm = Asking::account("auth/confirm").with(&ConfirmRequest { password });
                self.device.ask::<ConfirmReply>(runtime.handle(), &confirm)?;
                Ok(self.device.ask(runtime.handle(), asking)?)
            }
            told => Ok(told?),
        }
    }

    fn members(&self) -> Result<MembersReply, Failure> {
        self.ask(&Asking::here("members"))
    }

    /// The member of a name.
    fn member(&self, name: &str) -> Result<UserId, Failure> {
        let MembersReply { workspace, members } = self.members()?;
        let found = members.iter().find(|line| line.name.eq_ignore_ascii_case(name.trim()));
        found.map(|line| line.user_id).ok_or_else(|| {
            let words = format!("{name:?} is no member of {workspace}; see: fieldbook member list");
            Failure::new(Exit::Wrong, "no-member", words)
        })
    }

    /// The device of a name, or of an id or its beginning.
    fn device(&self, named: &str) -> Result<DeviceId, Failure> {
        let DevicesReply { workspace, devices } = self.ask(&Asking::here("devices"))?;
        let is_named = |id: DeviceId, name: &str| {
            name.eq_ignore_ascii_case(named.trim())
                || (named.len() >= 4 && id.to_string().starts_with(&named.to_ascii_lowercase()))
        };
        let mut found = devices.iter().filter(|line| is_named(line.device_id, &line.name));
        let see = "see: fieldbook workspace devices";
        match (found.next(), found.next()) {
            (Some(line), None) => Ok(line.device_id),
            (None, _) => {
                let words = format!("no device {named:?} has signed in to {workspace}; {see}");
                Err(Failure::new(Exit::Wrong, "no-device", words))
            }
            (Some(_), Some(_)) => {
                let words =
                    format!("several devices of {workspace} are called {named:?}: name its id; {see}");
                Err(Failure::new(Exit::Wrong, "several-devices", words))
            }
        }
    }
}

fn wants_password(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Problem { code: ProblemCode::ConfirmNeeded, .. })
}
