//! Hears Ctrl-C, so that a server that was started is also stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::problem::{Problem, While};

/// Listens as long as it lives; afterwards a signal ends the program as ever.
pub struct Interrupt {
    heard: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

/// Who asked for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Ctrl-C: the terminal told every program in the foreground, the server too.
    Everyone,
    /// Only this program was told.
    Here,
}

impl Interrupt {
    /// Begins to listen.
    pub fn listen() -> Result<Self, Problem> {
        let interrupt = Self { heard: Arc::default(), over: Arc::default() };
        for (signal, number) in [(SIGINT, 1), (SIGTERM, 2), (SIGHUP, 2)] {
            flag::register_conditional_default(signal, Arc::clone(&interrupt.over))
                .and_then(|_| flag::register_usize(signal, Arc::clone(&interrupt.heard), number))
                .while_trying("listen for Ctrl-C")?;
        }
        Ok(interrupt)
    }

    /// Whether the end was asked for.
    pub fn heard(&self) -> Option<Asked> {
        match self.heard.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Asked::Everyone),
            _ => Some(Asked::Here),
        }
    }

    /// Stops what goes on, when the end was asked for.
    pub fn go_on(&self) -> Result<(), Problem> {
        if self.heard().is_some() { Err(Problem::Interrupted) } else { Ok(()) }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
