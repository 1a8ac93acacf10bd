//! Where things are: the repository, what cargo builds, the programs that are started from here.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::problem::{Problem, While};

/// The repository on this machine.
pub struct Places {
    /// The folder of the workspace's Cargo.toml.
    pub root: PathBuf,
    /// Where cargo puts what it builds, absolute.
    pub target: PathBuf,
}

impl Places {
    /// Found at run time, never at compile time: one build folder may serve several working trees.
    pub fn find() -> Result<Self, Problem> {
        let here = env::current_dir().while_trying("read the current folder")?;
        let root = match env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) {
            Some(package) => package.parent().map(Path::to_path_buf),
            None => here
                .ancestors()
                .find(|folder| folder.join("xtask/Cargo.toml").is_file())
                .map(Path::to_path_buf),
        };
        let root = root.ok_or_else(|| Problem::failed("this is not a working tree of the project"))?;
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => here.join(folder),
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The built program.
    pub fn program(&self) -> PathBuf {
        self.target.join("release/fieldbook")
    }

    /// A path as a person types it in the repository's folder.
    pub fn typed<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    /// A program, to be run in the repository's folder, in the surroundings of a fresh terminal.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // `cargo run` describes xtask's own package in these; a build started from here is another's.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        if env::var_os("CARGO_TARGET_DIR").is_some() {
            command.env("CARGO_TARGET_DIR", &self.target);
        }
        command
    }

    /// The cargo that runs us.
    pub fn cargo<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(words);
        command
    }

    /// Git, looking at this repository.
    pub fn git<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = self.command("git");
        // A hook of git describes the repository that it runs for; the folder says which is meant here.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        command.args(words);
        command
    }
}
