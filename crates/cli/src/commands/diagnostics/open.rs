//! `fieldbook diagnostics open`: for whoever helps.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use fieldbook_crypto::age::Identity;
use fieldbook_model::{DeviceId, json};
use fieldbook_protocol::diagnostics::{self, FILE_BYTES_MAX, OpenError, Opened, Part, Signed, sums};
use fieldbook_server_store::Data;
use serde::Serialize;
use zeroize::Zeroizing;

use super::sum::told;
use crate::commands::admin::{data, store, there};
use crate::exit::Exit;
use crate::failure::{Failure, of_file};
use crate::server_key::{KeyArgs, fresh};
use crate::{clock, output};

/// The bytes of a file with an identity.
const IDENTITY_BYTES_MAX: u64 = 64 << 10;

/// Open a file that a device made, check who signed it, and say what is in it
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("by").required(true), after_help = "\
Example: fieldbook diagnostics open fieldbook-diagnostics-….age --data shop/server
         fieldbook diagnostics open fieldbook-diagnostics-….age --identity support.key --out opened

With --data the signature is checked by what the server knows of the device. With --json each part is a line.")]
pub struct Open {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file with the identity that opens it, as `fieldbook admin support-key export` prints it; - reads it from standard input
    #[arg(long, value_name = "FILE", group = "by")]
    identity: Option<PathBuf>,
    /// The server's data folder, on the server's machine
    #[arg(long, value_name = "DIR", group = "by")]
    data: Option<PathBuf>,
    #[command(flatten)]
    key: KeyArgs,
    /// Write the parts into this new folder, a file of JSON lines for each name
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What is known of who signed a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Proof {
    /// By the keys that the server knows of the device.
    Checked,
    /// By the keys that the file names.
    Unchecked,
    /// By nobody.
    Unsigned,
}

/// The first line for programs.
#[derive(Serialize)]
struct Head {
    device: DeviceId,
    signature: Proof,
}

/// By what a file is opened.
struct Opener {
    identity: Identity,
    /// What knows the devices' keys, where somebody named it.
    data: Option<Data>,
}

impl Open {
    /// Opens it.
    pub fn run(self) -> Result<Exit, Failure> {
        let opener = self.opener()?;
        let file = read(&self.file, FILE_BYTES_MAX as u64)?;
        let opened = diagnostics::open(&opener.identity, &file).map_err(failure)?;
        let proof = opener.proof(&opened)?;
        let head = Head { device: opened.device, signature: proof };
        if let Some(folder) = &self.out {
            write(folder, &opened.parts)?;
        }
        match output::in_json() {
            true => {
                let lines = [json::write(&head)].into_iter().chain(opened.parts.iter().map(json::write));
                output::lines(lines)?;
            }
            false => {
                output::line(&summary(&opened, proof))?;
                if let Some(folder) = &self.out {
                    output::line(&format!("the parts are in {}", folder.display()))?;
                }
            }
        }
        Ok(Exit::Done)
    }

    fn opener(&self) -> Result<Opener, Failure> {
        if let Some(folder) = &self.data {
            there(folder)?;
            let opened = Data::open(folder, &self.key.unlock()?).map_err(data)?;
            let identity = opened.accounts().support_key(fresh()).map_err(store)?.identity;
            return Ok(Opener { identity, data: Some(opened) });
        }
        let path = self.identity.as_deref().unwrap_or(Path::new("-"));
        let text = match path == Path::new("-") {
            true => {
                limited(io::stdin().lock(), IDENTITY_BYTES_MAX).map_err(|error| cannot_read(path, &error))?
            }
            false => read(path, IDENTITY_BYTES_MAX)?,
        };
        let text = Zeroizing::new(text);
        let identity = std::str::from_utf8(&text).ok().and_then(|text| Identity::read(text).ok());
        let identity = identity.ok_or_else(|| {
            let words = "this is no identity: one line of AGE-SECRET-KEY-1…, as `fieldbook admin support-key export` \
                         prints it";
            Failure::new(Exit::Wrong, "no-identity", words)
        })?;
        Ok(Opener { identity, data: None })
    }
}

impl Opener {
    /// Who signed it. Another device's signature is a failure.
    fn proof(&self, opened: &Opened) -> Result<Proof, Failure> {
        let Signed::By(keys) = opened.signed else { return Ok(Proof::Unsigned) };
        let Some(data) = &self.data else { return Ok(Proof::Unchecked) };
        match data.accounts().keys_of(opened.device).map_err(store)? {
            Some(known) if known == keys => Ok(Proof::Checked),
            known => {
                let knows =
                    if known.is_some() { "has other keys" } else { "is not known here, or told no keys" };
                let words = format!(
                    "the file says that it is of the device {}, which {knows}: somebody else made it, or the device signed \
                     in anew since. `fieldbook admin support-key export` and --identity open it all the same",
                    opened.device
                );
                Err(Failure::new(Exit::Refused, "other-device", words))
            }
        }
    }
}

impl Proof {
    fn words(self) -> &'static str {
        match self {
            Self::Checked => "signed by this device, as the server knows it",
            Self::Unchecked => "signed, by keys that nothing was checked against: --data checks them",
            Self::Unsigned => "NOT signed: nobody knows who made this",
        }
    }
}

