//! What the services said: no panic, and no error of the server where its disk had room.

use crate::family::Family;
use crate::finding::Kind;
use crate::stage::{Stage, lock};

/// Reads all that was written to standard error.
pub fn check(stage: &Stage, family: Family) {
    for service in std::iter::once(&stage.server).chain(&stage.loops) {
        let service = lock(service);
        for words in wrong(&service.said(), family) {
            stage.find(Kind::Other, format!("{} said: {words}", service.name));
        }
    }
}

fn wrong(said: &str, family: Family) -> Vec<&str> {
    let is_wrong = |line: &&str| {
        line.contains("panicked")
            || line.contains("BUG:")
            || (line.contains(" ERROR ") && family != Family::DiskFull)
    };
    said.lines().filter(is_wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_always_wrong_and_an_error_where_the_disk_had_room() {
        let said = "2026-11-21T21:16:43Z  WARN fieldbook: slow\nthread 'x' panicked at y\n2026  ERROR fieldbook: full";
        assert_eq!(wrong(said, Family::Kill).len(), 2);
        assert_eq!(wrong(said, Family::DiskFull), ["thread 'x' panicked at y"]);
    }
}
