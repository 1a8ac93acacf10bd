//! What happened, in lines that a person can follow: printed as it happens, when somebody reads along.

use std::cell::Cell;

thread_local! {
    static LINES: Cell<u64> = const { Cell::new(0) };
}

/// Lines are counted from here, also those of a story that ends in a panic.
pub(crate) fn count_anew() {
    LINES.set(0);
}

/// The lines since then.
pub(crate) fn counted() -> u64 {
    LINES.get()
}

/// The story of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    told: bool,
    /// A running hash of all lines, printed or not: two runs of a seed must have the same.
    hash: u64,
}

impl Story {
    /// A story that is printed to standard error, or only hashed.
    pub fn new(told: bool) -> Self {
        Self { told, hash: 0xcbf2_9ce4_8422_2325 }
    }

    /// Adds a line.
    pub fn tell(&mut self, now_ms: u64, line: &str) {
        for byte in now_ms.to_le_bytes().into_iter().chain(line.bytes()) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        LINES.set(LINES.get() + 1);
        if self.told {
            eprintln!("{:>9.3} s  {line}", now_ms as f64 / 1000.0);
        }
    }

    /// The hash of everything so far (FNV-1a, 64 bits).
    pub fn hash(&self) -> u64 {
        self.hash
    }
}
