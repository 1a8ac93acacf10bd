//! A home's diagnostics: what its files and its database tell, in a file for whoever helps. Made without a network, and as far
//! as it goes from a home that does not open.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fieldbook_crypto::age::Recipient;
use fieldbook_crypto::{DeviceKeys, Fresh};
use fieldbook_device_store::Payloads;
use fieldbook_model::DeviceId;
use fieldbook_protocol::PROTOCOL;
use fieldbook_protocol::auth::KeysRequest;
use fieldbook_protocol::diagnostics::{
    self, Absent, DiagnosticsReply, Finding, HomeFile as Entry, Part, Place, Program,
};
use tokio::runtime::Handle;

use crate::clock;
use crate::device::{Device, Login};
use crate::error::DeviceError;
use crate::home::{Home, HomeFile, Told};
use crate::http::{Server, is_near};
use crate::keys::{self, Asked, Holders, InHome, KeyTrouble, KeysFile};
use crate::lock::SignInLock;
use crate::support;

/// What a file of a home may be called, besides what stands behind a dot or a dash: all else has a name that somebody gave.
const NAMES: [&str; 8] =
    ["home.json", "fieldbook.db", "sync.lock", "sync.json", "sign-in.lock", "bell", "series", support::FILE];
/// What may stand behind such a name.
const ENDS: [&str; 5] = ["", "-wal", "-shm", "-journal", ".new"];
/// Before the time at which a file was put aside.
const ASIDE: &str = ".aside-";

/// What whoever makes diagnostics adds to what the device knows.
#[derive(Debug, Default)]
pub struct Added {
    /// Whether it is told what the ops did.
    pub payloads: Payloads,
    /// How the things are that `fieldbook doctor` looks at.
    pub findings: Vec<Finding>,
    /// The bytes that are free on the disk.
    pub disk_free: Option<u64>,
}

/// Diagnostics that are not encrypted yet.
pub struct Diagnostics {
    device: DeviceId,
    signer: Option<DeviceKeys>,
    parts: Vec<Part>,
}

impl Diagnostics {
    /// Collects them from a home: of its database, where it opened, or with the code of the error with which it did not. `code`
    /// gives the same of others. Who holds the secret of a home whose database did not open is asked for it.
    pub fn collect(
        home: &Path,
        opened: Result<&Device, String>,
        holders: &dyn Holders,
        added: Added,
        code: impl Fn(DeviceError) -> String,
    ) -> Result<Self, DeviceError> {
        let home = Home::at(home);
        let (device, signer) = match (signer(&home, opened.as_ref().ok().copied(), holders), home.look()) {
            (Some((device, keys)), _) => (device, Some(keys)),
            (None, Ok(Told::Whole(file))) => (file.device_id, None),
            (None, _) => (home.read()?.device_id, None),
        };
        let Added { payloads, findings, disk_free } = added;
        let mut parts = vec![Part::Program(program(payloads))];
        parts.push(
            home.read().map_or_else(|error| absent("place", code(error)), |file| Part::Place(place(&file))),
        );
        parts.extend(findings.into_iter().map(Part::Finding));
        parts.extend(files(&home)?.into_iter().map(Part::File));
        match opened {
            Ok(opened) => {
                let told = opened.store().diagnostics(payloads);
                parts.extend(told.parts);
                parts.extend(told.absent.into_iter().map(|(part, error)| absent(part, code(error.into()))));
            }
            Err(code) => parts.push(absent("database", code)),
        }
        for part in &mut parts {
            if let Part::Storage(storage) = part {
                storage.disk_free = disk_free;
            }
        }
        Ok(Self { device, signer, parts })
    }

    /// What is in them.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether the device signs them. One of the earlier form, or whose keys cannot be read, does not.
    pub fn is_signed(&self) -> bool {
        self.signer.is_some()
    }

    /// The file, for one reader.
    pub fn file(&self, to: &Recipient) -> Result<Vec<u8>, DeviceError> {
        let sealed = diagnostics::seal(
            (self.device, self.signer.as_ref()),
            &self.parts,
            to,
            Fresh::new(clock::random()),
        );
        sealed.map_err(|_| DeviceError::NoReader(*to))
    }
}

/// To whom a home encrypts its diagnostics, as far as its server told.
pub fn support_recipient(home: &Path) -> Result<Option<Recipient>, DeviceError> {
    support::read(&Home::at(home))
}

