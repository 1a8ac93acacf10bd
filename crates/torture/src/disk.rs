//! A small disk of its own (tmpfs) that fills up and is freed. It needs a mount namespace, which the whole program
//! enters by `unshare` before it begins: with it all mounts go, however the program ends.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::text;

/// In MiB. A run's database takes less than one.
const SIZE: u32 = 6;

/// A word in the environment of who is inside.
const INSIDE: &str = "FIELDBOOK_TORTURE_INSIDE";

/// The words before a program that make it run where it may mount.
const UNSHARE: [&str; 4] = ["--user", "--map-root-user", "--mount", "--"];

/// Whether this process may mount.
pub fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Whether it could.
pub fn can_enter() -> bool {
    let mut trial = Command::new("unshare");
    // Over whatever folder there is: nobody outside sees it.
    trial.args(UNSHARE).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(env::temp_dir());
    trial.output().is_ok_and(|tried| tried.status.success())
}

/// This program again, inside.
pub fn enter() -> io::Result<std::process::ExitStatus> {
    let mut command = Command::new("unshare");
    command.args(UNSHARE).arg(env::current_exe()?).args(env::args_os().skip(1)).env(INSIDE, "1");
    command.status()
}

/// A small disk.
pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// Mounts it over an empty folder.
    pub fn mount(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let size = format!("size={SIZE}m,mode=700");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &size, "tmpfs", text(folder)]).stdin(Stdio::null());
        match command.output()? {
            done if done.status.success() => Ok(Self { folder: folder.to_owned() }),
            failed => Err(io::Error::other(String::from_utf8_lossy(&failed.stderr).trim().to_owned())),
        }
    }

    /// Fills it up to so many KiB.
    pub fn fill(&self, room_kib: u64) -> io::Result<()> {
        let mut ballast = File::create(self.ballast())?;
        let block = vec![b'x'; 4 << 10];
        let mut written: u64 = 0;
        loop {
            match ballast.write(&block) {
                Ok(0) => break,
                Ok(bytes) => written += bytes as u64,
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error),
            }
        }
        ballast.set_len(written.saturating_sub(room_kib << 10))
    }

    /// Frees it.
    pub fn free(&self) -> io::Result<()> {
        match fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Copies what is on it to a folder, before it goes with the program.
    pub fn keep(&self) -> io::Result<()> {
        let mut name = self.folder.clone().into_os_string();
        name.push("-kept");
        copy(&self.folder, Path::new(&name))
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let unmounted =
            Command::new("umount").args(["--lazy", text(&self.folder)]).stderr(Stdio::null()).status();
        // It goes with the namespace at the latest.
        let _ = unmounted;
    }
}

/// A folder with all that is in it.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
