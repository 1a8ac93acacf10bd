//! `peer client|server|limits|table`: Fieldbook among the peers of `bench/peers`.

use std::io::{stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use fieldbook_bench::figures::say;
use fieldbook_bench::peer::client::Client;
use fieldbook_bench::peer::{limits, lines, server, table};

const USAGE: &str = "usage: peer client | peer server | peer limits FOLDER RUNS | peer table FILE…";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["client"] => {
            let mut client = Client::new();
            lines::serve(stdin().lock(), stdout(), |ask| client.answer(ask));
        }
        ["server"] => {
            let mut running = None;
            lines::serve(stdin().lock(), stdout(), |ask| server::answer(&mut running, ask));
        }
        ["limits", folder, runs] => limits::measure(Path::new(folder), runs.parse().unwrap_or(1)),
        ["table", ref files @ ..] if !files.is_empty() => match table::of_files(files) {
            Ok(table) => say(&table),
            Err(why) => {
                say(&why);
                return ExitCode::FAILURE;
            }
        },
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
