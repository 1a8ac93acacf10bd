//! From what is missing to the one command that brings it. A pure function with its table.

use super::facts::{Facts, System, User};
use super::need::Need;
use crate::web;

/// Only root on Debian can install without asking anybody anything.
pub fn is_ours_to_do(facts: &Facts) -> bool {
    facts.system == System::Debian && facts.user == User::Root
}

/// The programs to run, one after the other. Empty where the names of the packages are not known.
pub fn commands(facts: &Facts, missing: &[Need]) -> Vec<Vec<String>> {
    let packages = packages(facts.system, missing);
    let mut commands = match facts.system {
        System::Other if missing.iter().any(|need| component(*need).is_none()) => return Vec::new(),
        System::Other => Vec::new(),
        System::Debian => debian(facts.user, &packages),
        System::Fedora => with("dnf install -y", facts.user, &packages),
        System::Mac => mac(missing, &packages),
    };
    let components: Vec<&str> = missing.iter().filter_map(|need| component(*need)).collect();
    commands.extend(with("rustup component add", User::Root, &components));
    // Debian's own compiler brings it.
    if missing.contains(&Need::Wasm) && facts.system != System::Debian {
        commands.extend(with("rustup target add", User::Root, &[web::TARGET]));
    }
    commands
}

/// As a person would type it.
pub fn line(commands: &[Vec<String>]) -> String {
    commands.iter().map(|words| words.join(" ")).collect::<Vec<_>>().join(" && ")
}

fn debian(user: User, packages: &[&str]) -> Vec<Vec<String>> {
    let install = with("apt-get install -y", user, packages);
    let update = if install.is_empty() { Vec::new() } else { with("apt-get update", user, &[""]) };
    update.into_iter().chain(install).collect()
}

fn mac(missing: &[Need], packages: &[&str]) -> Vec<Vec<String>> {
    let tools = missing.iter().any(|need| matches!(need, Need::Compiler | Need::Make | Need::Git));
    let tools = if tools { with("xcode-select --install", User::Root, &[""]) } else { Vec::new() };
    // Homebrew refuses to run as root, and never needs it.
    tools.into_iter().chain(with("brew install", User::Root, packages)).collect()
}

/// Nothing when there is nothing to name.
fn with(command: &str, user: User, names: &[&str]) -> Vec<Vec<String>> {
    if names.is_empty() {
        return Vec::new();
    }
    let sudo = (user == User::Ordinary).then_some("sudo");
    let words =
        sudo.into_iter().chain(command.split(' ')).chain(names.iter().flat_map(|name| name.split(' ')));
    vec![words.filter(|word| !word.is_empty()).map(str::to_owned).collect()]
}

fn packages(system: System, missing: &[Need]) -> Vec<&'static str> {
    let mut names: Vec<&str> = missing.iter().filter_map(|need| package(system, *need)).collect();
    names.dedup();
    names
}

fn package(system: System, need: Need) -> Option<&'static str> {
    Some(match (system, need) {
        (System::Debian, Need::Compiler | Need::Make) => "build-essential",
        (System::Debian, Need::PkgConfig) => "pkg-config",
        (System::Debian, Need::Openssl) => "libssl-dev",
        (System::Fedora, Need::Compiler) => "gcc",
        (System::Fedora, Need::Make) => "make",
        (System::Fedora | System::Mac, Need::PkgConfig) => "pkgconf",
        (System::Fedora, Need::Openssl) => "openssl-devel",
        (System::Mac, Need::Openssl) => "openssl@3",
        (System::Debian | System::Fedora, Need::Git) => "git",
        (System::Debian, Need::Python) => "python3-venv",
        (System::Fedora | System::Mac, Need::Python) => "python3",
        (System::Debian, Need::Dbus) => "dbus",
        (System::Fedora, Need::Dbus) => "dbus-daemon",
        (System::Debian | System::Fedora, Need::Keyring) => "gnome-keyring",
        (System::Debian | System::Fedora, Need::Ext4) => "e2fsprogs",
        (System::Debian | System::Fedora | System::Mac, Need::Age) => "age",
        (System::Debian, Need::Npm) => "npm",
        (System::Debian | System::Mac, Need::Postgres) => "postgresql",
        (System::Fedora, Need::Npm) => "nodejs-npm",
        (System::Fedora, Need::Postgres) => "postgresql-server",
        (System::Debian, Need::Wasm) => "rustc-web cargo-web rust-web-src lld-19 clang-19 llvm-19",
        (System::Fedora, Need::Wasm) => "clang lld",
        (System::Mac, Need::Wasm) => "llvm",
        (System::Debian | System::Fedora, Need::Node) => "nodejs",
        (System::Mac, Need::Npm | Need::Node) => "node",
        (System::Debian | System::Fedora, Need::Chromium) => "chromium",
        _ => return None,
    })
}

