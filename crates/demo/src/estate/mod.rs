//! The demo estates: buildings drawn from a few words about their rooms, what stands in them, and what three people did with it.

mod acts;
mod buildings;
mod draw;
mod plan;
mod stock;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

pub use acts::Act;
use buildings::{Drawing, ESTATES};

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Owns the workspace, and made everything.
    Ann,
    /// Keeps it running.
    Ben,
    /// Walks around with a tablet.
    Cleo,
}

impl Who {
    /// The name of the demo's user.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ann => "ann",
            Self::Ben => "ben",
            Self::Cleo => "cleo",
        }
    }
}

/// What one person did, one after the other.
#[derive(Debug)]
pub struct Stage {
    /// Who.
    pub who: Who,
    /// What.
    pub acts: Vec<Act>,
    /// Whether it was done without a word of the stage before it: by somebody who had no network.
    pub is_apart: bool,
}

/// The two files of a floor's picture, each by its SHA-256 in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The whole of it, small.
    pub plan: String,
    /// All of it, in tiles.
    pub detail: String,
}

/// Pictures by the name of their drawing.
pub type Pictures = BTreeMap<&'static str, Picture>;

/// The drawings of all floors: the name of each, and an SVG.
pub fn drawings() -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for building in ESTATES.iter().flat_map(|estate| estate.sites).flat_map(|site| site.buildings) {
        for floor in building.floors {
            if let Some(Drawing { name, pixels, plan }) = floor.drawing {
                let title = format!("{}, {}", building.name, floor.name.to_lowercase());
                all.push((name, draw::svg(&plan(), &title, pixels)));
            }
        }
    }
    all
}

/// The pictures that lie in a folder: `NAME.webp` and `NAME.tiles` of each drawing.
///
/// # Errors
/// When one of them cannot be read.
pub fn pictures(folder: &Path) -> io::Result<Pictures> {
    let sum = |name: &str, ending: &str| -> io::Result<String> {
        let path = folder.join(format!("{name}.{ending}"));
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let sum = Sha256::digest(std::fs::read(&path).map_err(told)?);
        Ok(sum.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    let both = |name| -> io::Result<_> {
        Ok((name, Picture { plan: sum(name, "webp")?, detail: sum(name, "tiles")? }))
    };
    drawings().into_iter().map(|(name, _)| both(name)).collect()
}

/// Everything that was done, in its order.
pub fn stages(pictures: &Pictures) -> Vec<Stage> {
    acts::stages(pictures)
}
