//! A list of stolen passwords: a file with a line `SHA-1:COUNT` for each, in the order of the hashes, as the list "ordered by
//! hash" of Pwned Passwords. It has tens of gigabytes and is never read: each look-up halves it, and reads some forty lines.

use std::cmp::Ordering;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha1::{Digest, Sha1};

/// Longer than any line: forty digits, a colon, a count and the line's end.
const LINE_MAX: u64 = 64;
/// The digits of a hash.
const DIGITS: usize = 40;
/// So many lines of a file are looked at before it is believed.
const SAMPLES: u64 = 64;

/// An open list.
pub struct Breached {
    path: PathBuf,
    file: Mutex<File>,
    bytes: u64,
}

/// Why a list cannot be used. The words say what to do.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    /// The file cannot be read.
    #[error("the list of breached passwords {}: {}", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    /// It is something else.
    #[error(
        "{} is no list of breached passwords: at byte {} there is no line with forty digits of SHA-1, a colon and a count. \
        What is taken is the list of Pwned Passwords with SHA-1, ordered by hash, unpacked",
        .0.display(), .1
    )]
    Foreign(PathBuf, u64),
    /// It is in another order.
    #[error("{} is not ordered by hash: take the list that is, or bring it into order (LC_ALL=C sort)", .0.display())]
    Unsorted(PathBuf),
}

/// A line, and where it stands.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: u64,
    end: u64,
    hash: [u8; DIGITS],
}

impl Breached {
    /// Opens a list, and looks at some of its lines.
    pub fn open(path: &Path) -> Result<Self, BreachedError> {
        let unreadable = |error| BreachedError::Unreadable(path.to_owned(), error);
        let file = File::open(path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        let list = Self { path: path.to_owned(), file: Mutex::new(file), bytes };
        let mut last: Option<Line> = None;
        for sample in 0..SAMPLES {
            // The last byte of all is looked at too, and so is the first.
            let line = list.line(bytes.saturating_sub(1) / (SAMPLES - 1) * sample)?;
            match last.map_or(Ordering::Less, |last| last.start.cmp(&line.start)) {
                Ordering::Less if last.is_none_or(|last| last.hash < line.hash) => last = Some(line),
                Ordering::Equal => {}
                _ => return Err(BreachedError::Unsorted(list.path)),
            }
        }
        list.line(bytes - 1)?;
        Ok(list)
    }

    /// Whether a password stands in it.
    pub fn has(&self, password: &str) -> Result<bool, BreachedError> {
        let wanted = digits(password);
        let (mut from, mut to) = (0, self.bytes);
        let (mut low, mut high) = ([0; DIGITS], [u8::MAX; DIGITS]);
        while from < to {
            let line = self.line(from + (to - from) / 2)?;
            if line.hash <= low || line.hash >= high {
                return Err(BreachedError::Unsorted(self.path.clone()));
            }
            match line.hash.cmp(&wanted) {
                Ordering::Equal => return Ok(true),
                Ordering::Less => (from, low) = (line.end, line.hash),
                Ordering::Greater => (to, high) = (line.start, line.hash),
            }
        }
        Ok(false)
    }

    /// The line that a byte belongs to.
    fn line(&self, at: u64) -> Result<Line, BreachedError> {
        let foreign = || BreachedError::Foreign(self.path.clone(), at);
        let begin = at.saturating_sub(LINE_MAX);
        let text = self.read(begin).map_err(|error| BreachedError::Unreadable(self.path.clone(), error))?;
        let (before, after) = text.split_at_checked((at - begin) as usize).ok_or_else(foreign)?;
        let first = match before.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if begin == 0 => 0,
            None => return Err(foreign()),
        };
        let end = after.iter().position(|byte| *byte == b'\n');
        let end = before.len() + end.map_or(after.len(), |end| end + 1);
        let hash = read_line(&text[first..end]).ok_or_else(foreign)?;
        Ok(Line { start: begin + first as u64, end: begin + end as u64, hash })
    }

