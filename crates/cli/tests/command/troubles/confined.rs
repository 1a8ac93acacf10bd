//! A call that sees a folder otherwise than everybody else does: read-only, or on a disk without room. It runs in a mount
//! namespace, for root writes wherever the permissions of a file say no.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::run::text;

const READ_ONLY: &str = r#"mount --bind "$folder" "$folder" && mount -o remount,ro,bind "$folder" || exit 99
exec "$@""#;

/// What lies in the folder is put on a small disk that is then filled, and what the call left there is kept.
const FULL: &str = r#"kept="$folder.kept"
mkdir -p "$kept" && mount --bind "$folder" "$kept" || exit 99
mount -t tmpfs -o size=3m,mode=700 tmpfs "$folder" && cp -a "$kept/." "$folder/" || exit 99
cat /dev/zero > "$folder/ballast" 2> /dev/null
"$@"
code=$?
rm "$folder/ballast" && cp -a "$folder/." "$kept/" || exit 99
exit $code"#;

/// The call where a folder is read-only.
pub fn read_only(folder: &Path, call: &Command) -> Command {
    inside(READ_ONLY, folder, call)
}

/// The call where the disk of a folder is full.
pub fn full(folder: &Path, call: &Command) -> Command {
    inside(FULL, folder, call)
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
