//! A call that sees a folder otherwise than everybody else does: read-only, or on a disk without room. It runs in a mount
//! namespace, for root writes wherever the permissions of a file say no.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::{fs, io};

use crate::run::text;

const READ_ONLY: &str = r#"mount --bind "$folder" "$folder" && mount -o remount,ro,bind "$folder" || exit 99
exec "$@""#;

/// What lies in the folder is put on a small disk.
const MOVED: &str = r#"kept="$folder.kept"
mkdir -p "$kept" && mount --bind "$folder" "$kept" || exit 99
mount -t tmpfs -o size=$size,mode=700 tmpfs "$folder" && cp -a "$kept/." "$folder/" || exit 99"#;

/// What the call left there is kept.
const KEPT: &str = r#"cp -a "$folder/." "$kept/" || exit 99
exit $code"#;

/// The disk is filled before the call.
const FULL: &str = r#"cat /dev/zero > "$folder/ballast" 2> /dev/null
"$@"
code=$?
rm "$folder/ballast" || exit 99"#;

/// The disk has room until somebody fills it, and the call ends when this is asked to end.
const SMALL: &str = r#""$@" &
call=$!
trap 'kill -TERM $call' TERM
wait $call
wait $call
code=$?
rm -f "$folder/ballast" || exit 99"#;

/// The call where a folder is read-only.
pub fn read_only(folder: &Path, call: &Command) -> Command {
    inside(READ_ONLY, folder, call)
}

/// The call where the disk of a folder is full.
pub fn full(folder: &Path, call: &Command) -> Command {
    inside(&format!("size=3m\n{MOVED}\n{FULL}\n{KEPT}"), folder, call)
}

/// The call where the disk of a folder is small.
pub fn small(folder: &Path, call: &Command) -> Command {
    inside(&format!("size=6m\n{MOVED}\n{SMALL}\n{KEPT}"), folder, call)
}

/// Fills the small disk of a folder on which a process works, or makes room there again.
pub fn fill(pid: u32, folder: &Path, is_full: bool) {
    let ballast = format!("/proc/{pid}/root{}/ballast", text(folder));
    match is_full {
        true => {
            let mut file = fs::File::create(&ballast).expect("a file on the small disk");
            let full = io::copy(&mut io::repeat(0), &mut file).expect_err("a disk of that size");
            assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        }
        false => fs::remove_file(&ballast).expect("removed"),
    }
}

fn inside(script: &str, folder: &Path, call: &Command) -> Command {
    let script = format!("folder=$1; shift\n{script}");
    let mut command = Command::new("unshare");
    command.args(words()).args(["sh", "-c", &script, "sh", text(folder)]);
    command.arg(call.get_program()).args(call.get_args());
    for (name, value) in call.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// How this machine lets somebody mount: as root, or as root of a namespace of one's own.
fn words() -> &'static [&'static str] {
    const WAYS: [&[&str]; 2] = [&["--mount", "--"], &["--user", "--map-root-user", "--mount", "--"]];
    static WAY: OnceLock<&[&str]> = OnceLock::new();
    WAY.get_or_init(|| {
        let may = |way: &&&[&str]| {
            let mut trial = Command::new("unshare");
            trial.args(**way).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(std::env::temp_dir());
            trial.output().is_ok_and(|tried| tried.status.success())
        };
        let way = WAYS.iter().find(may);
        way.expect("this machine lets nobody mount, and a full or read-only disk cannot be tried")
    })
}
