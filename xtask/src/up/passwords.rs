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

/// One for each user.
#[derive(Debug, PartialEq, Eq)]
pub struct Passwords {
    /// Of till A's user.
    pub ann: String,
    /// Of till B's user.
    pub ben: String,
}

/// Makes new ones and keeps them in a file that only this user reads.
pub fn make(ground: &Ground) -> Result<Passwords, Problem> {
    let mut bytes = [0; 2 * GROUPS * GROUP_SIGNS];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .while_trying("read random bytes")?;
    let (ann, ben) = bytes.split_at(GROUPS * GROUP_SIGNS);
    let passwords = Passwords { ann: word(ann), ben: word(ben) };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(ground.path(FILE))
        .and_then(|mut file| file.write_all(text(&passwords).as_bytes()))
        .while_trying("keep the passwords")?;
    Ok(passwords)
}

/// Those that were made.
pub fn read(ground: &Ground) -> Result<Passwords, Problem> {
    let lost = "the passwords of the demo are gone; `cargo xtask up --fresh` begins anew";
    let text = fs::read_to_string(ground.path(FILE)).map_err(|_| Problem::failed(lost))?;
    parse(&text).ok_or_else(|| Problem::failed(lost))
}

fn text(passwords: &Passwords) -> String {
    format!("ann {}\nben {}\n", passwords.ann, passwords.ben)
}

fn parse(text: &str) -> Option<Passwords> {
    let of = |user: &str| {
        text.lines().find_map(|line| line.strip_prefix(user)?.strip_prefix(' ')).map(str::to_owned)
    };
    Some(Passwords { ann: of("ann")?, ben: of("ben")? })
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
            Passwords { ann: "abcde-fghij-kmnpq".to_owned(), ben: "22222-33333-44444".to_owned() };
        assert_eq!(parse(&text(&passwords)), Some(passwords));
        assert_eq!(parse("ann abc\n"), None);
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
