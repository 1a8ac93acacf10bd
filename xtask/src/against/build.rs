//! The program of a commit: built in a working tree of its own below the build folder, and kept there under the commit's name.

use std::fs;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::Build;
use crate::step::Step;

/// The whole name of a commit of this clone.
pub fn commit(places: &Places, named: &str) -> Result<String, Problem> {
    let found =
        places.git(["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{named}^{{commit}}")]);
    let found = { found }.output().while_trying("start git")?;
    let name = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    match found.status.success() && !name.is_empty() {
        true => Ok(name),
        false => Err(Problem::Wrong(format!(
            "This clone has no commit {named:?}. `git log --oneline` lists those that it has; where it was cloned without its history, `git fetch --unshallow` brings the others."
        ))),
    }
}

/// Its program; built where it is not there yet.
pub fn program_of(clock: &Clock, places: &Places, commit: &str) -> Result<PathBuf, Problem> {
    let folder = places.target.join("against");
    let program = folder.join("programs").join(commit);
    if program.is_file() {
        return Ok(program);
    }
    let tree = folder.join(format!("tree-{commit}"));
    let lap = clock.phase(&format!("building the fieldbook program of {}", short(commit)));
    leave(places, &tree);
    let add = places.git(["worktree", "add", "--detach"]).arg(&tree).arg(commit).output();
    let added = add.while_trying("start git")?;
    if !added.status.success() {
        return Err(Problem::failed(String::from_utf8_lossy(&added.stderr)));
    }
    let mut command = places.cargo(["build", "--release", "--locked", "--package", "fieldbook-cli"]);
    command.current_dir(&tree).env("CARGO_TARGET_DIR", folder.join("build"));
    // Its own toolchain file says which one builds it.
    command.env_remove("RUSTUP_TOOLCHAIN");
    let outcome = Step::new(command, Build::default()).run(clock).while_trying("start cargo")?;
    leave(places, &tree);
    if !outcome.success {
        return Err(Problem::failed(format!(
            "{}\n\nThe program of {} does not build here.",
            outcome.tail(60),
            short(commit)
        )));
    }
    fs::create_dir_all(folder.join("programs")).while_trying("make a folder for programs")?;
    fs::copy(folder.join("build/release/fieldbook"), &program).while_trying("keep the program")?;
    lap.done();
    Ok(program)
}

/// Removes a working tree, if it is there: one that a stop left behind, too.
fn leave(places: &Places, tree: &std::path::Path) {
    let _ = places.git(["worktree", "remove", "--force"]).arg(tree).output();
    let _ = fs::remove_dir_all(tree);
    let _ = places.git(["worktree", "prune"]).output();
}

/// As people write it.
pub fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_a_clone_has_not_is_told_with_what_to_do() {
        let places = Places::find().expect("a working tree");
        for named in ["no-such-commit", "0000000", "--all", ""] {
            let told = commit(&places, named).expect_err("there is none");
            assert!(
                matches!(&told, Problem::Wrong(words) if words.contains("git fetch --unshallow")),
                "{told}"
            );
        }
        assert_eq!(commit(&places, "HEAD").map(|name| name.len()), Ok(40));
    }
}
