//! The words of what measures: `bench`.

use super::{Command, unknown};

pub fn bench<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<Command, String> {
    let name = words.next();
    match (name, words.next()) {
        (Some("--help" | "-h"), _) => Ok(Command::Help),
        (Some(option), _) if option.starts_with('-') => Err(unknown("bench", option)),
        (_, Some(second)) => Err(unknown("bench", second)),
        (name, None) => Ok(Command::Bench { name: name.map(str::to_owned) }),
    }
}
