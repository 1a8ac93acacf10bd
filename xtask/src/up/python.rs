//! Programs and libraries of Python, in an environment of their own beside what is built, so that nothing of the person's own
//! changes.

use std::fs;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::places::Places;
use crate::problem::{Problem, While};
use crate::progress::LastLine;
use crate::step::Step;

/// The folder of an environment that holds these packages in these versions. What is there is used again.
pub fn installed(
    clock: &Clock,
    places: &Places,
    name: &str,
    packages: &[(&str, &str)],
) -> Result<PathBuf, Problem> {
    let root = places.target.join(format!("tools/{name}"));
    let wanted: Vec<String> = packages.iter().map(|(name, version)| format!("{name}=={version}")).collect();
    let (wanted, mark) = (wanted.join(" "), root.join("installed"));
    if fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Ok(root);
    }
    clock.say(format_args!("installing {wanted} into {}", places.typed(&root).display()));
    let mut make = places.command("python3");
    make.args(["-m", "venv", "--clear"]).arg(&root);
    let mut install = places.command(root.join("bin/pip"));
    install.args(["install", "--disable-pip-version-check"]).args(wanted.split(' '));
    for command in [make, install] {
        let done = Step::new(command, LastLine::default()).run(clock).while_trying("start python3")?;
        if !done.success {
            return Err(Problem::Needs(done.tail(20)));
        }
    }
    fs::write(&mark, wanted).while_trying("note what is installed")?;
    Ok(root)
}
