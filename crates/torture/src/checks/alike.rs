//! Everybody has the same: the server, each device, one that was away all the time, and one that is new.

use crate::device::Device;
use crate::finding::Kind;
use crate::stage::Stage;

/// A device shows what the server shows.
pub fn check(stage: &Stage, device: &Device, server: &[String]) -> Result<(), String> {
    let shown = device.export()?;
    if let Some(words) = difference(&shown, server) {
        stage.find(Kind::Divergent, format!("{}: {words}", device.name));
    }
    Ok(())
}

/// All know the same open conflicts.
pub fn conflicts<'d>(stage: &Stage, devices: impl Iterator<Item = &'d Device>) -> Result<(), String> {
    let mut first: Option<(&str, Vec<String>)> = None;
    for device in devices {
        let open = device.conflicts()?;
        match &first {
            None => first = Some((&device.name, open)),
            Some((_, same)) if *same == open => {}
            Some((other, theirs)) => {
                let words = format!("open conflicts of {}: {open:?}, of {other}: {theirs:?}", device.name);
                stage.find(Kind::Divergent, words);
            }
        }
    }
    Ok(())
}

/// The first line that only one of both has.
fn difference(here: &[String], there: &[String]) -> Option<String> {
    if here == there {
        return None;
    }
    let only = |of: &[String], other: &[String]| of.iter().find(|line| !other.contains(line)).cloned();
    let none = || "nothing but another order".to_owned();
    Some(format!(
        "{} records here and {} on the server; only here {}; only there {}",
        here.len(),
        there.len(),
        only(here, there).unwrap_or_else(none),
        only(there, here).unwrap_or_else(none)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_alike_when_every_line_is() {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(difference(&lines(&["a", "b"]), &lines(&["a", "b"])), None);
        let told = difference(&lines(&["a"]), &lines(&["a", "b"])).expect("one is missing");
        assert!(told.ends_with("only here nothing but another order; only there b"), "{told}");
        assert!(difference(&lines(&["a", "b"]), &lines(&["b", "a"])).is_some());
    }
}