impl Device {
    /// Asks the server to whom this device is to encrypt its diagnostics, and keeps that. A home that signed in at a server of
    /// an earlier program was not told.
    pub fn ask_support_recipient(&self, runtime: &Handle) -> Result<Option<Recipient>, DeviceError> {
        let home = self.home();
        let _lock = SignInLock::take(home)?;
        let (Some(secret), Some(keys)) = (self.secret(), KeysFile::read(home)?) else { return Ok(None) };
        let login = Login::read(home, &home.read()?, None, &mut self.store())?;
        let server = Server::new(&login.file().server, login.file().fingerprint)?;
        let request = KeysRequest { keys: keys::public(secret) };
        let reply = runtime.block_on(server.keys(login.token(), &request))?;
        if reply.server != keys.server {
            // Another server reads nothing of this device.
            let path = home.path().join(keys::FILE);
            return Err(DeviceError::Keys { path, why: KeyTrouble::OtherServer });
        }
        support::keep(home, reply.support)?;
        support::read(home)
    }

    /// Sends the server a file of diagnostics.
    pub fn send_diagnostics(&self, runtime: &Handle, file: Vec<u8>) -> Result<DiagnosticsReply, DeviceError> {
        let login = self.login()?;
        let sent = runtime.block_on(login.workspace()?.diagnostics(file));
        sent.map_err(|(trouble, said)| DeviceError::call(trouble, said, &self.file().server))
    }
}

/// The keys by which a home signs, and whose they are.
fn signer(home: &Home, opened: Option<&Device>, holders: &dyn Holders) -> Option<(DeviceId, DeviceKeys)> {
    let file = KeysFile::read(home).ok()??;
    let keys = match opened {
        Some(device) => device.secret()?.keys(),
        None => Asked::new(home, holders).secret(&file).ok()?.keys(),
    };
    Some((file.device_id, keys))
}

fn program(payloads: Payloads) -> Program {
    Program {
        made_at: clock::wall(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: PROTOCOL,
        system: std::env::consts::OS.to_owned(),
        processor: std::env::consts::ARCH.to_owned(),
        with_payloads: payloads == Payloads::With,
    }
}

fn place(file: &HomeFile) -> Place {
    Place {
        workspace: file.workspace_id,
        user: file.user_id,
        home_format: file.format,
        tls: file.server.starts_with("https://"),
        pinned: file.fingerprint.is_some(),
        near: is_near(&file.server),
    }
}

fn absent(part: &str, code: String) -> Part {
    Part::Absent(Absent { part: part.to_owned(), code })
}

/// The files of a home: its own by name, all others as one line.
fn files(home: &Home) -> Result<Vec<Entry>, DeviceError> {
    let failed = |error| DeviceError::File { path: home.path().to_owned(), error };
    let mut found: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
    for entry in fs::read_dir(home.path()).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // One that went meanwhile is none.
        let Ok(data) = entry.metadata() else { continue };
        let name = entry.file_name().into_string().ok().filter(|name| is_own(name));
        let (files, bytes) = found.entry(name).or_default();
        (*files, *bytes) = (*files + 1, *bytes + data.len());
    }
    Ok(found.into_iter().map(|(name, (files, bytes))| Entry { name, files, bytes }).collect())
}

/// Whether a name is one that this program gives.
fn is_own(name: &str) -> bool {
    let is_known = |name: &str| {
        let known = NAMES.iter().chain(&keys::FILES).chain(&[keys::NOTE_FILE]);
        known.into_iter().any(|known| name.strip_prefix(*known).is_some_and(|end| ENDS.contains(&end)))
    };
    match name.split_once(ASIDE) {
        None => is_known(name),
        Some((base, at)) => {
            let at = ENDS.iter().filter(|end| !end.is_empty()).fold(at, |at, end| at.trim_end_matches(end));
            is_known(base) && !at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_only_where_this_program_named_it() {
        for own in [
            "home.json",
            "home.json.new",
            "fieldbook.db-wal",
            "device.secret",
            "THE-KEY-LIES-IN-THIS-FOLDER.txt",
            "fieldbook.db.aside-1700000000000",
            "fieldbook.db.aside-1700000000000-wal",
        ] {
            assert!(is_own(own), "{own}");
        }
        for other in
            ["", "ann.pdf", "home.json.ann", "my home.json", "fieldbook.db.aside-", "fieldbook.db.aside-ann"]
        {
            assert!(!is_own(other), "{other}");
        }
    }
}
