//! The sample's workspace beside the shop: a checklist that ann and ben share, with something on it.

use std::fs;

use super::passwords::User;
use super::shop::Shop;
use crate::problem::{Problem, While};

/// The workspace's name.
pub const WORKSPACE: &str = "checklist";
const SCHEMA: &str = "apps/sample/schema.toml";
const ACTIONS: &str = "apps/sample/demo.jsonl";
/// Ann's other device.
const TABLET: &str = "tablet";

/// The workspace and its users, before the server runs.
pub fn found(shop: &Shop<'_>) -> Result<(), Problem> {
    shop.add(WORKSPACE, SCHEMA)
}

/// The workspace as this program has it, also in the folder of an older one. Whether it has yet to be filled.
pub fn follow(shop: &Shop<'_>) -> Result<bool, Problem> {
    let is_there = shop.bring(WORKSPACE, SCHEMA)?;
    if !is_there {
        found(shop)?;
    }
    Ok(!is_there)
}

/// Something on the list, written on a tablet.
pub fn load(shop: &Shop<'_>, url: &str) -> Result<(), Problem> {
    let lap = shop.clock.phase("writing a checklist");
    shop.signs_in(url, WORKSPACE, User::Ann, TABLET)?;
    let home = shop.text(TABLET);
    let lines = fs::read_to_string(shop.places.root.join(ACTIONS)).while_trying("read the checklist")?;
    let all = shop.write(lines, TABLET)?;
    shop.run(&["sync", "--wait", "--home", &home], None)?;
    lap.end(&format!("{all} actions"));
    Ok(())
}
