//! `disk`: plays the scripts on a disk that fails, at every point, and prints what was played. `--script NAME --point N
//! --kind KIND` plays one case again and says what did not hold.

use std::process::ExitCode;
use std::time::Instant;

use fieldbook_sim::disk::{Case, Course, Kind, Report, Script, Share, run_all, scripts};

const USAGE: &str = "usage: disk [--share N] [--jobs N]                       every case, or at most N of each script and kind
       disk --script NAME [--kind KIND] [--share N]      the cases of one script
       disk --script NAME --point N --kind KIND          one case";

/// So many of the cases of a script that did not hold are shown.
const SHOWN_MAX: usize = 5;

/// What was asked for.
#[derive(Default)]
struct Asked {
    script: Option<String>,
    kind: Option<Kind>,
    point: Option<u64>,
    share: Option<usize>,
    jobs: Option<usize>,
}

fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let all: Vec<Script> = scripts();
    let named = |script: &Script| asked.script.as_deref().is_none_or(|name| name == script.name);
    let chosen: Vec<Script> = all.into_iter().filter(named).collect();
    match (chosen.as_slice(), asked.point, asked.kind) {
        ([], ..) => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
        ([script], Some(point), Some(kind)) => replay(script, Case { kind, point }),
        _ => many(&chosen, &asked),
    }
}

fn asked(mut words: impl Iterator<Item = String>) -> Option<Asked> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        let value = words.next()?;
        match word.as_str() {
            "--script" => asked.script = Some(value),
            "--kind" => asked.kind = Some(Kind::named(&value)?),
            "--point" => asked.point = Some(value.parse().ok()?),
            "--share" => asked.share = Some(value.parse().ok()?),
            "--jobs" => asked.jobs = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    Some(asked)
}

/// Plays one case; what does not hold is a panic with its words and its place.
fn replay(script: &Script, case: Case) -> ExitCode {
    Course::of(script).holds(script, case);
    eprintln!("{} at point {}, {}: held", script.name, case.point, case.kind.name());
    ExitCode::SUCCESS
}

#[expect(clippy::disallowed_methods, reason = "the runner measures how long the cases really take")]
fn many(scripts: &[Script], asked: &Asked) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let begin = Instant::now();
    let kinds = asked.kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = asked.share.map_or(Share::All, Share::Spread);
    let reports = run_all(scripts, &kinds, share, asked.jobs.unwrap_or(cores));
    let _ = std::panic::take_hook();
    told(&reports, begin.elapsed().as_secs_f64())
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn told(reports: &[Report], seconds: f64) -> ExitCode {
    println!("{:<24} {:>7} {:>7} {:>7} {:>7}", "script", "points", "cuts", "faults", "failed");
    for it in reports {
        let failed = it.failed.len() + usize::from(it.broken.is_some());
        println!("{:<24} {:>7} {:>7} {:>7} {failed:>7}", it.name, it.points, it.cuts, it.faults);
    }
    for it in reports {
        if let Some(words) = &it.broken {
            println!("{} does not play undisturbed: {words}", it.name);
        }
        for (case, words) in it.failed.iter().take(SHOWN_MAX) {
            println!("{} failed at point {}, {}: {words}", it.name, case.point, case.kind.name());
            let (name, point, kind) = (it.name, case.point, case.kind.name());
            println!("  replay: cargo xtask disk --script {name} --point {point} --kind {kind}");
        }
    }
    let points: u64 = reports.iter().map(|it| it.points).sum();
    let (cuts, faults) = reports.iter().fold((0, 0), |sum, it| (sum.0 + it.cuts, sum.1 + it.faults));
    let failed: usize = reports.iter().map(|it| it.failed.len() + usize::from(it.broken.is_some())).sum();
    println!("{} scripts, {cuts} power cuts, {faults} other faults, {seconds:.1} s", reports.len());
    match failed {
        0 => println!("disk: {points} points, all held"),
        _ => println!("disk: {points} points, {failed} cases failed"),
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
