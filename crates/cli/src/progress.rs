//! How far something is that takes longer than a second: a bar on a terminal, nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{clock, output};

/// Nothing is drawn before, in milliseconds.
const QUIET_MS: u64 = 1_000;
const DRAWS_A_SECOND: u8 = 10;

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

    fn new(total: Option<u64>, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template).expect("BUG: a template of our own");
        bar.set_style(style);
        Self { bar, begun_ms: clock::wall_ms() }
    }

    /// So far it is.
    pub fn to(&self, position: u64) {
        let waits = clock::wall_ms().saturating_sub(self.begun_ms);
        if self.bar.is_hidden() && waits >= QUIET_MS {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND));
        }
        self.bar.set_position(position);
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
