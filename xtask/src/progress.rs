//! What a running program's lines tell about how far it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether a line is for the person, or only for the heartbeat.
#[derive(Debug, PartialEq, Eq)]
pub enum Weight {
    /// Worth showing.
    News,
    /// One of hundreds.
    Tick,
}

/// Listens to lines and can say at any time what is going on.
pub trait Progress {
    /// A line came.
    fn take(&mut self, line: &str) -> Weight;
    /// In a few words, after an ellipsis.
    fn says(&self) -> String;
}

/// A build: how many crates, and which now.
#[derive(Default)]
pub struct Build {
    crates: usize,
    last: String,
}

impl Progress for Build {
    fn take(&mut self, line: &str) -> Weight {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("Compiling" | "Checking"), Some(name)) => {
                self.crates += 1;
                name.clone_into(&mut self.last);
                Weight::Tick
            }
            (Some("Downloading" | "Downloaded" | "Updating" | "Locking" | "Adding"), Some(_)) => Weight::Tick,
            // Another cargo holds the build folder: the one time that nothing moves through no fault of ours.
            (Some("Blocking"), Some(_)) => {
                line.trim().clone_into(&mut self.last);
                Weight::News
            }
            _ => Weight::News,
        }
    }

    fn says(&self) -> String {
        match (self.crates, self.last.as_str()) {
            (0, "") => "still preparing".to_owned(),
            (0, last) => last.to_owned(),
            (1, last) => format!("1 crate compiled, now {last}"),
            (crates, last) => format!("{crates} crates compiled, now {last}"),
        }
    }
}

/// A program of which we only know what it said last.
#[derive(Default)]
pub struct LastLine {
    build: Build,
    last: String,
}

impl Progress for LastLine {
    fn take(&mut self, line: &str) -> Weight {
        let weight = self.build.take(line);
        self.last = match weight {
            Weight::News => line.trim().chars().take(90).collect(),
            Weight::Tick => self.build.says(),
        };
        weight
    }

    fn says(&self) -> String {
        if self.last.is_empty() {
            "still running".to_owned()
        } else {
            format!("still running; last: {}", self.last)
        }
    }
}

/// Lines that are handed to a program, one by one.
pub struct Handed {
    /// How many there are.
    pub all: usize,
    /// How many it has taken.
    pub taken: Arc<AtomicUsize>,
}

impl Progress for Handed {
    fn take(&mut self, _line: &str) -> Weight {
        Weight::Tick
    }

    fn says(&self) -> String {
        format!("{} of {} actions handed over", self.taken.load(Ordering::Relaxed), self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lines: &[&str], mut progress: impl Progress) -> String {
        for line in lines {
            progress.take(line);
        }
        progress.says()
    }

    #[test]
    fn a_build_counts_its_crates_and_names_the_last() {
        let cases: [(&[&str], &str); 5] = [
            (&[], "still preparing"),
            (
                &["    Blocking waiting for file lock on build directory"],
                "Blocking waiting for file lock on build directory",
            ),
            (&["   Compiling libc v0.2.188"], "1 crate compiled, now libc"),
            (
                &[
                    "   Compiling libc v0.2.188",
                    "warning: unused",
                    "   Compiling fieldbook-server v0.1.0 (crates/server)",
                ],
                "2 crates compiled, now fieldbook-server",
            ),
            (&["    Checking serde v1.0.229"], "1 crate compiled, now serde"),
        ];
        for (lines, expected) in cases {
            assert_eq!(after(lines, Build::default()), expected);
        }
    }

    #[test]
    fn crates_are_ticks_and_the_rest_is_news() {
        let mut build = Build::default();
        assert_eq!(build.take("   Compiling libc v0.2.188"), Weight::Tick);
        assert_eq!(build.take("  Downloaded libc v0.2.188"), Weight::Tick);
        assert_eq!(build.take("test a_door_opens ... ok"), Weight::News);
        assert_eq!(build.take(""), Weight::News);
    }

    #[test]
    fn a_program_without_a_count_is_quoted() {
        assert_eq!(after(&[], LastLine::default()), "still running");
        assert_eq!(
            after(&["   Compiling libc v0.2.188"], LastLine::default()),
            "still running; last: 1 crate compiled, now libc"
        );
        assert_eq!(
            after(&["world 700: level after 41 s"], LastLine::default()),
            "still running; last: world 700: level after 41 s"
        );
    }
}
