//! `fieldbook diagnostics make`: writes the file, and says before that what is in it.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use fieldbook_crypto::age::Recipient;
use fieldbook_device::store::Payloads;
use fieldbook_device::{Added, Device, DeviceError, Diagnostics, support_recipient};
use fieldbook_protocol::diagnostics::{Finding, Sum, sums};
use serde::Serialize;

use super::sum::told;
use crate::commands::doctor::{self, disk};
use crate::exit::Exit;
use crate::failure::{Failure, Said, of_file};
use crate::holders::Person;
use crate::home::HomeArgs;
use crate::{clock, interrupt, output};

/// Write a file that tells whoever helps how this device is: encrypted to them, without the values of your data
#[derive(Debug, Args)]
#[command(after_help = "\
Example: fieldbook diagnostics make --home till-a

It works without a network, and where the database does not open. What is in the file, and who can open it:
docs/guide/diagnostics.md.")]
pub struct Make {
    /// The file to write; else fieldbook-diagnostics-….age in the folder that you are in
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    what: What,
}

/// What goes into diagnostics, and who opens them.
#[derive(Debug, Args)]
pub struct What {
    /// Also tell what the actions did, with the values of your data
    #[arg(long)]
    with_payloads: bool,
    /// Who opens it, in place of the server's support key
    #[arg(long, value_name = "age1…", value_parser = recipient)]
    recipient: Option<Recipient>,
    #[command(flatten)]
    pub home: HomeArgs,
}

/// Diagnostics that were made.
pub struct Made {
    /// What is in them.
    pub contents: Contents,
    /// The file.
    pub file: Vec<u8>,
}

/// What is in a file, for programs.
#[derive(Serialize)]
pub struct Contents {
    parts: Vec<Sum>,
    with_payloads: bool,
    signed: bool,
    recipient: Recipient,
    bytes: usize,
}

/// A file that was written, for programs.
#[derive(Serialize)]
struct Written<'a> {
    file: String,
    #[serde(flatten)]
    contents: &'a Contents,
}

impl Make {
    /// Makes it.
    pub fn run(self) -> Result<Exit, Failure> {
        let made = self.what.make()?;
        let path = self.out.unwrap_or_else(name);
        if !output::in_json() {
            output::line(&made.contents.told())?;
        }
        save(&path, &made.file)?;
        let bytes = made.contents.bytes;
        let words = || format!("saved in {}, {bytes} bytes", path.display());
        output::answer(words, &Written { file: path.display().to_string(), contents: &made.contents })?;
        Ok(Exit::Done)
    }
}

impl What {
    /// Collects and encrypts them.
    pub fn make(&self) -> Result<Made, Failure> {
        let home = self.home.folder()?;
        let findings = doctor::of_home(&home, self.home.offline)?;
        let finding = |finding: &doctor::finding::Finding| Finding {
            check: finding.check.to_owned(),
            level: finding.level().to_owned(),
        };
        let payloads = if self.with_payloads { Payloads::With } else { Payloads::Without };
        let findings = findings.iter().map(finding).collect();
        let added = Added { payloads, findings, disk_free: disk::free(&home).ok() };
        let device = Device::open(&home, &Person).map_err(|error| code(error.into()));
        let recipient = self.reader(&home, device.as_ref().ok())?;
        let opened = device.as_ref().map_err(Clone::clone);
        let made = Diagnostics::collect(&home, opened, &Person, added, |error| code(error.into()))?;
        let file = made.file(&recipient)?;
        let contents = Contents {
            parts: sums(made.parts()),
            with_payloads: self.with_payloads,
            signed: made.is_signed(),
            recipient,
            bytes: file.len(),
        };
        Ok(Made { contents, file })
    }

    /// Who opens it: whom the person names, else whom the server told, else whom it tells when it is asked.
    fn reader(&self, home: &Path, device: Option<&Device>) -> Result<Recipient, Failure> {
        if let Some(recipient) =
            self.recipient.map_or_else(|| support_recipient(home), |named| Ok(Some(named)))?
        {
            return Ok(recipient);
        }
        let asked = match device {
            Some(device) if !self.home.offline => {
                match device.ask_support_recipient(interrupt::runtime()?.handle()) {
                    Err(error @ DeviceError::Keys { .. }) => return Err(error.into()),
                    // Nobody answers, or an earlier program.
                    asked => asked.unwrap_or_default(),
                }
            }
            _ => None,
        };
        asked.ok_or_else(|| {
            let words = "this device does not know its server's support key yet: sign in again, or name who is to \
                         open the file with --recipient age1…, which whoever runs the server has from \
                         `fieldbook admin support-key show`";
            Failure::new(Exit::Failed, "no-support-key", words)
        })
    }
}

impl Contents {
    /// For people.
    pub fn told(&self) -> String {
        let values = match self.with_payloads {
            true => "WITH the values of what your actions did, as --with-payloads asks",
            false => "no value of your data is in it, no name of a person, no address and no key",
        };
        let signed = match self.signed {
            true => "signed by this device",
            false => "not signed: this device has no keys yet, or they cannot be read",
        };
        format!("{}\n{values}\n{signed}\nonly {} opens it", told(&self.parts), self.recipient)
    }
}

fn recipient(text: &str) -> Result<Recipient, String> {
    Recipient::parse(text).map_err(|_| "no recipient of age: age1 and 58 letters and digits".to_owned())
}

/// A name that no other has.
fn name() -> PathBuf {
    let time = clock::wall().to_string();
    let time: String = time.chars().filter(char::is_ascii_alphanumeric).collect();
    PathBuf::from(format!("fieldbook-diagnostics-{time}.age"))
}

/// The code of a failure.
fn code(failure: Failure) -> String {
    match failure {
        Failure::Said(Said { code, .. }) => code,
        Failure::OutputClosed => "output".to_owned(),
    }
}

/// Writes a file that is not there yet, readable for its owner only.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        let whole = file.write_all(bytes).and_then(|()| file.sync_all());
        // Half of one helps nobody, and would stand in the way of the next try.
        whole.inspect_err(|_| drop(fs::remove_file(path)))
    });
    written.map_err(|error| {
        let words = format!("{}: {error}; name another place with --out FILE", path.display());
        Failure::new(Exit::Failed, of_file(&error), words)
    })
}
