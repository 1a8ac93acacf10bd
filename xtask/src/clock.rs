//! The time since the command began, in front of each line, and what went wrong since. The one place here that reads a clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When the command began.
pub struct Clock {
    start: Instant,
    wrong: Mutex<String>,
}

impl Clock {
    /// Begins to count.
    pub fn start() -> Self {
        Self { start: now(), wrong: Mutex::default() }
    }

    /// Keeps what a program said that failed.
    pub fn remember(&self, said: &str) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.push_str(said);
        wrong.push('\n');
    }

    /// What the programs said that failed since somebody asked last.
    pub fn recall(&self) -> String {
        std::mem::take(&mut *self.wrong.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Since the beginning.
    pub fn elapsed(&self) -> Duration {
        now().duration_since(self.start)
    }

    /// Prints one line with the time in front.
    pub fn say(&self, text: impl std::fmt::Display) {
        println!("[{:>5}] {text}", minutes(self.elapsed()));
    }

    /// Says what begins now.
    pub fn phase(&self, name: &str) -> Lap<'_> {
        self.say(format_args!("{name} …"));
        Lap { clock: self, name: name.to_owned(), begun: self.elapsed() }
    }
}

/// A phase that has begun.
pub struct Lap<'a> {
    clock: &'a Clock,
    name: String,
    begun: Duration,
}

impl Lap<'_> {
    /// Since the phase began.
    pub fn took(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.begun)
    }

    /// Says that it came out, and how long it took.
    pub fn done(self) {
        self.end("done");
    }

    /// Says how it came out, and how long it took.
    pub fn end(self, how: &str) {
        self.clock.say(format_args!("{}: {how} in {}", self.name, span(self.took())));
    }
}

/// Lets a moment pass between two looks at something that sends no event.
#[expect(clippy::disallowed_methods, reason = "a child's exit and an open port announce themselves nowhere")]
pub fn pause(moment: Duration) {
    std::thread::sleep(moment);
}

#[expect(clippy::disallowed_methods, reason = "a terminal's clock is the real one")]
fn now() -> Instant {
    Instant::now()
}

/// As `1:05`.
pub fn minutes(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

/// As `0.4 s` while it is short, then as `1:05`.
pub fn span(time: Duration) -> String {
    if time < Duration::from_secs(60) {
        format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100)
    } else {
        minutes(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_on_a_watch() {
        for (millis, watch, short) in [
            (0, "0:00", "0.0 s"),
            (450, "0:00", "0.4 s"),
            (59_900, "0:59", "59.9 s"),
            (725_000, "12:05", "12:05"),
        ] {
            let time = Duration::from_millis(millis);
            assert_eq!((minutes(time).as_str(), span(time).as_str()), (watch, short));
        }
    }
}
