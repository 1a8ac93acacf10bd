//! What stands on the screen once the shop is open: the address, the users, the walk.

use super::checklist;
use super::estates;
use super::ground::Ground;
use super::passwords::{Passwords, User};
use super::shop::WORKSPACE;
use super::walk;
use crate::places::Places;

/// All of it.
pub fn text(places: &Places, ground: &Ground, passwords: &Passwords, port: u16, has_apps: bool) -> String {
    let folder = ground.typed(places);
    let mut lines = vec![
        format!("The shop is open at http://127.0.0.1:{port}, workspace {WORKSPACE}."),
        format!("  ann  {}  on {folder}/till-a", passwords.of(User::Ann)),
        format!("  ben  {}  on {folder}/till-b", passwords.of(User::Ben)),
        format!("The passwords are kept in {folder}/passwords.txt; the server's log is {folder}/server.log."),
        "What opens the tills lies in their folders as it is: this is a demo, and nobody's keyring has it."
            .to_owned(),
    ];
    if has_apps {
        let [ann, ben, cleo] = [User::Ann, User::Ben, User::Cleo].map(|user| passwords.of(user));
        lines.extend([
            String::new(),
            "In a browser, each with a password of its own:".to_owned(),
            format!("  Site       http://127.0.0.1:{port}/site/"),
            format!("    workspace {}: ann {ann} · ben {ben} · cleo {cleo}", estates::WORKSPACE),
            format!("  Checklist  http://127.0.0.1:{port}/checklist/"),
            format!("    workspace {}: ann {ann} · ben {ben}", checklist::WORKSPACE),
        ]);
    }
    lines.extend([
        String::new(),
        "Paste these in another terminal, in the repository's folder:".to_owned(),
        String::new(),
        "# the program, and the homes of the two tills".to_owned(),
        walk::setup(places, ground),
    ]);
    for stop in walk::WALK {
        lines.extend([String::new(), format!("# {}", stop.says), stop.command.to_owned()]);
    }
    lines.join("\n")
}