    /// Enough bytes from a place on for the lines before and behind it.
    fn read(&self, begin: u64) -> io::Result<Vec<u8>> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(begin))?;
        let mut bytes = Vec::new();
        file.by_ref().take(2 * LINE_MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Breached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Breached").field(&self.path).finish()
    }
}

/// The hash of a line, in capitals.
fn read_line(line: &[u8]) -> Option<[u8; DIGITS]> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (hash, rest) = line.split_first_chunk::<DIGITS>()?;
    let (colon, count) = rest.split_first()?;
    let is_whole = *colon == b':' && !count.is_empty() && count.iter().all(u8::is_ascii_digit);
    (is_whole && hash.iter().all(u8::is_ascii_hexdigit)).then(|| hash.to_ascii_uppercase().try_into().ok())?
}

/// What stands in a list for a password.
fn digits(password: &str) -> [u8; DIGITS] {
    let hash = Sha1::digest(password);
    let digit = |half: u8| b"0123456789ABCDEF"[usize::from(half)];
    std::array::from_fn(|place| {
        let byte = hash[place / 2];
        digit(if place % 2 == 0 { byte >> 4 } else { byte & 15 })
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn file(text: &str) -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("pwned.txt");
        fs::write(&path, text).expect("a file");
        (folder, path)
    }

    fn line(password: &str, count: usize) -> String {
        format!("{}:{count}", String::from_utf8(digits(password).to_vec()).expect("digits"))
    }

    /// The lines of so many passwords in their order.
    fn lines(count: usize) -> Vec<String> {
        let mut lines: Vec<String> =
            (0..count).map(|n| line(&format!("stolen {n}"), n * n * n + 1)).collect();
        lines.sort();
        lines
    }

    fn opened(text: &str) -> Result<Breached, String> {
        let (_folder, path) = file(text);
        Breached::open(&path).map_err(|error| error.to_string().replace(&path.display().to_string(), "LIST"))
    }

    #[test]
    fn the_hash_is_the_one_that_such_lists_have() {
        assert_eq!(line("password", 3), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3");
    }

    #[test]
    fn each_of_a_list_is_found_and_nothing_else() {
        for (count, end) in [(1, "\r\n"), (1, ""), (2, "\n"), (3, "\r\n"), (500, "\r\n"), (501, "\n")] {
            let text = lines(count).join(if end.is_empty() { "\n" } else { end }) + end;
            for text in [text.clone(), text.to_lowercase()] {
                let list = opened(&text).expect("a list");
                for n in 0..count {
                    assert!(list.has(&format!("stolen {n}")).expect("read"), "{n} of {count}");
                    assert!(!list.has(&format!("stolen {n} ")).expect("read"), "{n} of {count}");
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_something_else_says_so() {
        let foreign = "LIST is no list of breached passwords: at byte 0 there is no line";
        let long = "x".repeat(500);
        for text in
            ["", "\n", "password\n123456\n", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8\n", long.as_str()]
        {
            let words = opened(text).expect_err("no list");
            assert!(words.starts_with(foreign), "{words}");
        }
        let broken = lines(500).join("\n") + "\nand so on\n";
        assert!(opened(&broken).expect_err("no list").contains("is no list of breached passwords"));
        let missing = Breached::open(Path::new("no-such-file")).expect_err("no file").to_string();
        assert!(missing.starts_with("the list of breached passwords no-such-file: "), "{missing}");
    }

    #[test]
    fn a_list_in_another_order_says_so() {
        let mut lines = lines(500);
        lines.reverse();
        assert!(opened(&lines.join("\n")).expect_err("unsorted").starts_with("LIST is not ordered by hash"));
        // In order where it is looked at first, and not on the way to what is looked for.
        let mut lines = self::lines(100_000);
        let place = lines.iter().position(|it| *it == line("stolen 7", 344)).expect("there");
        lines[place] = line("stolen 8", 513).replace(|c: char| c.is_ascii_hexdigit(), "0");
        let list = opened(&lines.join("\n")).expect("a list");
        let words = list.has("stolen 7").expect_err("unsorted").to_string();
        assert!(words.contains("is not ordered by hash"), "{words}");
    }
}
