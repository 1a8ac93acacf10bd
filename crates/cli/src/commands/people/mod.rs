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
use tokio::runtime::Handle;

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
        self.confirmed(|runtime| self.device.ask(runtime, asking))
    }

    /// Makes a call. If it is dangerous and wants the password, that is asked for once, and the call is made again.
    fn confirmed<T>(&self, mut call: impl FnMut(&Handle) -> Result<T, DeviceError>) -> Result<T, Failure> {
        let runtime = interrupt::runtime()?;
        match call(runtime.handle()) {
            Err(DeviceError::Call { trouble, .. }) if wants_password(&trouble) => {
                let user = self.device.file().user.clone();
                let password = self.asks.password.read(&user, Asked::Once)?;
                let confirm = Asking::account("auth/confirm").with(&ConfirmRequest { password });
                self.device.ask::<ConfirmReply>(runtime.handle(), &confirm)?;
                Ok(call(runtime.handle())?)
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
        let among = Among {
            none: format!("has signed in to {workspace}"),
            several: format!("several devices of {workspace}"),
            see: "fieldbook workspace devices",
        };
        among.one(named, devices.iter().map(|line| (line.device_id, line.name.as_str())))
    }
}

/// Where a device is looked for, in the words of what is said when it is not found.
struct Among {
    /// What no device of the name does.
    none: String,
    /// Whose several are.
    several: String,
    /// What lists them.
    see: &'static str,
}

impl Among {
    /// The one device of a name, or of an id or its beginning.
    fn one<'a>(
        &self,
        named: &str,
        devices: impl Iterator<Item = (DeviceId, &'a str)>,
    ) -> Result<DeviceId, Failure> {
        let Self { none, several, see } = self;
        let sought = named.trim();
        let is_named = |(id, name): &(DeviceId, &str)| {
            name.eq_ignore_ascii_case(sought)
                || (sought.len() >= 4 && id.to_string().starts_with(&sought.to_ascii_lowercase()))
        };
        let mut found = devices.filter(is_named);
        match (found.next(), found.next()) {
            (Some((id, _)), None) => Ok(id),
            (None, _) => {
                let words = format!("no device {named:?} {none}; see: {see}");
                Err(Failure::new(Exit::Wrong, "no-device", words))
            }
            (Some(_), Some(_)) => {
                let words = format!("{several} are called {named:?}: name its id; see: {see}");
                Err(Failure::new(Exit::Wrong, "several-devices", words))
            }
        }
    }
}

fn wants_password(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Problem { code: ProblemCode::ConfirmNeeded, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_found_by_its_name_its_id_or_how_that_begins_and_only_if_it_is_one() {
        let devices = [(1, "Till"), (2, "old phone"), (3, "Old Phone")]
            .map(|(n, name)| (DeviceId::from_bytes([n; 16]), name));
        let among = Among { none: "is here".to_owned(), several: "several".to_owned(), see: "the list" };
        let check = |named: &str, expected: Result<u8, &str>| {
            let found = among.one(named, devices.iter().copied());
            let found = found.map(|id| id.bytes()[0]).map_err(|failure| match failure {
                Failure::Said(said) => said.words,
                Failure::OutputClosed => panic!("told"),
            });
            assert_eq!(found, expected.map_err(str::to_owned), "{named:?}");
        };
        check(" till ", Ok(1));
        check("02020202-0202", Ok(2));
        check("0303", Ok(3));
        check("030", Err("no device \"030\" is here; see: the list"));
        check("old phone", Err("several are called \"old phone\": name its id; see: the list"));
        check("", Err("no device \"\" is here; see: the list"));
    }
}
