//! No file of a device holds an op or a secret in clear (I31). A world has its databases open in memory; now and then one is written
//! through the cipher into a real file, under the key that its home really opens, with a log beside it, and every file is read.

use std::fs;
use std::path::Path;

use fieldbook_faulty_disk::{Disk, install};
use fieldbook_model::Hash;
use memchr::memmem;

use super::all_of_log;
use crate::device::{Device, TOKEN};
use crate::disk::checks::telling;
use crate::world::World;

/// One look at a device with a home in so many is followed by a look at its files.
const ONE_IN: u8 = 32;
/// So many of its last ops are looked for.
const OPS_MAX: usize = 40;

impl World {
    /// Looks at the files of a device now and then. Chance has no part in it, so that no world becomes another by being looked at.
    pub(super) fn check_sealed(&mut self, device: usize) {
        let Device { name, id, home: Some(home), store, .. } = &mut self.devices[device] else { return };
        let bits = Hash::of(format!("{id} {} files", self.now_ms).as_bytes()).0;
        let Some(key) = home.key().filter(|_| bits[0].is_multiple_of(ONE_IN)) else { return };
        let entries = all_of_log(store);
        let last = entries.iter().rev().take(OPS_MAX);
        let texts: Vec<String> = last.filter_map(|it| store.op_text(it.seq).expect("BUG: a log")).collect();
        let ops = texts.iter().filter_map(|text| telling(text));
        let digits = key.sqlcipher();
        let digits = digits.trim_start_matches("x'").trim_end_matches('\'');
        let said: Vec<&str> = ops.chain([TOKEN, home.token.as_str(), digits]).collect();

        install();
        let (folder, aside) = (tempfile::tempdir(), tempfile::tempdir());
        let (folder, aside) = (folder.expect("BUG: no room"), aside.expect("BUG: no room"));
        let _disk = Disk::over(folder.path()).expect("BUG: no room for temporary files");
        let clear = aside.path().join("clear.db");
        let path = folder.path().join("fieldbook.db");
        let clear_path = clear.to_str().expect("BUG: a path of ours");
        let mut sealed = store.sealed_copy(&path, &key, clear_path).expect("BUG: no room for a copy");
        // One more word stands in the log alone.
        sealed.note("token", &home.token).expect("BUG: a note");
        let stakes = holds(&clear, &said[..said.len() - 1]).is_some();
        for file in fs::read_dir(folder.path()).expect("BUG: a folder that is there") {
            let file = file.expect("BUG: a file that is there").path();
            let found = holds(&file, &said);
            let file = file.file_name().unwrap_or_default().to_string_lossy();
            assert!(found.is_none(), "I31: {file} of {name} holds in clear what is in it: {found:?}");
        }
        for (file, bytes) in home.folder.files() {
            let found = said.iter().find(|said| memmem::find(&bytes, said.as_bytes()).is_some());
            assert!(found.is_none(), "I31: {file} of {name} holds in clear what is in it: {found:?}");
        }
        if stakes {
            self.checks.count("I31 no file of a device holds an op or a secret in clear");
        }
    }
}

/// The first of some words that stands in a file.
fn holds<'a>(file: &Path, said: &[&'a str]) -> Option<&'a str> {
    let bytes = fs::read(file).unwrap_or_default();
    said.iter().copied().find(|said| memmem::find(&bytes, said.as_bytes()).is_some())
}
