//! One start at a time works on a folder: a second one hears who the first is, and touches nothing. The lock is the
//! system's, so that it ends with its process, however that ends. It lies in `target/`, for a fresh start empties the folder.

use std::fs::{self, File, TryLockError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;

use super::ground::Ground;
use crate::places::Places;
use crate::problem::{Problem, While};

/// Held by the start that works on a folder.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the folder, or says who has it.
    pub fn take(places: &Places, ground: &Ground) -> Result<Self, Problem> {
        let mut name = DefaultHasher::new();
        ground.path("").hash(&mut name);
        let path = places.target.join(format!("up-{:016x}.lock", name.finish()));
        fs::create_dir_all(&places.target).while_trying("make the folder target")?;
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.while_trying("open the lock of the demo's folder")?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let first = fs::read_to_string(&path).unwrap_or_default();
                return Err(Problem::failed(format!(
                    "Another `cargo xtask up` (process {}) works on {} and is not open yet. It prints the address when it is; \
                     to stop it: kill {}. For a second shop beside it: --data FOLDER.",
                    first.trim(),
                    ground.typed(places),
                    first.trim()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(error).while_trying("lock the demo's folder"),
        }
        let told = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        told.while_trying("say who works on the demo's folder")?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    /// Gives it back at once, also where a program that is just being started still has the file.
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_hears_who_the_first_is_and_another_folder_is_free() {
        let folder = std::env::temp_dir().join(format!("fieldbook-up-lock-{}", std::process::id()));
        let places = Places { root: folder.clone(), target: folder.join("target") };
        let ground =
            |name: &str| Ground::at(&places, Some(&folder.join(name).to_string_lossy())).expect("a folder");
        let first = Lock::take(&places, &ground("one")).expect("free");
        let told = Lock::take(&places, &ground("one")).expect_err("taken").to_string();
        assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
        Lock::take(&places, &ground("two")).expect("another folder");
        drop(first);
        Lock::take(&places, &ground("one")).expect("free again");
        fs::remove_dir_all(&folder).expect("removed");
    }
}
