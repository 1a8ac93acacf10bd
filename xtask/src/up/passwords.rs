//! The passwords of a demo's users: random for each folder, for there is no secret that everyone knows.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::ground::Ground;
use crate::problem::{Problem, While};

const FILE: &str = "passwords.txt";
/// 32 signs that nobody mistakes for one another, so that five bits of a byte choose one evenly.
const SIGNS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS: usize = 3;
const GROUP_SIGNS: usize = 5;

/// Who takes part in the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// At till A; owns the workspaces.
    Ann,
    /// At till B.
    Ben,
    /// Walks around on the estates.
    Cleo,
}

impl User {
    const ALL: [Self; 3] = [Self::Ann, Self::Ben, Self::Cleo];

    /// As the server knows them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ann => "ann",
            Self::Ben => "ben",
            Self::Cleo => "cleo",
        }
    }
}

/// One for each user.
#[derive(Debug, PartialEq, Eq)]
pub struct Passwords([String; 3]);

impl Passwords {
    /// A user's.
    pub fn of(&self, user: User) -> &str {
        &self.0[user as usize]
    }
}

/// Makes new ones and keeps them in a file that only this user reads.
pub fn make(ground: &Ground) -> Result<Passwords, Problem> {
    let passwords = Passwords([fresh()?, fresh()?, fresh()?]);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(ground.path(FILE))
        .and_then(|mut file| file.write_all(text(&passwords).as_bytes()))
        .while_trying("keep the passwords")?;
    Ok(passwords)
}

/// Those that were made. Who came into the demo since gets one.
pub fn read(ground: &Ground) -> Result<Passwords, Problem> {
    let lost = "the passwords of the demo are gone; `cargo xtask up --fresh` begins anew";
    let known = fs::read_to_string(ground.path(FILE)).map_err(|_| Problem::failed(lost))?;
    let mut passwords = parse(&known).ok_or_else(|| Problem::failed(lost))?;
    if passwords.of(User::Cleo).is_empty() {
        passwords.0[User::Cleo as usize] = fresh()?;
        fs::write(ground.path(FILE), text(&passwords)).while_trying("keep the passwords")?;
    }
    Ok(passwords)
}

fn fresh() -> Result<String, Problem> {
    let mut bytes = [0; GROUPS * GROUP_SIGNS];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .while_trying("read random bytes")?;
    Ok(word(&bytes))
}

fn text(passwords: &Passwords) -> String {
    User::ALL.map(|user| format!("{} {}\n", user.name(), passwords.of(user))).concat()
}

/// None where one is missing but of who was not always there.
fn parse(text: &str) -> Option<Passwords> {
    let of = |user: User| {
        text.lines().find_map(|line| line.strip_prefix(user.name())?.strip_prefix(' ')).map(str::to_owned)
    };
    Some(Passwords([of(User::Ann)?, of(User::Ben)?, of(User::Cleo).unwrap_or_default()]))
}

fn word(bytes: &[u8]) -> String {
    let groups = bytes.chunks(GROUP_SIGNS);
    let groups =
        groups.map(|group| group.iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)])).collect());
    groups.collect::<Vec<String>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        let passwords =
            Passwords(["abcde-fghij-kmnpq", "22222-33333-44444", "aaaaa-22222-bbbbb"].map(str::to_owned));
        assert_eq!(parse(&text(&passwords)), Some(passwords));
        assert_eq!(parse("ann abc\n"), None);
        let older = parse("ann abc\nben def\n").expect("of an older program");
        assert_eq!((older.of(User::Ben), older.of(User::Cleo)), ("def", ""));
    }

    #[test]
    fn a_password_has_fifteen_signs_in_three_groups() {
        assert_eq!(word(&[0, 1, 2, 3, 4, 31, 255, 32, 33, 34, 5, 6, 7, 8, 9]), "abcde-99abc-fghij");
    }

    #[test]
    fn each_sign_stands_once() {
        let signs: std::collections::BTreeSet<&u8> = SIGNS.iter().collect();
        assert_eq!(signs.len(), 32);
    }
}
