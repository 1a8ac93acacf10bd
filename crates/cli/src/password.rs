//! Where a password comes from: the environment, standard input, or a terminal. Never an argument, which
//! every other user of the machine could read.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use fieldbook_server_store::{Breached, BreachedError, PasswordRules};

use crate::exit::Exit;
use crate::failure::Failure;

const VARIABLE: &str = "FIELDBOOK_PASSWORD";
const NEW: &str = "FIELDBOOK_NEW_PASSWORD";
/// More than any password; what does not end is not read on and on.
const BYTES_MAX: u64 = 4096;

/// How often a person types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// One that is known to the server.
    Once,
    /// A new one: a slip would shut its owner out.
    Twice,
}

/// The options that say where it comes from.
#[derive(Debug, clap::Args)]
pub struct PasswordArgs {
    /// Read the password from the first line of standard input (else FIELDBOOK_PASSWORD, else the terminal)
    #[arg(long)]
    password_stdin: bool,
}

impl PasswordArgs {
    /// The password.
    pub fn read(&self, user: &str, asked: Asked) -> Result<String, Failure> {
        if self.password_stdin {
            return first_line(io::stdin().lock());
        }
        if let Some(password) = variable(VARIABLE).map_err(no_password)? {
            return Ok(password);
        }
        if !io::stdin().is_terminal() {
            let words = "no password: set FIELDBOOK_PASSWORD, or pass --password-stdin";
            return Err(no_password(words));
        }
        let ask = |prompt: &str| ask(prompt).map_err(no_password);
        let password = ask(&format!("Password of {user}: "))?;
        if asked == Asked::Twice && ask("Once more: ")? != password {
            return Err(no_password("the two passwords differ; nothing was done"));
        }
        Ok(password)
    }
}

/// The new password of somebody who changes it.
pub fn new(user: &str) -> Result<String, Failure> {
    if let Some(password) = variable(NEW).map_err(no_password)? {
        return Ok(password);
    }
    if !io::stdin().is_terminal() {
        return Err(no_password("no new password: set FIELDBOOK_NEW_PASSWORD"));
    }
    let ask = |prompt: &str| ask(prompt).map_err(no_password);
    let password = ask(&format!("New password of {user}: "))?;
    if ask("Once more: ")? != password {
        return Err(no_password("the two passwords differ; nothing was done"));
    }
    Ok(password)
}

/// The option that names a list of stolen passwords.
#[derive(Debug, clap::Args)]
pub struct BreachedArgs {
    /// Also refuse new passwords that stand in this list of stolen ones: that of Pwned Passwords, with SHA-1, ordered by hash.
    /// It is looked up where it lies, and not read
    #[arg(long, value_name = "FILE")]
    pub breached_passwords: Option<PathBuf>,
}

impl BreachedArgs {
    /// What new passwords are held against.
    pub fn rules(&self) -> Result<PasswordRules, Failure> {
        let list = self.breached_passwords.as_deref().map(Breached::open).transpose();
        Ok(list.map_err(|error| breached(&error))?.map(PasswordRules::with).unwrap_or_default())
    }
}

/// Why a list cannot be used.
pub fn breached(error: &BreachedError) -> Failure {
    Failure::new(Exit::Failed, "breached-passwords", error.to_string())
}

/// What a variable holds, if it holds anything; else the words about it.
pub fn variable(name: &str) -> Result<Option<String>, String> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => Ok(Some(text)),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
        _ => Ok(None),
    }
}

/// What somebody types on the terminal, where it does not show; else the words about it.
pub fn ask(prompt: &str) -> Result<String, String> {
    let typed = rpassword::prompt_password(prompt);
    typed.map_err(|error| format!("cannot read from the terminal: {error}"))
}

fn first_line(input: impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    let read = input.take(BYTES_MAX).read_line(&mut line);
    read.map_err(|error| no_password(format!("cannot read a password from standard input: {error}")))?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(no_password("standard input holds no password")),
        password => Ok(password.to_owned()),
    }
}

fn no_password(words: impl Into<String>) -> Failure {
    Failure::new(Exit::Wrong, "no-password", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_with_its_blanks() {
        assert_eq!(first_line(&b" two words \r\nmore\n"[..]), Ok(" two words ".to_owned()));
        assert!(first_line(&b"\n"[..]).is_err());
    }
}
