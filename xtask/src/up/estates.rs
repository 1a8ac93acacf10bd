//! Site's workspace: two estates that three people worked on, two of them apart from each other at the end.

use std::fs;

use super::passwords::User;
use super::shop::Shop;
use crate::problem::{Problem, While};

/// The workspace's name.
pub const WORKSPACE: &str = "estates";
const SCHEMA: &str = "apps/site/schema.toml";
/// The pictures of the plans.
const PLANS: &str = "apps/site/demo/plans";
/// What each did, as files of actions.
const ACTIONS: &str = "estates";
/// Everybody's device, and role.
const PEOPLE: [(User, &str, &str); 3] =
    [(User::Ann, "office", "owner"), (User::Ben, "van", "editor"), (User::Cleo, "walker", "surveyor")];

/// The workspace and its users, before the server runs.
pub fn found(shop: &Shop<'_>) -> Result<(), Problem> {
    let data = shop.text("server");
    shop.run(&["admin", "workspace", "add", WORKSPACE, "--schema", SCHEMA, "--data", &data], None)?;
    PEOPLE.into_iter().try_for_each(|(user, _, role)| shop.joins(WORKSPACE, user, role))
}

/// The workspace as this program has it, also in the folder of an older one. Whether it has yet to be filled.
pub fn follow(shop: &Shop<'_>) -> Result<bool, Problem> {
    let is_there = shop.bring(WORKSPACE, SCHEMA)?;
    if !is_there {
        found(shop)?;
    }
    Ok(!is_there)
}

/// The estates with all that was done on them, and a conflict that waits for somebody.
pub fn load(shop: &Shop<'_>, url: &str) -> Result<(), Problem> {
    let lap = shop.clock.phase("writing two estates");
    let actions = shop.text(ACTIONS);
    shop.run(&["demo", PLANS, "--estates", &actions], None)?;
    let mut stages: Vec<_> = fs::read_dir(&actions)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .while_trying("read what was done on the estates")?
        .into_iter()
        .map(|file| file.path())
        .collect();
    stages.sort();
    let mut all = 0;
    for (user, device, _) in PEOPLE {
        shop.signs_in(url, WORKSPACE, user, device)?;
    }
    pictures(shop)?;
    for stage in &stages {
        let name = stage.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let who = PEOPLE.into_iter().find(|(user, _, _)| name.split('-').any(|part| part == user.name()));
        let (_, device, _) = who.ok_or_else(|| Problem::failed(format!("nobody did {name}")))?;
        let is_apart = name.ends_with("-apart");
        if !is_apart {
            everything(shop, device)?;
        }
        let lines = fs::read_to_string(stage).while_trying("read what was done on the estates")?;
        all += shop.write(lines, device)?;
        if !is_apart {
            sync(shop, device)?;
        }
    }
    // In the order in which they come back: the second finds what the first did.
    ["walker", "van"].into_iter().try_for_each(|device| sync(shop, device))?;
    everything(shop, "office")?;
    fs::remove_dir_all(&actions).while_trying("remove what is read")?;
    lap.end(&format!("{all} actions"));
    Ok(())
}

/// The pictures of all plans, brought by Ann.
fn pictures(shop: &Shop<'_>) -> Result<(), Problem> {
    let office = shop.text("office");
    let folder =
        fs::read_dir(shop.places.root.join(PLANS)).while_trying("look for the pictures of the plans")?;
    for file in folder.flatten().map(|entry| entry.path()) {
        if file.extension().is_some_and(|ending| ending == "webp" || ending == "tiles") {
            shop.run(&["blob", "put", &file.display().to_string(), "--home", &office], None)?;
        }
    }
    Ok(())
}

/// A device gets all estates with their floors.
fn everything(shop: &Shop<'_>, device: &str) -> Result<(), Problem> {
    let home = shop.text(device);
    sync(shop, device)?;
    let listed = shop.run(&["--json", "query", "SELECT id FROM estate", "--home", &home], None)?.stdout;
    for id in listed.split('"').filter(|word| word.len() == 36) {
        shop.run(&["load", &format!("estate/{id}"), "--beneath", "--home", &home], None)?;
    }
    sync(shop, device)
}

fn sync(shop: &Shop<'_>, device: &str) -> Result<(), Problem> {
    shop.run(&["sync", "--wait", "--home", &shop.text(device)], None).map(drop)
}
