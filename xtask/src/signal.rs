//! Signals to other programs.

use std::process::{Command, Stdio};

/// Sends a signal (`-0` only looks), and says whether there was someone to take it.
pub fn send(signal: &str, pid: u32) -> bool {
    // The shell's own `kill`, for not every small system has the program.
    let mut kill = Command::new("sh");
    kill.args(["-c", "kill \"$1\" \"$2\"", "sh", signal, &pid.to_string()]);
    kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_is_told_from_a_dead_one() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("sleep");
        assert!(send("-0", child.id()));
        assert!(send("-TERM", child.id()));
        child.wait().expect("ended");
        assert!(!send("-0", child.id()));
    }
}
