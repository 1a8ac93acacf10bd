//! Guides are run as they stand: each `sh` block in one shell, and what it prints is the `text` block behind it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::run::NOBODY;
use crate::world::file;

/// Printed behind each block.
const END: &str = "-- end of block --";
/// The port that a guide names; the tests take one that is free.
const PORT: &str = "4180";

/// A block to run, and what it is said to print.
#[derive(Debug, Default)]
struct Block {
    line: usize,
    script: String,
    prints: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut within) = (Vec::<Block>::new(), "");
    for (at, line) in text.lines().enumerate() {
        match (within, line) {
            ("", "```sh") => {
                blocks.push(Block { line: at + 1, ..Block::default() });
                within = "sh";
            }
            ("", "```text") => within = "text",
            ("sh" | "text", "```") => within = "",
            ("sh", line) => {
                let block = blocks.last_mut().expect("a block");
                block.script.push_str(line);
                block.script.push('\n');
            }
            ("text", line) => {
                blocks.last_mut().expect("a script before its output").prints.push(line.to_owned())
            }
            _ => {}
        }
    }
    blocks
}

/// Whether a line is the one that a guide shows; `…` stands for anything.
pub fn fits(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = printed.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

fn check(guide: &str) {
    let text = fs::read_to_string(file(guide)).expect("a guide");
    let folder = tempfile::tempdir().expect("a folder");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let port = free.port().to_string();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_fieldbook")).parent().expect("its folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash")
        .args(["--noprofile", "--norc"])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("DBUS_SESSION_BUS_ADDRESS", NOBODY)
        .env_remove("FIELDBOOK_KEYS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash");
    let mut input = shell.stdin.take().expect("a pipe");
    let mut output = BufReader::new(shell.stdout.take().expect("a pipe")).lines();
    // Both streams as a terminal shows them, in their order. What was started beside ends with the shell.
    writeln!(input, "exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null' EXIT").expect("written");
    for Block { line, script, prints } in blocks(&text) {
        let script = script.replace(PORT, &port);
        write!(input, "{script}").expect("written");
        let mut lines = output.by_ref().map(|line| line.expect("a line"));
        let mut printed = Vec::new();
        if script.trim_end().ends_with('&') {
            // What runs beside is there once it has said so.
            printed.extend(lines.by_ref().take(prints.len()));
        }
        writeln!(input, "echo '{END}'").expect("written");
        printed.extend(lines.take_while(|line| line != END));
        printed.iter_mut().for_each(|line| *line = line.replace(&port, PORT));
        let same = printed.len() == prints.len()
            && prints.iter().zip(&printed).all(|(shown, line)| fits(shown, line));
        assert!(
            same,
            "{guide}:{line} prints\n\n{}\n\nand not\n\n{}\n",
            printed.join("\n"),
            prints.join("\n")
        );
    }
    drop(input);
    assert!(shell.wait().expect("it ends").success());
}

#[test]
fn the_first_hour_goes_as_it_is_written() {
    check("docs/guide/first-hour.md");
}

#[test]
fn a_lost_phone_is_wiped_as_it_is_written() {
    check("docs/guide/lost-phone.md");
}

#[test]
fn a_schema_is_designed_as_it_is_written() {
    check("docs/guide/design-a-schema.md");
}

#[test]
fn dots_stand_for_anything_and_everything_else_for_itself() {
    assert!(fits("made site …", "made site 01a2"));
    assert!(fits("…  waiting  …: price=1", "2  waiting  job x: price=1"));
    assert!(!fits("made site …", "made job 01a2"));
    assert!(!fits("1 row", "1 rows") && !fits("1 rows", "1 row"));
    assert!(!fits("… stopped", "stopped in order"));
}
