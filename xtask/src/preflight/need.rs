//! The things a build cannot do without, and which of them are not there.

use super::facts::Facts;

/// What the machine is to be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Building and running.
    Build,
    /// Also formatting, linting and looking through the tracked files.
    Test,
    /// Building the device for browsers.
    Web,
    /// Comparing with peers that need no database of their own.
    Peers,
    /// Comparing with peers some of which keep their data in PostgreSQL.
    PeersWithPostgres,
}

/// One thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Compiles SQLCipher and links everything.
    Compiler,
    /// Comes with the compiler nearly everywhere.
    Make,
    /// Finds libraries.
    PkgConfig,
    /// SQLCipher is compiled against the system's libcrypto.
    Openssl,
    /// Lists the tracked files.
    Git,
    /// `cargo fmt`.
    Rustfmt,
    /// `cargo clippy`.
    Clippy,
    /// Runs schemathesis, in an environment of its own.
    Python,
    /// A session bus for the tests of secure stores.
    Dbus,
    /// The secure store on it.
    Keyring,
    /// Makes the file system whose image is read after a wipe.
    Ext4,
    /// Opens diagnostics as whoever helps does who has no program of ours.
    Age,
    /// Brings the peers, and a newer Node.
    Npm,
    /// What some peers keep their data in.
    Postgres,
    /// Compiles for browsers: Rust's part and C's.
    Wasm,
    /// Bundles the client, and plays its tests.
    Node,
    /// Runs them.
    Chromium,
}

impl Need {
    /// In words.
    pub fn says(self) -> &'static str {
        match self {
            Self::Compiler => "a C compiler",
            Self::Make => "make",
            Self::PkgConfig => "pkg-config",
            Self::Openssl => "the headers of OpenSSL",
            Self::Git => "git",
            Self::Rustfmt => "cargo fmt",
            Self::Clippy => "cargo clippy",
            Self::Python => "Python 3 with venv",
            Self::Dbus => "dbus-daemon and dbus-send",
            Self::Keyring => "the GNOME keyring",
            Self::Ext4 => "mkfs.ext4",
            Self::Age => "age, which encrypts files",
            Self::Npm => "npm",
            Self::Postgres => "PostgreSQL 15 or later",
            Self::Wasm => "Rust and clang for WebAssembly",
            Self::Node => "Node 20.19 or later",
            Self::Chromium => "Chromium",
        }
    }
}

impl Purpose {
    /// All that it takes.
    pub fn needs(self) -> &'static [Need] {
        use Need::{
            Age, Chromium, Clippy, Compiler, Dbus, Ext4, Git, Keyring, Make, Node, Npm, Openssl, PkgConfig,
            Postgres, Python, Rustfmt, Wasm,
        };
        match self {
            Self::Build => &[Compiler, Make, PkgConfig, Openssl],
            Self::Test => &[
                Compiler, Make, PkgConfig, Openssl, Git, Rustfmt, Clippy, Python, Dbus, Keyring, Ext4, Age,
                Wasm, Node, Npm, Chromium,
            ],
            Self::Web => &[Compiler, Make, PkgConfig, Openssl, Wasm, Node, Npm],
            Self::Peers => &[Compiler, Make, PkgConfig, Openssl, Npm],
            Self::PeersWithPostgres => &[Compiler, Make, PkgConfig, Openssl, Npm, Postgres],
        }
    }
}

/// What is not there, in the order in which a person would name it.
pub fn missing(facts: &Facts, purpose: Purpose) -> Vec<Need> {
    purpose.needs().iter().copied().filter(|need| !facts.found.contains(need)).collect()
}
