//! The packages of a peer, in exactly the versions of its lock file, in the build folder.

use std::fs;
use std::io;
use std::path::Path;

use super::node::Node;
use crate::clock::Clock;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;

const LOCK: &str = "package-lock.json";
/// The lock file that was installed last.
const STAMP: &str = "node_modules/.installed.json";

/// Copies the files of a folder; what else lies in the other stays.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Installs what the lock file names, unless that is there already. A peer without one needs nothing.
pub fn install(clock: &Clock, node: &Node, folder: &Path) -> Result<(), Problem> {
    if is_installed(folder) {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let lap = clock.phase(&format!("getting {name} from npm"));
    let mut npm = node.command("npm");
    npm.current_dir(folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    let outcome = Step::new(npm, LastLine::default()).run(clock).while_trying("start npm")?;
    if !outcome.success {
        return Err(Problem::failed(format!("{}\n\nnpm did not bring {name}.", outcome.tail(30))));
    }
    fs::copy(folder.join(LOCK), folder.join(STAMP)).while_trying("note what is installed")?;
    lap.done();
    Ok(())
}

fn is_installed(folder: &Path) -> bool {
    match fs::read(folder.join(LOCK)) {
        Ok(lock) => fs::read(folder.join(STAMP)).is_ok_and(|stamp| stamp == lock),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_lock_file_is_installed_anew_and_none_needs_nothing() {
        let folder = std::env::temp_dir().join(format!("fieldbook-packages-{}", std::process::id()));
        let [from, to] = ["from", "to"].map(|name| folder.join(name));
        fs::create_dir_all(&from).expect("a folder");
        copy(&from, &to).expect("a copy");
        assert!(is_installed(&to));
        fs::write(from.join(LOCK), "one").expect("a lock");
        copy(&from, &to).expect("a copy");
        assert!(!is_installed(&to));
        fs::create_dir_all(to.join("node_modules")).expect("a folder");
        fs::write(to.join(STAMP), "one").expect("a stamp");
        assert!(is_installed(&to));
        fs::write(from.join(LOCK), "two").expect("a lock");
        copy(&from, &to).expect("a copy");
        assert!(!is_installed(&to));
        fs::remove_dir_all(&folder).expect("gone");
    }
}
