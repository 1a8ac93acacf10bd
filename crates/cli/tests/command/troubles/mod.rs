//! Every error of `docs/guide/errors.md`: provoked, read as a person and as a program reads it, compared with the page; and
//! afterwards all is there that was there before.

mod calls;
#[cfg(target_os = "linux")]
mod confined;
mod diagnostics;
mod files;
mod network;
mod page;
mod servers;

use std::fs;
use std::path::Path;

use crate::run::run;
use crate::world::Device;

pub use page::Page;
use page::parts;

#[test]
fn every_part_of_the_page_has_a_test() {
    assert_eq!(parts(), [calls::PART, files::PART, network::PART, servers::PART, diagnostics::PART]);
}

/// All that a device has: its records, and its log.
fn all(device: &Device) -> (Vec<String>, Vec<String>) {
    (device.export(), device.run(&["log", "--json", "--max", "100000"]).lines())
}

/// A copy of a folder and of the files in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

/// What a call comes to, with words behind it.
fn with<'a>(device: &'a Device, words: &'a [&'a str]) -> impl FnMut(&[&str]) -> crate::run::Outcome + 'a {
    move |more| run(device.call(words).args(more))
}
