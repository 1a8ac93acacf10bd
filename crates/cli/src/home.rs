//! What every command of a device is told: which home.

use std::path::PathBuf;

use clap::Args;
use fieldbook_device::{Device, DeviceError};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::holders::Person;
use crate::interrupt;

/// The options of every command of a device.
#[derive(Debug, Args)]
pub struct HomeArgs {
    /// The device's folder
    #[arg(long, value_name = "DIR", env = "FIELDBOOK_HOME", hide_env_values = true)]
    home: Option<PathBuf>,
    /// Make no call to the server
    #[arg(long)]
    pub offline: bool,
}

impl HomeArgs {
    /// The device's folder. There is no usual one: whoever acts in the wrong shop has acted.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        let named = self.home.clone().filter(|home| !home.as_os_str().is_empty());
        named.ok_or_else(|| {
            Failure::wrong("which device? Name its folder with --home DIR, or set FIELDBOOK_HOME to it")
        })
    }

    /// Refuses what needs the server, where no call is to be made.
    pub fn needs_connection(&self, what: &str) -> Result<(), Failure> {
        if !self.offline {
            return Ok(());
        }
        let words = format!("{what} needs the server; leave --offline out when there is a network");
        Err(Failure::new(Exit::Unreachable, "needs-connection", words))
    }

    /// The device.
    pub fn open(&self) -> Result<Device, Failure> {
        let folder = self.folder()?;
        match Device::open(&folder, &Person) {
            Err(wiped @ DeviceError::Wiped { .. }) if !self.offline => {
                let told = interrupt::runtime()?.block_on(fieldbook_device::tell_wiped(&folder, &Person));
                Err(told.unwrap_or(wiped).into())
            }
            opened => Ok(opened?),
        }
    }
}
