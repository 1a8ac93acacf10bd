//! A device: its folder, its database, its queue, and the way to its server.

use std::path::Path;

use fieldbook_device::store::Facts;
use fieldbook_device::{Device, DeviceError, Health, Home, HomeFile, KeyPlace, KeyTrouble, health, is_near};
use fieldbook_model::WallTime;
use fieldbook_protocol::PROTOCOL;

use super::disk;
use super::finding::Finding;
use crate::failure::Failure;
use crate::holders::Person;
use crate::{clock, interrupt, output};

/// A clock that is off by more than this makes edits look older or newer than they are.
const OFF_MS: u64 = 60_000;
/// What waits for longer than this is not about to be sent.
const WAITS_MS: i64 = 24 * 3_600_000;

/// Looks at everything of a home.
pub fn look(home: &Path, offline: bool, findings: &mut Vec<Finding>) -> Result<(), Failure> {
    let device = match Device::open(home, &Person) {
        Ok(device) => device,
        Err(error) => {
            let todo = "nothing is deleted by looking; what the words before say helps";
            findings.push(Finding::fail("home", error.to_string(), todo));
            findings.extend(holder(home, &error));
            return Ok(());
        }
    };
    let file = device.file();
    let whose = format!("{} in {}, of the server {}", file.user, file.workspace, file.server);
    findings.push(Finding::ok("home", whose));
    findings.push(disk::secret(home));
    findings.push(disk::room(home));
    findings.push(keys(&device, home));
    findings.push(database(&device));
    match device.store().facts() {
        Ok(facts) => findings.extend(queue(&facts, clock::wall())),
        Err(error) => findings.push(Finding::fail("queue", error.to_string(), "see the database above")),
    }
    if offline {
        return Ok(());
    }
    let runtime = interrupt::runtime()?;
    let answered = runtime.block_on(health(&file.server, file.fingerprint));
    match answered {
        Ok(health) => findings.extend(server(file, &health, clock::wall())),
        Err(error) => {
            let todo = "what is saved here waits; look at the network and the server";
            findings.push(Finding::fail("server", error.to_string(), todo));
        }
    }
    Ok(())
}

/// Where the keys lie, and whether others may read them.
fn keys(device: &Device, home: &Path) -> Finding {
    let place = match device.keys() {
        Ok(place) => place,
        Err(error) => return Finding::fail("keys", error.to_string(), "see the home above"),
    };
    let open = KeyPlace::OPEN_ALL.map(|name| home.join(name)).into_iter().find(|path| disk::is_open(path));
    if let Some(path) = open {
        let says = format!("others on this machine may read {}, which opens everything here", path.display());
        return Finding::warn("keys", says, format!("chmod 600 {}", path.display()));
    }
    match place {
        KeyPlace::Earlier => {
            let says = "an earlier program left the database's key as it is, in device.key";
            Finding::warn("keys", says, "sync once; the command after that gives the database a new key")
        }
        KeyPlace::Changing => {
            let says = "the database waits for its new key until nobody else has it open";
            Finding::warn("keys", says, "end what else runs on this folder, then run any command")
        }
        KeyPlace::File => {
            held("holder file: whoever reads device.secret in this folder reads the data; nobody else does")
        }
        KeyPlace::Keyring => held(
            "holder keyring: the system's secure store answers, and a copy of this folder alone says nothing",
        ),
        KeyPlace::Passphrase => {
            held("holder passphrase: it was right, and who does not know it reads nothing of this folder")
        }
    }
}

fn held(says: &str) -> Finding {
    Finding::ok("keys", format!("{says} ({CHANGES})"))
}

/// How somebody else comes to hold the secret.
const CHANGES: &str = "fieldbook device holder changes who it is";

/// Who holds the secret of a home that does not open, as its files say, and whether that is why.
fn holder(home: &Path, error: &DeviceError) -> Option<Finding> {
    let place = KeyPlace::of(&Home::at(home)).ok()?;
    let DeviceError::Keys { why, .. } = error else { return None };
    let store = "open the session of whoever signed in here, and unlock the store";
    let (says, todo) = match (place, why) {
        (KeyPlace::Keyring, KeyTrouble::NoStore(_)) => {
            ("holder keyring: the system's secure store does not answer", store)
        }
        (KeyPlace::Keyring, KeyTrouble::StoreLocked) => {
            ("holder keyring: the system's secure store is locked", store)
        }
        (KeyPlace::Keyring, KeyTrouble::StoreFailed(_)) => {
            ("holder keyring: the system's secure store failed", "try again")
        }
        (KeyPlace::Keyring, KeyTrouble::NoEntry(_)) => (
            "holder keyring: the system's secure store answers, and has no entry for this folder",
            "bring the entry back",
        ),
        (KeyPlace::Passphrase, KeyTrouble::NoPassphrase(_) | KeyTrouble::WrongPassphrase) => (
            "holder passphrase: the right one was not given",
            "set FIELDBOOK_PASSPHRASE, or run this on a terminal",
        ),
        _ => return None,
    };
    Some(Finding::fail("keys", says, format!("{todo}; once it opens, {CHANGES}")))
}

