//! The clock that processes share, and what the system says of memory and load. Linux only, as the harness is.

use std::fs;

use fieldbook_model::Json;
use rustix::time::{ClockId, clock_gettime};

use crate::peer::lines::object;

/// Microseconds of the monotonic clock: they compare between processes.
pub fn now_us() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

/// What this process holds in memory, and held at its peak, in MiB.
pub fn memory() -> Json {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mib = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        Json::Float(kib.unwrap_or(0.0) / 1024.0)
    };
    object([("rss", mib("VmRSS:")), ("peak", mib("VmHWM:"))])
}

/// The machine's load of the last minute.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(-1.0)
}
