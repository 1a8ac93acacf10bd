//! The words after `cargo xtask`, read into a command. It never looks at the machine.

mod daily;
mod hunt;
mod measure;

pub use daily::{PORT, UpOptions};
pub use hunt::{DiskOptions, FuzzOptions, KillOptions, MutantsOptions, SimOptions, TortureOptions};
pub use measure::{AgainstOptions, PeersOptions};

use crate::test::Phase;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Say what there is.
    Help,
    /// The server, the shop and the walk-through.
    Up(UpOptions),
    /// Every check, or one phase of it.
    Test {
        /// The one phase.
        only: Option<Phase>,
    },
    /// The measurements.
    Bench {
        /// Part of the name of those to run.
        name: Option<String>,
    },
    /// What the device costs in a browser.
    BenchWeb,
    /// What Site is promised to do in time.
    BenchSite,
    /// The same work by the program of another commit.
    Against(AgainstOptions),
    /// The same work by other sync engines.
    Peers(PeersOptions),
    /// Random worlds.
    Sim(SimOptions),
    /// Real processes with real faults.
    Torture(TortureOptions),
    /// Which seed notices which planted defect.
    KillRate(KillOptions),
    /// Scripts on a disk that fails.
    Disk(DiskOptions),
    /// The fuzz targets.
    Fuzz(FuzzOptions),
    /// Small changes of the code that some test has to notice.
    Mutants(MutantsOptions),
    /// What is known against the libraries.
    Audit,
    /// The guide's pictures.
    Pictures,
    /// Build the apps for browsers.
    Apps,
    /// Pictures of every screen.
    Screenshots,
    /// The pictures of the guide to Site.
    SitePictures,
    /// Draw the plans of the demo estates anew.
    Plans,
    /// The program with the web apps in it.
    Dist,
    /// Tarballs of the packages for browsers.
    Pack,
    /// Build the device for browsers; also cut its opening off a thousand times.
    Web { torture: bool },
}

/// Reads the words; an error says which word is wrong and what would be right.
pub fn parse(words: &[String]) -> Result<Command, String> {
    let mut words = words.iter().map(String::as_str);
    match words.next() {
        None | Some("help" | "--help" | "-h") => Ok(Command::Help),
        Some("up") => daily::up(words),
        Some("test") => daily::test(words),
        Some("bench") => measure::bench(words),
        Some("sim") => hunt::sim(words),
        Some("torture") => hunt::torture(words),
        Some("kill-rate") => hunt::kill_rate(words),
        Some("disk") => hunt::disk(words),
        Some("fuzz") => hunt::fuzz(words),
        Some("mutants") => hunt::mutants(words),
        Some("audit") => daily::bare(words, "audit", Command::Audit),
        Some("apps") => daily::bare(words, "apps", Command::Apps),
        Some("screenshots") => daily::bare(words, "screenshots", Command::Screenshots),
        Some("site-pictures") => daily::bare(words, "site-pictures", Command::SitePictures),
        Some("plans") => daily::bare(words, "plans", Command::Plans),
        Some("web") => daily::web(words),
        Some("dist") => daily::bare(words, "dist", Command::Dist),
        Some("pack") => daily::bare(words, "pack", Command::Pack),
        Some("pictures") => daily::bare(words, "pictures", Command::Pictures),
        Some(other) => Err(format!("There is no command {other:?}.")),
    }
}

fn value<'a>(option: &str, word: Option<&'a str>) -> Result<&'a str, String> {
    word.filter(|word| !word.starts_with("--") && !word.is_empty())
        .ok_or_else(|| format!("{option} needs a value after it."))
}

fn number(option: &str, word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{option} is {word:?}; it takes a whole number."))
}

fn unknown(command: &str, word: &str) -> String {
    format!("`{command}` does not know {word:?}.")
}

#[cfg(test)]
mod tests;