fn database(device: &Device) -> Finding {
    match device.store().checked() {
        Ok(None) => Finding::ok("database", "whole"),
        Ok(Some(words)) => {
            let todo = "copy the folder to a safe place, then sign in into a new folder; ask before you throw anything away";
            Finding::fail("database", format!("damaged: {words}"), todo)
        }
        Err(error) => Finding::fail("database", error.to_string(), "copy the folder to a safe place first"),
    }
}

/// What waits, and for whom.
pub fn queue(facts: &Facts, now: WallTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    let old = facts.oldest_waiting.filter(|oldest| now.0.saturating_sub(oldest.0) > WAITS_MS);
    findings.push(match (facts.waiting, old) {
        (0, _) => Finding::ok("queue", "everything is sent"),
        (waiting, Some(oldest)) => {
            let says = format!(
                "{} to send, the oldest for {}",
                output::plural(waiting, "action"),
                clock::age(oldest, now)
            );
            Finding::warn("queue", says, "fieldbook sync --wait says what stands in the way")
        }
        (waiting, None) => Finding::ok("queue", format!("{} to send", output::plural(waiting, "action"))),
    });
    if facts.conflicts > 0 {
        let says = format!("{} to decide", output::plural(facts.conflicts, "conflict"));
        findings.push(Finding::warn("conflicts", says, "fieldbook conflicts"));
    }
    if facts.rejected > 0 {
        let says = format!("{} refused and kept", output::plural(facts.rejected, "action"));
        findings.push(Finding::warn(
            "refused",
            says,
            "fieldbook log --state rejected, then retry or discard",
        ));
    }
    if facts.lost_base > 0 {
        let says = format!("{} for what the server lost", output::plural(facts.lost_base, "action waits"));
        findings.push(Finding::warn(
            "lost",
            says,
            "it comes with another device, or an owner closes the recovery",
        ));
    }
    findings
}

/// What the server says of itself.
pub fn server(file: &HomeFile, health: &Health, now: WallTime) -> Vec<Finding> {
    vec![
        Finding::ok("server", format!("{} answers, in {} ms", file.server, health.took_ms)),
        way(file),
        clocks(health, now),
        versions(health, env!("CARGO_PKG_VERSION")),
    ]
}

/// Whether what travels can be read on the way.
fn way(file: &HomeFile) -> Finding {
    let clear = file.server.strip_prefix("http://");
    match (clear, file.fingerprint) {
        (None, Some(_)) => Finding::ok("tls", "the server has the certificate that this device trusts"),
        (None, None) => Finding::ok("tls", "the server has a certificate that this system trusts"),
        (Some(_), _) if is_near(&file.server) => Finding::ok("tls", "none, and nothing leaves this machine"),
        (Some(_), _) => {
            let todo = "serve with --tls self-signed or a certificate, then sign in with the https address";
            Finding::warn("tls", "passwords and data travel in clear", todo)
        }
    }
}

fn clocks(health: &Health, now: WallTime) -> Finding {
    let off = now.0.abs_diff(health.time.0);
    match off > OFF_MS {
        false => Finding::ok("clock", "as the server's"),
        true => {
            let way = if now.0 > health.time.0 { "ahead of" } else { "behind" };
            let (early, late) = (now.min(health.time), now.max(health.time));
            let says = format!("{} {way} the server's", clock::age(early, late));
            Finding::warn("clock", says, "set this machine's clock; nothing is lost by it")
        }
    }
}

fn versions(health: &Health, own: &str) -> Finding {
    let says = format!("this program is {own}, the server {}", health.version);
    match (health.protocol == PROTOCOL, health.version == own) {
        (false, _) => {
            let says = format!("{says}; they speak sync-v{PROTOCOL} and sync-v{}", health.protocol);
            Finding::fail("version", says, "bring the older one to the version of the newer one")
        }
        (true, true) => Finding::ok("version", says),
        (true, false) => Finding::warn("version", says, "both understand each other; update the older one"),
    }
}
