//! What the file system says of a folder: the room that is left, and who may read it.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::finding::Finding;

/// Below this nothing more is certain to be saved.
const LITTLE: u64 = 100 << 20;
/// Below this somebody should make room.
const LESS: u64 = 1 << 30;

/// The room that is left where a folder lies.
pub fn room(folder: &Path) -> Finding {
    match free(folder) {
        Ok(free) => of_room(free),
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            Finding::ok("disk", "the room on the disk is not looked at on this system")
        }
        Err(error) => {
            let words = format!("the room on the disk cannot be told: {error}");
            Finding::warn("disk", words, "look whether the disk is mounted")
        }
    }
}

/// The same in bytes.
#[cfg(unix)]
pub fn free(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Elsewhere nobody is asked.
#[cfg(not(unix))]
pub fn free(_: &Path) -> io::Result<u64> {
    Err(ErrorKind::Unsupported.into())
}

/// What so many free bytes mean.
pub fn of_room(free: u64) -> Finding {
    let says = format!("{} MiB are free on the disk", free >> 20);
    match free {
        ..LITTLE => Finding::fail("disk", says, "make room, or nothing more can be saved"),
        LITTLE..LESS => Finding::warn("disk", says, "make room soon"),
        _ => Finding::ok("disk", says),
    }
}

/// Whether others on this machine may read a file.
#[cfg(unix)]
pub fn is_open(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Elsewhere nobody is asked.
#[cfg(not(unix))]
pub fn is_open(_: &Path) -> bool {
    false
}

/// Whether others on this machine may read a folder.
#[cfg(unix)]
pub fn secret(folder: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    let mode = match std::fs::metadata(folder) {
        Ok(found) => found.permissions().mode(),
        Err(error) => {
            let words = format!("{}: {error}", folder.display());
            return Finding::fail("permissions", words, "run this as the user whose folder it is");
        }
    };
    match mode & 0o077 {
        0 => Finding::ok("permissions", "nobody else on this machine can read the folder"),
        _ => {
            let says = format!("others on this machine can get into {}", folder.display());
            Finding::warn("permissions", says, format!("chmod 700 {}", folder.display()))
        }
    }
}

/// Elsewhere nobody is asked.
#[cfg(not(unix))]
pub fn secret(_: &Path) -> Finding {
    Finding::ok("permissions", "who may read the folder is not looked at on this system")
}
