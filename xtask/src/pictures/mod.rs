//! The pictures of the guides: those of `docs/guide/conflicts.md` are drawn from a table of scenes, that of `docs/guide/performance.md`
//! from its own table of figures. A check compares what is committed with what would be drawn; `cargo xtask pictures` draws anew.

mod draw;
mod plot;
mod scenes;

use std::fs;
use std::io;
use std::process::ExitCode;

use crate::places::Places;
use crate::problem::{Problem, While};

/// Where they are.
const FOLDER: &str = "docs/guide/pictures";

/// The guide whose table of figures is drawn, and the picture.
const PLOT: (&str, &str) = ("docs/guide/performance.md", "peers.svg");

/// Draws all of them.
pub fn refresh(places: &Places) -> Result<ExitCode, Problem> {
    let folder = places.root.join(FOLDER);
    fs::create_dir_all(&folder).while_trying("make the folder of the pictures")?;
    for (_, name, drawn) in all(places).while_trying("read the guide to performance")? {
        let path = folder.join(name);
        fs::write(&path, drawn).while_trying("write a picture")?;
        println!("{}", places.typed(&path).display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The pictures that are not what they should be, and those that their guide does not show.
pub fn stale(places: &Places) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    for (guide, name, drawn) in all(places).map_err(|error| error.to_string())? {
        let there = fs::read_to_string(places.root.join(FOLDER).join(&name)).unwrap_or_default();
        if there != drawn {
            wrong.push(format!("{FOLDER}/{name}: run `cargo xtask pictures`"));
        }
        let text = fs::read_to_string(places.root.join(guide)).map_err(|error| error.to_string())?;
        if !text.contains(&format!("pictures/{name}")) {
            wrong.push(format!("{guide} does not show {name}"));
        }
    }
    Ok(wrong)
}

/// Every picture: its guide, its name and what it is.
fn all(places: &Places) -> io::Result<Vec<(&'static str, String, String)>> {
    let scenes = scenes::ALL.iter();
    let mut all: Vec<_> = scenes
        .map(|scene| ("docs/guide/conflicts.md", format!("{}.svg", scene.name), draw::svg(scene)))
        .collect();
    let (guide, name) = PLOT;
    let text = fs::read_to_string(places.root.join(guide))?;
    all.extend(plot::svg(&text).map(|drawn| (guide, name.to_owned(), drawn)));
    Ok(all)
}
