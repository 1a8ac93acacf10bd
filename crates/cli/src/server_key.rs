//! Where a server's key comes from: a file, the environment, or a command, so that a KMS can give it; else from `server.key` in
//! the data folder. Never an argument, which every other user of the machine could read; and no message holds any of it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::Args;
use fieldbook_crypto::{Fresh, OuterKey};
use fieldbook_server_store::{Data, KeysError, Outer, Unlock, keys};

use crate::clock;
use crate::commands::admin::{data, of_keys, there};
use crate::exit::Exit;
use crate::failure::Failure;

const VARIABLE: &str = "FIELDBOOK_SERVER_KEY";
/// In which a command has to give the key.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than a key; what does not end is not read on and on.
const BYTES_MAX: u64 = 4096;

/// The options that say where it comes from.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// The file with the key that opens the data (else FIELDBOOK_SERVER_KEY, else server.key in the data folder)
    #[arg(long, value_name = "FILE", conflicts_with = "key_command")]
    key_file: Option<PathBuf>,
    /// A command that prints that key, within 30 seconds
    #[arg(long, value_name = "CMD")]
    key_command: Option<String>,
}

/// A data folder and what opens it.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// The server's data folder
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    #[command(flatten)]
    pub key: KeyArgs,
}

impl DataArgs {
    /// A data folder that is there; a mistyped one is not made.
    pub fn open(&self) -> Result<Data, Failure> {
        self.unlocked().map(|(data, _)| data)
    }

    /// The same with what opened it: a command that gives the key is called once.
    pub fn unlocked(&self) -> Result<(Data, Unlock), Failure> {
        there(&self.data)?;
        let unlock = self.key.unlock()?;
        Ok((Data::open(&self.data, &unlock).map_err(data)?, unlock))
    }
}

impl KeyArgs {
    /// What opens a data folder.
    pub fn unlock(&self) -> Result<Unlock, Failure> {
        Ok(Unlock { outer: self.outer()?, fresh })
    }

    fn outer(&self) -> Result<Outer, Failure> {
        if let Some(path) = &self.key_file {
            let key = keys::read_key(path).map_err(of_keys)?;
            return key.map(Outer::Named).ok_or_else(|| missing(path));
        }
        if let Some(command) = &self.key_command {
            return printed(command, PATIENCE).map(Outer::Named);
        }
        match std::env::var_os(VARIABLE) {
            Some(text) if !text.is_empty() => {
                let key = text.to_str().and_then(|text| OuterKey::read(text).ok());
                key.map(Outer::Named).ok_or_else(|| of_keys(KeysError::NoKey(VARIABLE.to_owned())))
            }
            _ => Ok(Outer::Beside),
        }
    }
}

/// Randomness of the system for one operation.
pub fn fresh() -> Fresh {
    Fresh::new(clock::random())
}

fn missing(path: &Path) -> Failure {
    let words = format!("there is no key in {}; name the file that has it with --key-file", path.display());
    Failure::new(Exit::Failed, "no-server-key", words)
}

/// The key that a command prints.
fn printed(command: &str, patience: Duration) -> Result<OuterKey, Failure> {
    let failed = |words: &str| {
        let words = format!("the key command {words}; what it said stands above: run it by hand");
        Failure::new(Exit::Failed, "key-command", words)
    };
    let mut call = Command::new("sh");
    call.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped());
    // A group of its own, so that what it starts ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut call, 0);
    let mut child = call.spawn().map_err(|error| failed(&format!("does not start: {error}")))?;
    let mut out = child.stdout.take().expect("BUG: no pipe");
    let (done, read) = channel();
    std::thread::spawn(move || {
        let mut text = zeroize::Zeroizing::new(Vec::with_capacity(BYTES_MAX as usize));
        let read = out.by_ref().take(BYTES_MAX).read_to_end(&mut text);
        drop(out);
        // Nobody listens any more where it took too long.
        let _ = done.send(read.map(|_| text));
    });
    let text = match read.recv_timeout(patience) {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return Err(failed(&format!("cannot be read: {error}"))),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            end(&mut child);
            return Err(failed(&format!("has printed nothing whole within {} seconds", patience.as_secs())));
        }
    };
    let status = child.wait().map_err(|error| failed(&format!("does not end: {error}")))?;
    if !status.success() {
        return Err(failed(&format!("failed with {status}")));
    }
    let key = std::str::from_utf8(&text).ok().and_then(|text| OuterKey::read(text).ok());
    key.ok_or_else(|| of_keys(KeysError::NoKey("what the key command printed".to_owned())))
}

/// Ends a command with all that it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = (child.kill(), child.wait());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gives_the_key_or_says_what_is_wrong() {
        let digits = "5".repeat(64);
        let check = |command: &str, patience: u64| printed(command, Duration::from_secs(patience));
        assert_eq!(check(&format!("echo {digits}"), 20), Ok(OuterKey::from_bytes([0x55; 32])));
        for (command, patience, code, words) in [
            ("exit 3", 20, "key-command", "failed with exit status: 3"),
            ("echo short", 20, "no-key", "what the key command printed holds no key"),
            ("sleep 600; echo late", 0, "key-command", "nothing whole within 0 seconds"),
            ("no-such-program-of-ours 2>/dev/null", 20, "key-command", "failed with exit status: 127"),
        ] {
            let Err(Failure::Said(said)) = check(command, patience) else { panic!("{command}") };
            assert_eq!(said.code, code, "{command}");
            assert!(said.words.contains(words), "{command}: {}", said.words);
        }
        // What never ends is not read on and on; and no word of it is told.
        let Err(Failure::Said(said)) = check("yes secret", 20) else { panic!("told") };
        assert!(!said.words.contains("secret"), "{}", said.words);
    }
}
