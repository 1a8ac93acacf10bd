//! `wipe.json`, which says what is under way, and `wiped.txt`, which stays and says it to a person.

use std::io;

use fieldbook_crypto::{Signature, Sure, Wiped};
use fieldbook_model::{WallTime, json};
use fieldbook_protocol::{Fingerprint, WipedRequest};
use serde::{Deserialize, Serialize};

use super::At;
use super::disk::Disk;
use super::files;

/// What is under way.
pub const FILE: &str = "wipe.json";
/// What is left in the end.
pub const NOTE: &str = "wiped.txt";
/// The number of the form.
const VERSION: u64 = 1;

/// A wipe that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WipeFile {
    v: u64,
    /// What is said to the server in the end.
    wiped: Wiped,
    /// The device's, over that: made before the secret went.
    signature: Signature,
    /// What goes.
    pub files: Vec<String>,
    /// What the system's secure store is to forget, by its name there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<String>,
    /// Whom to tell.
    pub server: String,
    /// The one certificate of it that is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

impl WipeFile {
    /// A wipe that begins.
    pub fn new(
        wiped: Wiped,
        signature: Signature,
        files: Vec<String>,
        (server, fingerprint): At<'_>,
    ) -> Self {
        Self {
            v: VERSION,
            wiped,
            signature,
            files,
            entries: Vec::new(),
            server: server.to_owned(),
            fingerprint,
        }
    }

    /// Writes it, whole or not at all, whatever moment the power fails.
    pub fn write(&self, disk: &impl Disk) -> io::Result<()> {
        save(disk, FILE, json::write(self).as_bytes())
    }

    /// Reads it, if there is one. One that cannot be read was not written by this program.
    pub fn read(disk: &impl Disk) -> io::Result<Option<Self>> {
        let Some(bytes) = disk.read(FILE)? else { return Ok(None) };
        let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{FILE}: {why}"));
        let wipe: Self = json::parse_bytes(&bytes).map_err(|error| wrong(&error.reason))?;
        match wipe.v == VERSION && wipe.files.iter().all(|name| files::is_known(name)) {
            true => Ok(Some(wipe)),
            false => Err(wrong("the form of a newer program; update this one")),
        }
    }

    /// The device's word.
    pub fn request(&self) -> WipedRequest {
        WipedRequest { wiped: self.wiped, signature: self.signature }
    }

    /// In one line, while the server has not been told.
    pub fn words(&self, now: WallTime) -> String {
        format!("{}. The server is told as soon as it is reached", self.what(now))
    }

    /// For the person, with what else lies in the folder, and what to do next.
    pub fn note(&self, now: WallTime, others: &[String]) -> String {
        let mut note = format!("{}.\n{}.\n", self.what(now), capital(self.sure()));
        if !others.is_empty() {
            note.push_str(&format!("Not this device's, and left as it is: {}.\n", others.join(", ")));
        }
        note.push_str("To work here again sign in: it is a new device then.\n");
        note
    }

    /// How sure it is, in words.
    fn sure(&self) -> &'static str {
        match (self.wiped.sure, self.entries.is_empty()) {
            (Sure::Destroyed, _) => "its secret is destroyed",
            (Sure::Removed, true) => {
                "removed, not provably destroyed: the secret lay in a file, and what a disk keeps of a file that was overwritten is beyond a program"
            }
            (Sure::Removed, false) => {
                "removed, not provably destroyed: the secret lay in the system's secure store, and what a disk keeps of an entry that a store removed is beyond a program"
            }
        }
    }

    fn what(&self, now: WallTime) -> String {
        let unsent = match self.wiped.unsent {
            0 => "nothing that was not sent".to_owned(),
            1 => "1 action that was not sent".to_owned(),
            count => format!("{count} actions that were not sent"),
        };
        format!(
            "This device was wiped at {now}, as whoever runs {} has ordered: {} files went, and with them {unsent}",
            self.server, self.wiped.files
        )
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// Writes a file, whole or not at all.
pub fn save(disk: &impl Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    let draft = format!("{name}.new");
    disk.write(&draft, bytes)?;
    disk.sync()?;
    disk.rename(&draft, name)?;
    disk.sync()
}

/// What a note says first.
pub fn first_line(note: &[u8]) -> String {
    let text = String::from_utf8_lossy(note);
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(400)
        .collect::<String>()
        .trim_end_matches('.')
        .to_owned()
}
