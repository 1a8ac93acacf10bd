//! What this machine is and has. It only looks; it needs no network.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::need::{Need, Purpose};
use crate::places::Places;
use crate::web;

/// The families of systems that differ in how something is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Debian, Ubuntu and what descends from them.
    Debian,
    /// Fedora and what descends from it.
    Fedora,
    /// macOS.
    Mac,
    /// Some other.
    Other,
}

/// Whose terminal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// May install.
    Root,
    /// Has to ask for it.
    Ordinary,
}

/// All that was seen.
#[derive(Debug)]
pub struct Facts {
    /// What kind of system.
    pub system: System,
    /// Whose terminal.
    pub user: User,
    /// What is there of what was looked for.
    pub found: BTreeSet<Need>,
}

/// Looks once at everything that a purpose needs.
pub fn look(places: &Places, purpose: Purpose) -> Facts {
    let found = purpose.needs().iter().copied().filter(|need| is_there(*need, places)).collect();
    Facts { system: system(), user: user(), found }
}

fn is_there(need: Need, places: &Places) -> bool {
    match need {
        Need::Compiler => tells(&env::var("CC").unwrap_or_else(|_| "cc".to_owned())),
        Need::Make => tells("make"),
        Need::PkgConfig => tells("pkg-config"),
        Need::Openssl => openssl(),
        Need::Git => tells("git"),
        Need::Rustfmt => works(&mut places.cargo(["fmt", "--version"])),
        Need::Clippy => works(&mut places.cargo(["clippy", "--version"])),
        Need::Python => works(Command::new("python3").args(["-c", "import ensurepip, venv"])),
        // Only Linux has a secure store that a test can start for itself, and this file system.
        Need::Dbus | Need::Keyring | Need::Ext4 if env::consts::OS != "linux" => true,
        Need::Dbus => tells("dbus-daemon") && on_path("dbus-send"),
        Need::Keyring => tells("gnome-keyring-daemon"),
        Need::Ext4 => works(Command::new("mkfs.ext4").arg("-V")),
        Need::Age => tells("age"),
        Need::Npm => tells("npm"),
        Need::Postgres => postgres(),
        Need::Wasm => web::compiler(places).is_some(),
        Need::Node => tells("node"),
        Need::Chromium => web::chromium().is_some(),
    }
}

/// Whether a program tells its version.
fn tells(program: &str) -> bool {
    works(Command::new(program).arg("--version"))
}

/// Whether a program is there that tells no version.
fn on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Debian keeps the programs of each version in a folder that is on no path.
fn postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let named = env::var_os("PG_BIN").map(PathBuf::from);
    let mut folders = named.into_iter().chain(versions.map(|version| version.path().join("bin")));
    folders.any(|folder| folder.join("initdb").is_file()) || tells("initdb")
}

fn works(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn openssl() -> bool {
    works(Command::new("pkg-config").args(["--exists", "libcrypto"])) || header_folders().any(has_openssl)
}

/// Where the headers are when pkg-config does not know: Homebrew keeps them apart.
fn header_folders() -> impl Iterator<Item = PathBuf> {
    let named = env::var_os("OPENSSL_INCLUDE_DIR").map(PathBuf::from);
    let beside = env::var_os("OPENSSL_DIR").map(|folder| Path::new(&folder).join("include"));
    let usual = [
        "/usr/include",
        "/usr/local/include",
        "/opt/homebrew/opt/openssl@3/include",
        "/usr/local/opt/openssl@3/include",
    ];
    named.into_iter().chain(beside).chain(usual.into_iter().map(PathBuf::from))
}

fn has_openssl(folder: PathBuf) -> bool {
    folder.join("openssl/evp.h").is_file()
}

fn system() -> System {
    if env::consts::OS == "macos" {
        return System::Mac;
    }
    std::fs::read_to_string("/etc/os-release").map_or(System::Other, |text| family(&text))
}

/// From the lines `ID=` and `ID_LIKE=` of os-release.
fn family(os_release: &str) -> System {
    let names: Vec<&str> = os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split_whitespace())
        .collect();
    if names.iter().any(|name| ["debian", "ubuntu"].contains(name)) {
        System::Debian
    } else if names.iter().any(|name| ["fedora", "rhel"].contains(name)) {
        System::Fedora
    } else {
        System::Other
    }
}

fn user() -> User {
    let answer = Command::new("id").arg("-u").output();
    match answer {
        Ok(output) if output.stdout.trim_ascii() == b"0" => User::Root,
        _ => User::Ordinary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_told_by_its_family() {
        let cases = [
            ("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n", System::Debian),
            ("ID=ubuntu\nID_LIKE=debian\n", System::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Debian),
            ("ID=fedora\n", System::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", System::Fedora),
            ("ID=alpine\n", System::Other),
            ("VERSION_ID=debian\n", System::Other),
            ("", System::Other),
        ];
        for (text, expected) in cases {
            assert_eq!(family(text), expected, "{text}");
        }
    }
}