/// What stands in the file, for people.
fn summary(opened: &Opened, proof: Proof) -> String {
    let mut lines = vec![format!("device   {}", opened.device), format!("proof    {}", proof.words())];
    lines.extend(opened.parts.iter().filter_map(line));
    lines.push(told(&sums(&opened.parts)));
    lines
        .iter()
        .map(|line| line.lines().map(output::visible).collect::<Vec<_>>().join("\n"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What is worth a line of its own.
fn line(part: &Part) -> Option<String> {
    Some(match part {
        Part::Program(it) => {
            let values = if it.with_payloads { ", with values" } else { "" };
            let ago = clock::age(it.made_at, clock::wall());
            format!(
                "made     {} ({ago} ago), by {} on {} {}{values}",
                it.made_at, it.version, it.system, it.processor
            )
        }
        Part::Place(it) => format!("place    workspace {}, user {}", it.workspace, it.user),
        Part::Absent(it) => format!("absent   {}: {}", it.part, it.code),
        Part::Finding(it) if it.level != "ok" => format!("doctor   {}: {}", it.level, it.check),
        Part::Stand(it) => format!(
            "stands   at version {} of epoch {}, {} to send, {} refused, {} in conflict; clock off by {} ms",
            it.cursor.version, it.cursor.epoch, it.waiting, it.rejected, it.conflicted, it.off_ms
        ),
        Part::Log(it) => {
            let states: Vec<String> = it.states.iter().map(|it| format!("{} {}", it.ops, it.state)).collect();
            format!("ops      {}", states.join(", "))
        }
        Part::Difference(it) => format!(
            "differs  {}: {} here, {} on the server",
            it.scope.as_ref().map_or_else(|| "the root".to_owned(), ToString::to_string),
            it.here,
            it.there
        ),
        _ => return None,
    })
}

/// Writes the parts, each name into a file of its own.
fn write(folder: &Path, parts: &[Part]) -> Result<(), Failure> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for part in parts {
        let file = files.entry(part.name()).or_default();
        file.push_str(&json::write(part));
        file.push('\n');
    }
    let write = |name: &str, text: &str| {
        let mut file = File::create_new(folder.join(format!("{name}.jsonl")))?;
        file.write_all(text.as_bytes())
    };
    let written =
        fs::create_dir(folder).and_then(|()| files.iter().try_for_each(|(name, text)| write(name, text)));
    written.map_err(|error| {
        let words = format!("{}: {error}; name a folder that is not there yet with --out", folder.display());
        Failure::new(Exit::Failed, of_file(&error), words)
    })
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    File::open(path).and_then(|file| limited(file, bytes_max)).map_err(|error| cannot_read(path, &error))
}

/// All of it, or a failure where it is longer than anything of ours.
fn limited(from: impl Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(bytes_max + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > bytes_max {
        true => {
            Err(io::Error::other(format!("longer than {bytes_max} bytes, so nothing that a device made")))
        }
        false => Ok(bytes),
    }
}

fn cannot_read(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Wrong, of_file(error), format!("{}: {error}", path.display()))
}

fn failure(error: OpenError) -> Failure {
    let code = match error {
        OpenError::Foreign => "no-diagnostics",
        OpenError::Damaged | OpenError::Content(_) => "damaged-diagnostics",
        OpenError::WrongKey => "wrong-identity",
        OpenError::Newer(_) => "newer-diagnostics",
        OpenError::Signature => "wrong-signature",
    };
    Failure::new(Exit::Failed, code, error.to_string())
}
