//! The pictures of `docs/guide/conflicts.md`, drawn from a table of scenes. A check compares what is committed with
//! what would be drawn; `cargo xtask pictures` draws anew.

mod draw;
mod scenes;

use std::fs;
use std::process::ExitCode;

use crate::places::Places;
use crate::problem::{Problem, While};

/// Where they are.
const FOLDER: &str = "docs/guide/pictures";

/// Draws all of them.
pub fn refresh(places: &Places) -> Result<ExitCode, Problem> {
    let folder = places.root.join(FOLDER);
    fs::create_dir_all(&folder).while_trying("make the folder of the pictures")?;
    for scene in scenes::ALL {
        let path = folder.join(format!("{}.svg", scene.name));
        fs::write(&path, draw::svg(scene)).while_trying("write a picture")?;
        println!("{}", places.typed(&path).display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The pictures that are not what they should be, and those that the guide does not show.
pub fn stale(places: &Places) -> Result<Vec<String>, String> {
    let guide = fs::read_to_string(places.root.join("docs/guide/conflicts.md")).map_err(|e| e.to_string())?;
    let mut wrong = Vec::new();
    for scene in scenes::ALL {
        let name = format!("{}.svg", scene.name);
        let drawn = fs::read_to_string(places.root.join(FOLDER).join(&name)).unwrap_or_default();
        if drawn != draw::svg(scene) {
            wrong.push(format!("{FOLDER}/{name}: run `cargo xtask pictures`"));
        }
        if !guide.contains(&format!("pictures/{name}")) {
            wrong.push(format!("docs/guide/conflicts.md does not show {name}"));
        }
    }
    Ok(wrong)
}
