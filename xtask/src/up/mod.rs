//! `cargo xtask up`: from a fresh clone to a running server, a loaded shop and a walk-through.
//!
//! The second start finds everything in place and takes seconds, without a network. `--check` goes
//! through the same doors in a folder of its own and then walks the walk.

mod api;
mod card;
mod checklist;
mod estates;
mod ground;
mod health;
mod interrupt;
mod lock;
mod open;
mod passwords;
mod port;
mod python;
mod running;
mod server;
mod shop;
mod sqlcipher;
mod walk;

use std::process::ExitCode;

use crate::apps;
use crate::args::UpOptions;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::Build;
use crate::step::Step;
use crate::tally::Tally;
use ground::{Ground, Stage};
use interrupt::Interrupt;
use lock::Lock;
use open::Open;
use port::Wish;
use running::Running;

/// Starts, shows the way around, and stays until Ctrl-C.
pub fn up(places: &Places, options: &UpOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    let purpose = if options.no_apps { Purpose::Build } else { Purpose::Web };
    preflight::check(&clock, purpose, places)?;
    let ground = Ground::at(places, options.data.as_deref())?;
    if let Some(running) = Running::on(&ground) {
        return already(&clock, places, options, &ground, &running);
    }
    let _alone = Lock::take(places, &ground)?;
    if ground.stage()? == Stage::Foreign {
        return Err(ground.foreign());
    }
    build(&clock, places)?;
    let apps = match options.no_apps {
        true => None,
        false => apps::build(&clock, places).map(|()| Some(apps::folder(places)))?,
    };
    if options.fresh {
        ground.clear()?;
    }
    let interrupt = Interrupt::listen()?;
    let has_apps = apps.is_some();
    let mut open = Open::new(&clock, places, &ground, apps, Wish::of(options), &interrupt)?;
    println!("\n{}\n", card::text(places, &ground, &open.passwords, open.server.port, has_apps));
    clock.say("ready. Ctrl-C stops the server.");
    if let Some(why) = open.server.ended_before(&interrupt)? {
        return Err(Problem::failed(why));
    }
    clock.say("stopping the server …");
    open.server.stop(interrupt.heard())?;
    clock.say("stopped. The data stays; `cargo xtask up` goes on with it.");
    Ok(ExitCode::SUCCESS)
}

/// Does the same in a folder of its own, walks, compares, and ends.
pub fn check(places: &Places, options: &UpOptions) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Build, places)?;
    let tally = checked(&clock, places, options)?;
    println!("\n{}", tally.closing("walk-through"));
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The walk itself, counted. The folder is removed when all came out, and kept for a look when not.
pub fn checked(clock: &Clock, places: &Places, options: &UpOptions) -> Result<Tally, Problem> {
    in_a_shop(clock, places, options, "check", |ground, _, interrupt| {
        walk::walked(clock, places, ground, interrupt)
    })
}

/// The calls that nobody would make, likewise.
pub fn probed(clock: &Clock, places: &Places) -> Result<Tally, Problem> {
    in_a_shop(clock, places, &UpOptions::default(), "probe", |_, open, _| api::probed(clock, places, open))
}

/// The files of a shop in other hands, likewise.
pub fn opened_elsewhere(clock: &Clock, places: &Places) -> Result<Tally, Problem> {
    in_a_shop(clock, places, &UpOptions::default(), "sqlcipher", |ground, _, _| {
        sqlcipher::opened(clock, places, ground)
    })
}

/// Opens a shop in a folder of its own, has it visited, and closes it in order.
fn in_a_shop(
    clock: &Clock,
    places: &Places,
    options: &UpOptions,
    name: &str,
    visit: impl FnOnce(&Ground, &Open<'_>, &Interrupt) -> Result<Tally, Problem>,
) -> Result<Tally, Problem> {
    let own = format!("target/{name}-{}", std::process::id());
    let ground = match &options.data {
        Some(folder) => Ground::at(places, Some(folder))?,
        None => Ground::at(places, Some(&places.root.join(own).to_string_lossy()))?,
    };
    if Running::on(&ground).is_some() {
        return Err(Problem::failed(format!("A server runs on {}.", ground.typed(places))));
    }
    build(clock, places)?;
    if options.fresh {
        ground.clear()?;
    } else if !ground.is_empty()? {
        return Err(Problem::failed("The check begins with an empty folder; add --fresh to clear this one."));
    }
    let interrupt = Interrupt::listen()?;
    let wish = options.port.map_or(Wish::Any, Wish::From);
    let mut open = Open::new(clock, places, &ground, None, wish, &interrupt)?;
    let mut tally = visit(&ground, &open, &interrupt)?;
    let stopped = open.server.stop(None);
    clock.say(match &stopped {
        Ok(()) => "ok: the server stops when it is asked to".to_owned(),
        Err(problem) => format!("FAILED: {problem}"),
    });
    tally += Tally::of(stopped.is_ok());
    if tally.failed == 0 {
        ground.clear()?;
    } else {
        clock.say(format_args!("kept for a look: {}", ground.typed(places)));
    }
    Ok(tally)
}

fn already(
    clock: &Clock,
    places: &Places,
    options: &UpOptions,
    ground: &Ground,
    running: &Running,
) -> Result<ExitCode, Problem> {
    let Running { port, pid } = running;
    let stop = format!("Ctrl-C in its terminal stops it, or: kill {pid}");
    if options.fresh {
        let folder = ground.typed(places);
        return Err(Problem::failed(format!(
            "A server runs on {folder}, at port {port}; stop it first. {stop}"
        )));
    }
    println!("\n{}\n", card::text(places, ground, &passwords::read(ground)?, *port, !options.no_apps));
    clock.say(format_args!("already running at http://127.0.0.1:{port} (process {pid}). {stop}"));
    Ok(ExitCode::SUCCESS)
}

/// Builds the program.
pub fn build(clock: &Clock, places: &Places) -> Result<(), Problem> {
    let lap = clock.phase("building the fieldbook program");
    let command = places.cargo(["build", "--release", "--locked", "--package", "fieldbook-cli"]);
    let outcome = Step::new(command, Build::default()).run(clock).while_trying("start cargo")?;
    if !outcome.success {
        return Err(Problem::failed(format!("{}\n\nThe build failed.", outcome.tail(60))));
    }
    lap.done();
    Ok(())
}
