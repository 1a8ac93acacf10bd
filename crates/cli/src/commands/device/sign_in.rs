//! `fieldbook device sign-in`: makes a device's home, or signs one in again that was signed out.

use std::path::Path;

use clap::Args;
use fieldbook_device::{ServerPin, SignedIn, Trust};
use fieldbook_model::DeviceId;
use fieldbook_protocol::NoFingerprint;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::holders::{Holder, Person};
use crate::home::HomeArgs;
use crate::password::{Asked, PasswordArgs};
use crate::{interrupt, output};

/// Sign in: makes this device's home, or signs it in again
#[derive(Debug, Args)]
#[command(
    after_help = "Example: fieldbook device sign-in --server http://127.0.0.1:4180 --workspace shop --user ann --home till-a"
)]
pub struct SignIn {
    /// The address of the server
    #[arg(long, value_name = "URL")]
    server: String,
    /// Trust the one certificate with this fingerprint, as `fieldbook serve --tls self-signed` prints it; or `none`: trust again
    /// whom the system trusts. Without it a device that signs in again trusts as before
    #[arg(long, value_name = "SHA-256", value_parser = trust)]
    fingerprint: Option<Trust>,
    /// The workspace
    #[arg(long, value_name = "NAME")]
    workspace: String,
    /// The user
    #[arg(long, value_name = "NAME")]
    user: String,
    /// What people call this device; else the name of its folder
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
    /// Take the key with which this server signs in place of the one of the first sign-in
    #[arg(long)]
    new_server_key: bool,
    /// Who holds the device secret, which opens all data here. In a new home without this: whom FIELDBOOK_KEYS names, else the
    /// keyring where one answers, else whoever is named on the terminal; later whoever has it
    #[arg(long, value_enum, value_name = "HOLDER")]
    keys: Option<Holder>,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    pub home: HomeArgs,
}

#[derive(Serialize)]
struct Answer<'a> {
    workspace: &'a str,
    user: &'a str,
    role: &'a str,
    device_id: DeviceId,
    renewed: bool,
}

impl SignIn {
    /// Signs in.
    pub fn run(self) -> Result<Exit, Failure> {
        let home = self.home.folder()?;
        self.home.needs_connection("signing in")?;
        let ask = fieldbook_device::SignIn {
            password: self.password.read(&self.user, Asked::Once)?,
            device_name: self.device_name.unwrap_or_else(|| name(&home)),
            home: home.clone(),
            server: self.server,
            trust: self.fingerprint.unwrap_or_default(),
            workspace: self.workspace,
            user: self.user,
            keys: self.keys.map(Holder::hold).transpose()?.unwrap_or_default(),
            server_key: if self.new_server_key { ServerPin::Anew } else { ServerPin::AsBefore },
        };
        let signed_in = interrupt::runtime()?.block_on(fieldbook_device::sign_in(ask, &Person))?;
        tell(&signed_in, &home, self.keys)?;
        Ok(Exit::Done)
    }
}

fn trust(text: &str) -> Result<Trust, String> {
    match text {
        "none" => Ok(Trust::System),
        text => {
            text.parse().map(Trust::Only).map_err(|error: NoFingerprint| format!("{error}, or is `none`"))
        }
    }
}

/// What a device is called that nobody gave a name.
pub fn name(home: &Path) -> String {
    home.file_name().map_or_else(|| "device".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Tells what came of a sign-in.
pub fn tell(signed_in: &SignedIn, home: &Path, keys: Option<Holder>) -> Result<(), Failure> {
    let SignedIn { workspace, user, role, device_id, renewed, put_aside, keys: place } = signed_in;
    if let Some(aside) = put_aside {
        let aside = aside.display();
        output::note(&format!(
            "ATTENTION: what lay in this folder did not open, and is a new device now; nothing was deleted: the old files are {aside} and those named like it."
        ));
    }
    if let Some(holder) = keys.or((!renewed).then_some(Holder::of(*place))) {
        holder.tell(home);
    }
    match output::in_json() {
        true => output::json(&Answer { workspace, user, role, device_id: *device_id, renewed: *renewed }),
        false => {
            let again = if *renewed { " again" } else { "" };
            output::line(&format!(
                "signed in{again} to {workspace} as {user} ({role}); home: {}",
                home.display()
            ))
        }
    }
}
