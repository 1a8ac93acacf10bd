//! How far something is that takes longer than a second: a bar on a terminal, nothing elsewhere.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{clock, output};

/// Nothing is drawn before.
const QUIET: Duration = Duration::from_secs(1);
const DRAWS_A_SECOND: u8 = 10;
/// Between two turns of what turns by itself.
const TURN: Duration = Duration::from_millis(100);

/// A bar. Dropped, it leaves nothing behind.
pub struct Progress {
    bar: ProgressBar,
    begun_ms: u64,
}

impl Progress {
    /// Of so many bytes, or of as many as come.
    pub fn of_bytes(total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {eta} to go",
            None => "{spinner} {bytes}",
        };
        Self::new(total, template)
    }

    /// Of one thing after the other, each with words of its own.
    pub fn of_parts() -> Self {
        Self::new(Some(0), "{bar:30} {msg}")
    }

    fn new(total: Option<u64>, template: &str) -> Self {
        Self { bar: hidden(total, template), begun_ms: clock::wall_ms() }
    }

    /// So far it is.
    pub fn to(&self, position: u64) {
        let waits = clock::wall_ms().saturating_sub(self.begun_ms);
        if self.bar.is_hidden() && u128::from(waits) >= QUIET.as_millis() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND));
        }
        self.bar.set_position(position);
    }

    /// So far this part is, of how much where that is known, in words.
    pub fn part(&self, far: Option<(u64, u64)>, words: Option<String>) {
        let (position, of) = far.unwrap_or_default();
        self.bar.set_length(of);
        self.bar.set_message(words.unwrap_or_default());
        self.to(position);
    }

    /// Says something above the bar.
    pub fn beside(&self, words: &str) {
        self.bar.suspend(|| output::note(words));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Something of which nobody knows how far it is: it turns by itself, and says for how long. Dropped, it leaves nothing
/// behind.
pub struct Waiting {
    bar: ProgressBar,
    /// Dropped, it ends the wait for the first turn.
    over: Option<Sender<()>>,
    starts: Option<JoinHandle<()>>,
}

impl Waiting {
    /// For what, in words.
    pub fn for_what(words: &str) -> Self {
        let bar = hidden(None, "{spinner} {msg}, {elapsed}");
        bar.set_message(words.to_owned());
        let (over, ends) = channel::<()>();
        let turning = bar.clone();
        let starts = thread::spawn(move || {
            if ends.recv_timeout(QUIET) == Err(RecvTimeoutError::Timeout) {
                turning.set_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND));
                turning.enable_steady_tick(TURN);
            }
        });
        Self { bar, over: Some(over), starts: Some(starts) }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(starts) = self.starts.take() {
            // It ends at once, and cannot panic.
            let _ = starts.join();
        }
        self.bar.finish_and_clear();
    }
}

fn hidden(total: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
    let style = ProgressStyle::with_template(template).expect("BUG: a template of our own");
    bar.set_style(style);
    bar
}
