//! Fieldbook's client and server of `bench/peers`, spoken to as the harness does, on a handful of records: so that the
//! comparison goes on to work although nobody runs it daily.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use fieldbook_bench::figures::pause;
use fieldbook_bench::peer::machine::now_us;
use fieldbook_model::{Json, json};

const PEER: &str = env!("CARGO_BIN_EXE_peer");
/// Looks at what has to come, some milliseconds apart.
const LOOKS: usize = 3_000;

/// A process of the harness.
struct Process {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn start(role: &str) -> Self {
        let mut child = Command::new(PEER)
            .arg(role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { commands: child.stdin.take(), answers, child }
    }

    /// One command and its answer.
    #[track_caller]
    fn call(&mut self, command: &str, rest: &str) -> Json {
        let commands = self.commands.as_mut().expect("still open");
        writeln!(commands, r#"{{"id":1,"cmd":"{command}"{rest}}}"#).expect("a reader");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer");
        let answer: Json = json::parse(line.trim_end().strip_prefix("@@").expect("its mark")).expect("JSON");
        field(&answer, "out").unwrap_or_else(|| panic!("{command}: {answer:?}")).clone()
    }

    fn open(&mut self, folder: &Path, name: &str, url: &str) {
        let dir = folder.join(name);
        self.call("open", &format!(r#","dir":"{}","url":"{url}""#, dir.display()));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its input ends it in order.
        self.commands = None;
        let _ = self.child.wait();
    }
}

fn field<'a>(of: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(entries) = of else { return None };
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

#[track_caller]
fn number(of: &Json, name: &str) -> i64 {
    match field(of, name) {
        Some(Json::Int(number)) => *number,
        other => panic!("{name} is {other:?}"),
    }
}

/// The program lies beside `peer`; it is built where only the tests of this crate run.
fn program() {
    let place = Path::new(PEER).with_file_name("fieldbook");
    if !place.is_file() {
        let profile = place.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
        let profile = if profile == "debug" { "dev" } else { &*profile };
        let words = ["build", "--locked", "--package", "fieldbook-cli", "--profile", profile];
        assert!(Command::new(env!("CARGO")).args(words).status().expect("cargo").success());
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("peer-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

/// A server with no records, and its address with the password.
fn server(folder: &Path) -> (Process, String) {
    program();
    let mut server = Process::start("server");
    let dir = folder.join("server");
    let told = server.call("start", &format!(r#","dir":"{}""#, dir.display()));
    let Some(Json::Text(password)) = field(&told, "password") else { panic!("{told:?}") };
    let url = format!("http://127.0.0.1:{}|{password}", number(&told, "port"));
    (server, url)
}

#[test]
fn what_is_written_offline_is_flushed_loaded_and_counted() {
    let folder = folder();
    let (mut server, url) = server(folder.path());
    let [mut a, mut b] = ["client"; 2].map(Process::start);
    a.open(folder.path(), "a", &url);
    assert!(matches!(field(&a.call("writes", r#","n":5"#), "per_s"), Some(Json::Float(_))));
    a.call("bulk", r#","n":15,"start":5,"chunk":10"#);
    assert_eq!(number(&server.call("count", ""), "n"), 0);
    let begin = number(&a.call("connect", ""), "t");
    assert!(number(&a.call("uploaded", ""), "t") >= begin);
    assert_eq!(number(&server.call("count", ""), "n"), 20);
    b.open(folder.path(), "b", &url);
    b.call("connect", "");
    b.call("wait_count", r#","n":20"#);
    assert_eq!(number(&b.call("count", ""), "n"), 20);
    assert!(matches!(field(&b.call("mem", ""), "peak"), Some(Json::Float(mib)) if *mib > 1.0));
    b.call("close", "");
}

#[test]
fn each_of_some_subscribers_tells_when_it_saw_a_record() {
    let folder = folder();
    let (_server, url) = server(folder.path());
    let [mut a, mut b] = ["client"; 2].map(Process::start);
    a.open(folder.path(), "a", &url);
    let dir = folder.path().join("b");
    b.call("open", &format!(r#","dir":"{}","url":"{url}","k":3"#, dir.display()));
    a.call("connect", "");
    b.call("connect", "");
    b.call("watch", "");
    let written = a.call("ticks", r#","n":4,"start":100,"every":1"#);
    let seen = b.call("seen", r#","n":4,"start":100"#);
    let (Some(Json::List(written)), Some(Json::List(seen))) = (field(&written, "rows"), field(&seen, "rows"))
    else {
        panic!("{written:?} {seen:?}")
    };
    let times = |row: &Json| match row {
        Json::List(times) => match times[..] {
            [Json::Int(first), Json::Int(last)] => (first, last),
            _ => panic!("{times:?}"),
        },
        other => panic!("not seen: {other:?}"),
    };
    assert_eq!((written.len(), seen.len()), (4, 4));
    for (written, seen) in written.iter().zip(seen) {
        let ((begin, _), (first, last)) = (times(written), times(seen));
        assert!(begin < first && first <= last && last <= now_us(), "{begin} {first} {last}");
    }
    let never = b.call("seen", r#","n":1,"start":999,"timeout":1"#);
    assert_eq!(field(&never, "rows"), Some(&Json::List(vec![Json::Null])));
}

#[test]
fn two_who_edit_the_same_records_come_level_and_the_losing_edit_stays_in_the_history() {
    let folder = folder();
    let (_server, url) = server(folder.path());
    let [mut a, mut b] = ["client"; 2].map(Process::start);
    a.open(folder.path(), "a", &url);
    b.open(folder.path(), "b", &url);
    a.call("bulk", r#","n":6"#);
    a.call("connect", "");
    b.call("connect", "");
    b.call("wait_count", r#","n":6"#);
    a.call("uploaded", "");
    a.call("disconnect", "");
    b.call("disconnect", "");
    a.call("edits", r#","n":6,"tag":"A","field":"price","add":1000000"#);
    b.call("edits", r#","n":6,"tag":"B","field":"stock","add":1000000"#);
    let apart = [&mut a, &mut b].map(|process| process.call("digest", r#","n":6"#));
    assert_ne!(field(&apart[0], "digest"), field(&apart[1], "digest"));
    a.call("connect", "");
    b.call("connect", "");
    let level = (0..LOOKS).find_map(|_| {
        pause(Duration::from_millis(5));
        let [mine, theirs] = [&mut a, &mut b].map(|process| process.call("digest", r#","n":6"#));
        let kept = (number(&mine, "price_of_A_kept"), number(&mine, "stock_of_B_kept"));
        (mine == theirs && kept == (6, 6)).then_some(mine)
    });
    let level = level.expect("both are level, with both edits");
    let who = field(&level, "notes_of").expect("whose notes");
    assert_eq!(number(who, "A") + number(who, "B"), 6);
    let histories = a.call("conflicts", r#","n":6"#);
    assert_eq!((number(&histories, "histories"), number(&histories, "with_both_edits")), (6, 6));
}

#[test]
fn a_client_without_an_address_writes_and_is_there_again_after_a_kill() {
    program();
    let folder = folder();
    let words = format!(r#","dir":"{}""#, folder.path().join("alone").display());
    let mut first = Process::start("client");
    first.call("open", &words);
    first.call("writes", r#","n":10"#);
    first.child.kill().expect("killed");
    let mut second = Process::start("client");
    second.call("open", &words);
    assert_eq!(number(&second.call("count", ""), "n"), 10);
}
