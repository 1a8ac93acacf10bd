//! Log lines, on standard error. `FIELDBOOK_LOG` sets how much of our own is told; of other people's crates
//! only warnings, since nobody has looked through what their other lines say about the data.

use std::io;

use tracing_subscriber::{EnvFilter, fmt};

use crate::commands::Command;
use crate::output;

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Starts logging for a command. A server tells what it does, a command only what is wrong.
pub fn start(command: &Command) {
    let format = command.log_format();
    let usual = if format.is_some() { "info" } else { "warn" };
    let wish = std::env::var("FIELDBOOK_LOG").unwrap_or_default().to_ascii_lowercase();
    let level = match wish.as_str() {
        "" => usual,
        wish if LEVELS.contains(&wish) => wish,
        _ => {
            output::note(&format!("FIELDBOOK_LOG is one of {}; using {usual}", LEVELS.join(", ")));
            usual
        }
    };
    let others = if matches!(level, "off" | "error") { level } else { "warn" };
    let filter = EnvFilter::new(format!("{others},fieldbook={level}"));
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        Some(LogFormat::Json) => lines.json().init(),
        _ => lines.with_ansi(false).init(),
    }
}
