//! The folder of a demo: what lies where in it, and how far its loading came. It never touches what
//! it did not make.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::places::Places;
use crate::problem::{Problem, While};

const STAGE: &str = "stage.txt";
/// All that a demo makes in its folder, the mark of the stage last.
const MADE: [&str; 12] = [
    "up.json",
    "server",
    "till-a",
    "till-b",
    "tablet",
    "office",
    "van",
    "walker",
    "estates",
    "passwords.txt",
    "server.log",
    STAGE,
];

/// How far the loading of a folder came.
#[derive(Debug, PartialEq, Eq)]
pub enum Stage {
    /// There is nothing.
    Empty,
    /// It was begun and not ended.
    Begun,
    /// The shop is there; its tills know the server under this port.
    Ready {
        /// Where they look for it.
        port: u16,
    },
    /// Somebody else's files.
    Foreign,
}

/// The folder.
pub struct Ground {
    folder: PathBuf,
}

impl Ground {
    /// The named folder, else the usual one.
    pub fn at(places: &Places, data: Option<&str>) -> Result<Self, Problem> {
        let folder = match data {
            Some(folder) => env::current_dir().while_trying("read the current folder")?.join(folder),
            None => places.root.join("target/demo"),
        };
        Ok(Self { folder })
    }

    /// One of the things in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder as a person types it.
    pub fn typed(&self, places: &Places) -> String {
        places.typed(&self.folder).display().to_string()
    }

    /// Whether there is nothing in it, or no folder.
    pub fn is_empty(&self) -> Result<bool, Problem> {
        match fs::read_dir(&self.folder) {
            Ok(mut entries) => Ok(entries.next().is_none()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error).while_trying(format_args!("look into {}", self.folder.display())),
        }
    }

    /// How far it came.
    pub fn stage(&self) -> Result<Stage, Problem> {
        if self.is_empty()? {
            return Ok(Stage::Empty);
        }
        Ok(fs::read_to_string(self.path(STAGE)).map_or(Stage::Foreign, |text| stage(&text)))
    }

    /// Begins: from here on the folder is ours.
    pub fn begin(&self) -> Result<(), Problem> {
        fs::create_dir_all(&self.folder).while_trying(format_args!("make {}", self.folder.display()))?;
        self.mark("loading\n")
    }

    /// The shop is there.
    pub fn end(&self, port: u16) -> Result<(), Problem> {
        self.mark(&format!("ready {port}\n"))
    }

    fn mark(&self, text: &str) -> Result<(), Problem> {
        fs::write(self.path(STAGE), text).while_trying("write down how far the demo is")
    }

    /// Removes what a demo made, and the folder if nothing else is in it.
    pub fn clear(&self) -> Result<(), Problem> {
        match self.stage()? {
            Stage::Empty => return Ok(()),
            Stage::Foreign => return Err(self.foreign()),
            // Cut off half-way, the rest must not pass for a whole shop.
            Stage::Begun | Stage::Ready { .. } => self.mark("loading\n")?,
        }
        for name in MADE {
            remove(&self.path(name)).while_trying(format_args!("remove {}", self.path(name).display()))?;
        }
        // Fails when a stranger's file is there, and that is right.
        fs::remove_dir(&self.folder).ok();
        Ok(())
    }

    /// Why nothing is done in a folder that is not a demo's.
    pub fn foreign(&self) -> Problem {
        Problem::failed(format!(
            "{} holds files that no demo made; name an empty folder with --data.",
            self.folder.display()
        ))
    }
}

fn stage(text: &str) -> Stage {
    match text.trim().split_once(' ') {
        None if text.trim() == "loading" => Stage::Begun,
        Some(("ready", port)) => port.parse().map_or(Stage::Foreign, |port| Stage::Ready { port }),
        _ => Stage::Foreign,
    }
}

fn remove(path: &Path) -> std::io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ground(name: &str) -> Ground {
        let folder = env::temp_dir().join(format!("fieldbook-ground-{}-{name}", std::process::id()));
        fs::remove_dir_all(&folder).ok();
        Ground { folder }
    }

    #[test]
    fn a_folder_goes_from_empty_to_ready_and_back() {
        let ground = ground("round");
        assert_eq!(ground.stage(), Ok(Stage::Empty));
        ground.begin().expect("begun");
        assert_eq!(ground.stage(), Ok(Stage::Begun));
        ground.end(4180).expect("ended");
        assert_eq!(ground.stage(), Ok(Stage::Ready { port: 4180 }));
        fs::create_dir_all(ground.path("till-a/deep")).expect("a home");
        ground.clear().expect("cleared");
        assert!(!ground.folder.exists());
    }

    #[test]
    fn a_strangers_files_are_never_removed() {
        let ground = ground("foreign");
        fs::create_dir_all(ground.path("server")).expect("a folder");
        assert_eq!(ground.stage(), Ok(Stage::Foreign));
        assert!(ground.clear().is_err());
        assert!(ground.path("server").exists());
        fs::remove_dir_all(&ground.folder).expect("gone");
    }

    #[test]
    fn a_strangers_file_among_ours_outlives_a_clearing() {
        let ground = ground("among");
        ground.begin().expect("begun");
        fs::write(ground.path("notes.txt"), "mine").expect("a file");
        ground.clear().expect("cleared");
        assert_eq!(fs::read_to_string(ground.path("notes.txt")).expect("still there"), "mine");
        fs::remove_dir_all(&ground.folder).expect("gone");
    }

    #[test]
    fn a_mark_that_nobody_wrote_is_foreign() {
        for text in ["", "ready", "ready soon", "loading twice"] {
            assert_eq!(stage(text), Stage::Foreign, "{text:?}");
        }
    }
}
