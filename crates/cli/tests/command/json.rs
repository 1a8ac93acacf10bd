//! `--json`, before or behind a command: one object a line, of every command that answers anything, wrong calls too.

use std::fs;
use std::process::Command;

use crate::run::{fieldbook, run, text};
use crate::world::{PASSWORD, WORKSPACE, World, file};

/// Runs a call, and gives its lines, each of which must be an object; ids are left out.
#[track_caller]
fn lines(command: &mut Command) -> Vec<String> {
    let lines = run(command).lines();
    lines.iter().for_each(|line| assert!(line.starts_with('{') && line.ends_with('}'), "{line}"));
    let without = |line: &String| {
        let Some((head, tail)) = line.split_once(r#""id":""#) else { return line.clone() };
        format!("{head}{}", tail.split_once("\",").map_or("", |(_, rest)| rest))
    };
    lines.iter().map(without).collect()
}

#[test]
fn administering_is_answered_in_json() {
    let world = World::new(41);
    let (data, schema) = (world.path("other"), file("apps/counter/schema.toml"));
    let counter = fs::read_to_string(&schema).expect("a schema");
    let counter = counter.lines().find_map(|line| line.strip_prefix("version = "));
    let counter = counter.and_then(|rest| rest.split_whitespace().next()).expect("its version");
    let (data, schema) = (text(&data), text(&schema));
    let check = |words: &[&str], expected: &[&str]| {
        let mut call = fieldbook(["--json", "admin"].iter().chain(words).copied().chain(["--data", data]));
        assert_eq!(lines(call.env("FIELDBOOK_PASSWORD", PASSWORD)), expected, "{words:?}");
    };
    let of = |words: &[&'static str]| [words, &["--workspace", WORKSPACE]].concat();
    let made = format!(r#"{{"workspace":"shop","schema":"counter","version":{counter}}}"#);
    check(&["workspace", "add", WORKSPACE, "--schema", schema], &[&made]);
    let is = |role: &str| format!(r#"{{"member":"ann","role":"{role}","workspace":"shop"}}"#);
    check(&of(&["user", "add", "ann", "--role", "member"]), &[&is("member")]);
    check(&of(&["member", "role", "ann", "viewer"]), &[&is("viewer")]);
    check(&of(&["member", "list"]), &[r#"{"member":"ann","role":"viewer","grants":[]}"#]);
    check(&of(&["member", "remove", "ann"]), &[&is("nobody")]);
    let listed = format!(
        r#"{{"workspace":"shop","schema":"counter","schema_version":{counter},"version":3,"epoch":1,"members":1}}"#
    );
    check(&["workspace", "list"], &[&listed]);
    check(&of(&["backup-mark"]), &[r#"{"workspace":"shop","version":3,"epoch":1}"#]);
    let copy = world.path("copy");
    let copied = r#"{"workspace":"shop","version":3,"epoch":1,"marked":true}"#;
    check(&["backup", text(&copy)], &[copied, &format!(r#"{{"backup":"{}"}}"#, text(&copy))]);
}

#[test]
fn schema_files_are_looked_at_in_json() {
    let world = World::new(42);
    let [right, wrong] = ["right.toml", "wrong.toml"].map(|name| world.path(name));
    fs::write(&right, "schema = \"t\"\nversion = 1\n[type.a.field]\nname = { kind = \"text\" }\n")
        .expect("written");
    fs::write(&wrong, "schema = \"t\"\nversion = 1\n[type.a.field]\nname = { kind = \"txt\" }\n")
        .expect("written");
    let checked = lines(&mut fieldbook(["schema", "check", text(&right), "--json"]));
    assert!(checked[0].starts_with(r#"{"schema":"t","version":1,"types":["a"],"warnings":["#), "{checked:?}");
    let next = world.path("next.toml");
    let text_of = |version: u32, more: &str| {
        format!("schema = \"t\"\nversion = {version}\n[type.a.field]\nname = {{ kind = \"text\" }}\n{more}")
    };
    fs::write(&next, text_of(2, "note = { kind = \"text\" }\n")).expect("written");
    let found = lines(&mut fieldbook(["schema", "diff", text(&right), text(&next), "--json"]));
    assert!(found[0].starts_with(r#"{"weight":"additive","path":"a.note","words":""#), "{found:?}");
    let told = run(&mut fieldbook(["schema", "check", text(&wrong), "--json"]));
    assert_eq!(told.exit, 2);
    assert!(told.err.starts_with(r#"{"error":{"code":"wrong-schema","words":""#), "{told:?}");
    let told = run(&mut fieldbook(["--json", "schema", "chekc"]));
    assert!(told.err.starts_with(r#"{"error":{"code":"wrong-call","words":""#), "{told:?}");
}

#[test]
fn every_shell_gets_its_completions() {
    for (shell, sign) in [
        ("bash", "complete -F _fieldbook"),
        ("zsh", "#compdef fieldbook"),
        ("fish", "complete -c fieldbook"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = run(&mut fieldbook(["completions", shell])).well();
        assert!(script.contains(sign) && script.contains("sign-in"), "{shell}");
    }
    // The shell itself reads what is meant for it.
    let script = run(&mut fieldbook(["completions", "bash"])).well();
    let asks = "COMP_WORDS=(fieldbook imp); COMP_CWORD=1; _fieldbook fieldbook imp fieldbook; echo \"${COMPREPLY[*]}\"";
    let folder = tempfile::tempdir().expect("a folder");
    // In a file: it is longer than one argument may be.
    let file = folder.path().join("completions");
    fs::write(&file, format!("{script}\n{asks}")).expect("written");
    let bash = Command::new("bash").arg(&file).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&bash.stdout), "import\n", "{bash:?}");
}
