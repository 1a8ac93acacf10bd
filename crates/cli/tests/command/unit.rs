//! The unit for systemd: systemd understands it, and this program understands what it is told there.

use std::fs;
use std::process::Command;

use crate::run::{fieldbook, run, text};
use crate::world::file;

fn unit() -> String {
    fs::read_to_string(file("packaging/fieldbook.service")).expect("the unit")
}

#[test]
fn the_program_knows_every_option_that_the_unit_gives_it() {
    let help = run(&mut fieldbook(["serve", "--help"])).well();
    let unit = unit();
    let lines =
        unit.lines().filter(|line| line.starts_with("ExecStart=") || line.contains("FIELDBOOK_SERVE="));
    let options: Vec<&str> =
        lines.flat_map(|line| line.split([' ', '=', '"'])).filter(|word| word.starts_with("--")).collect();
    assert_eq!(options, ["--data", "--listen"]);
    for option in options {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn systemd_understands_the_unit_where_it_is_there_to_ask() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fieldbook.service");
    // It looks for the program too.
    let here = unit().replace("/usr/bin/fieldbook", env!("CARGO_BIN_EXE_fieldbook"));
    fs::write(&path, here).expect("written");
    let said =
        Command::new("systemd-analyze").args(["verify", "--man=no", text(&path)]).output().expect("asked");
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    let ours: Vec<&str> = words.lines().filter(|line| line.contains("fieldbook.service")).collect();
    assert!(said.status.success() && ours.is_empty(), "{words}");
}
