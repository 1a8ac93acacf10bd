//! Colours and bars on a terminal, and nowhere else. The terminal is a real one, by `script`.

use std::process::Command;

use crate::run::{fed, fieldbook, run, text};
use crate::world::{Device, World};

/// What a call prints on a terminal, with what is set around it.
fn on_a_terminal(device: &Device, words: &[&str], around: &[(&str, &str)]) -> String {
    run(terminal(&device.call(words)).envs(around.iter().copied())).out
}

/// A call on a terminal of its own.
pub fn terminal(call: &Command) -> Command {
    let quoted = |word: &str| format!("'{word}'");
    let words: Vec<String> = std::iter::once(call.get_program())
        .chain(call.get_args())
        .map(|word| quoted(word.to_str().expect("a text")))
        .collect();
    let mut script = Command::new("script");
    script.args(["--quiet", "--command", &words.join(" "), "/dev/null"]);
    for (name, value) in call.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    script.env("TERM", "xterm").env_remove("NO_COLOR");
    script
}

#[cfg(target_os = "linux")]
#[test]
fn there_is_colour_on_a_terminal_unless_somebody_wants_none() {
    let world = World::new(55);
    let a = world.device("a", "ann");
    a.run(&["act", "--insert", "customer", "name=Ann"]).well();
    const ESCAPE: char = '\u{1b}';
    for (words, sign) in [
        (&["query", "select name from customer"][..], "\u{1b}[1mname"),
        (&["log"], "\u{1b}[33mwaiting"),
        (&["status"], "\u{1b}[33mOffline"),
        (&["status", "--help"], "\u{1b}[1m"),
        (&["query", "select nam from customer"], "\u{1b}[1;31merror:\u{1b}[0m The query"),
    ] {
        let told = on_a_terminal(&a, words, &[]);
        assert!(told.contains(sign), "{words:?}: {told:?}");
        for around in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let told = on_a_terminal(&a, words, &[around]);
            assert!(!told.is_empty() && !told.contains(ESCAPE), "{around:?} {words:?}: {told:?}");
        }
        let told = on_a_terminal(&a, &[words, &["--color", "never"]].concat(), &[]);
        assert!(!told.contains(ESCAPE), "{words:?}: {told:?}");
        let piped = a.run(words);
        assert!(!piped.out.contains(ESCAPE) && !piped.err.contains(ESCAPE), "{piped:?}");
    }
    let piped = a.run(&["log", "--color", "always"]).well();
    assert!(piped.contains("\u{1b}[33mwaiting"), "{piped:?}");
    let piped = a.run(&["log", "--json", "--color", "always"]).well();
    assert!(!piped.contains(ESCAPE), "{piped:?}");
}

#[test]
fn nobody_is_shown_a_bar_where_there_is_no_terminal() {
    let world = World::new(56);
    let a = world.device("a", "ann");
    let lines: String = (0..3000)
        .map(|n| format!("{{\"changes\":[{{\"insert\":\"customer\",\"id\":\"0198c0de-7a11-7000-8000-{n:012x}\",\"fields\":{{\"name\":\"X\"}}}}]}}\n"))
        .collect();
    fed(&mut a.call(&["act", "-", "--json"]), &lines).well();
    assert_eq!(a.run(&["sync", "--wait", "--timeout", "60"]).err, "");
    let (data, copy) = (world.path("server"), world.path("copy"));
    assert_eq!(run(&mut fieldbook(["admin", "backup", text(&copy), "--data", text(&data)])).err, "");
    assert_eq!(a.run(&["export"]).err, "");
}