/// What comes with the toolchain and not from the system.
fn component(need: Need) -> Option<&'static str> {
    match need {
        Need::Rustfmt => Some("rustfmt"),
        Need::Clippy => Some("clippy"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::need::{Purpose, missing};
    use super::*;
    use Need::{
        Age, Clippy, Compiler, Dbus, Ext4, Git, Keyring, Make, Npm, Openssl, PkgConfig, Postgres, Python,
        Rustfmt,
    };
    use System::{Debian, Fedora, Mac, Other};
    use User::{Ordinary, Root};

    /// A machine that has all but these.
    fn machine(system: System, user: User, lacks: &[Need]) -> Facts {
        let all =
            [Purpose::Test, Purpose::PeersWithPostgres].map(Purpose::needs).into_iter().flatten().copied();
        Facts { system, user, found: all.filter(|need| !lacks.contains(need)).collect() }
    }

    fn check(purpose: Purpose, facts: &Facts, expected: &str) {
        let missing = missing(facts, purpose);
        assert_eq!(line(&commands(facts, &missing)), expected, "{facts:?}");
    }

    #[test]
    fn nothing_is_asked_for_where_nothing_is_missing() {
        for system in [Debian, Fedora, Mac, Other] {
            check(Purpose::Test, &machine(system, Ordinary, &[]), "");
        }
    }

    #[test]
    fn one_command_brings_all_that_is_missing() {
        const BARE: &[Need] = &[Compiler, Make, PkgConfig, Openssl];
        let cases: [(System, User, &[Need], &str); 11] = [
            (
                Debian,
                Root,
                &[Need::Wasm, Need::Node, Npm],
                "apt-get update && apt-get install -y rustc-web cargo-web rust-web-src lld-19 clang-19 llvm-19 nodejs npm",
            ),
            (
                Fedora,
                Ordinary,
                &[Need::Wasm],
                "sudo dnf install -y clang lld && rustup target add wasm32-unknown-unknown",
            ),
            (
                Debian,
                Root,
                BARE,
                "apt-get update && apt-get install -y build-essential pkg-config libssl-dev",
            ),
            (Debian, Ordinary, &[Openssl], "sudo apt-get update && sudo apt-get install -y libssl-dev"),
            (Debian, Ordinary, &[Make], "sudo apt-get update && sudo apt-get install -y build-essential"),
            (Fedora, Root, BARE, "dnf install -y gcc make pkgconf openssl-devel"),
            (Fedora, Ordinary, &[Compiler], "sudo dnf install -y gcc"),
            (Mac, Ordinary, BARE, "xcode-select --install && brew install pkgconf openssl@3"),
            (Mac, Ordinary, &[Openssl], "brew install openssl@3"),
            (Mac, Ordinary, &[Make], "xcode-select --install"),
            (Other, Root, BARE, ""),
        ];
        for (system, user, lacks, expected) in cases {
            let purpose = if lacks.contains(&Need::Wasm) { Purpose::Web } else { Purpose::Build };
            check(purpose, &machine(system, user, lacks), expected);
        }
    }

    #[test]
    fn what_only_the_tests_need_is_asked_for_only_there() {
        let facts = machine(Debian, Root, &[Git, Rustfmt, Clippy]);
        check(Purpose::Build, &facts, "");
        check(
            Purpose::Test,
            &facts,
            "apt-get update && apt-get install -y git && rustup component add rustfmt clippy",
        );
        let python = "sudo apt-get update && sudo apt-get install -y python3-venv";
        check(Purpose::Test, &machine(Debian, Ordinary, &[Python]), python);
        check(Purpose::Test, &machine(Other, Ordinary, &[Clippy]), "rustup component add clippy");
        check(Purpose::Test, &machine(Fedora, Ordinary, &[Rustfmt]), "rustup component add rustfmt");
        let store = "apt-get update && apt-get install -y dbus gnome-keyring e2fsprogs";
        check(Purpose::Test, &machine(Debian, Root, &[Dbus, Keyring, Ext4]), store);
        check(Purpose::Test, &machine(Debian, Root, &[Age]), "apt-get update && apt-get install -y age");
        check(Purpose::Build, &machine(Debian, Root, &[Age]), "");
        check(Purpose::Test, &machine(Mac, Ordinary, &[Age]), "brew install age");
    }

    #[test]
    fn what_only_the_peers_need_is_asked_for_only_there() {
        let facts = machine(Debian, Root, &[Npm, Postgres]);
        check(Purpose::Build, &facts, "");
        check(Purpose::Peers, &facts, "apt-get update && apt-get install -y npm");
        check(Purpose::PeersWithPostgres, &facts, "apt-get update && apt-get install -y npm postgresql");
        let facts = machine(Fedora, Ordinary, &[Npm, Postgres]);
        check(Purpose::PeersWithPostgres, &facts, "sudo dnf install -y nodejs-npm postgresql-server");
    }

    #[test]
    fn only_root_on_debian_installs_by_itself() {
        let cases = [
            (Debian, Root, true),
            (Debian, Ordinary, false),
            (Fedora, Root, false),
            (Mac, Ordinary, false),
            (Other, Root, false),
        ];
        for (system, user, expected) in cases {
            assert_eq!(is_ours_to_do(&machine(system, user, &[Openssl])), expected, "{system:?} {user:?}");
        }
    }
}
