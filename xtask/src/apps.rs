//! The web apps: each one's folder, the shared screens and the engine, bundled and packed for `fieldbook serve --apps`.
//!
//! ```text
//!   packages/{client,react,ui,shell}  ─┐
//!   apps/NAME/{app.json,icon.svg,src} ─┴─tsc, esbuild──► target/web/apps/{index.html,ID/…}
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::{Build, LastLine};
use crate::step::Step;
use crate::{up, web};

/// The apps that there are.
const APPS: [&str; 2] = ["apps/sample", "apps/site"];

/// Where they lie once they are built.
pub fn folder(places: &Places) -> PathBuf {
    places.target.join("web/apps")
}

/// What `cargo xtask apps` does.
pub fn apps(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Web, places)?;
    build(&clock, places)?;
    let folder = places.typed(&folder(places)).display().to_string();
    clock.say(format_args!("the apps are in {folder}: fieldbook serve --data DIR --apps {folder}"));
    Ok(ExitCode::SUCCESS)
}

/// What `cargo xtask dist` does.
pub fn dist(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Web, places)?;
    build(&clock, places)?;
    let program = one(&clock, places)?;
    let bytes = program.metadata().while_trying("look at the program")?.len();
    let program = places.typed(&program).display().to_string();
    clock.say(format_args!("{program}, {} MiB, has the apps in it: {program} serve --data DIR", bytes >> 20));
    Ok(ExitCode::SUCCESS)
}

/// Builds the program with the apps in it, which are built; says where it is.
pub fn one(clock: &Clock, places: &Places) -> Result<PathBuf, Problem> {
    let words = ["rustc", "--release", "--locked", "--package", "fieldbook-cli", "--bin", "fieldbook"];
    let mut cargo = places.cargo(words);
    // What is stripped is the program alone: the libraries are those of every other build.
    cargo.args(["--features", "apps", "--", "-C", "strip=symbols"]);
    cargo.env("FIELDBOOK_APPS", folder(places));
    web::run(clock, "building the program with the apps in it", cargo, Build::default())?;
    let to = places.target.join("dist");
    std::fs::create_dir_all(&to).while_trying("make a folder for the program")?;
    let to = to.join("fieldbook");
    // A server may run it.
    let _ = std::fs::remove_file(&to);
    std::fs::copy(places.program(), &to).while_trying("copy the program")?;
    Ok(to)
}

/// What `cargo xtask screenshots` does.
pub fn screenshots(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    build(&clock, places)?;
    components(&clock, places)?;
    up::build(&clock, places)?;
    let out = places.target.join("web/screenshots");
    for app in APPS {
        let mut camera = web::in_chromium(places)?;
        camera.arg(format!("{app}/e2e/screenshots.mjs")).arg(&out);
        web::run(&clock, "taking pictures", camera, LastLine::default())?;
    }
    clock.say(format_args!("look at each: {}", places.typed(&out).display()));
    Ok(ExitCode::SUCCESS)
}

/// What `cargo xtask site-pictures` does.
pub fn site_pictures(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    build(&clock, places)?;
    up::build(&clock, places)?;
    let out = places.root.join("docs/guide/pictures");
    let mut camera = web::in_chromium(places)?;
    camera.arg("apps/site/e2e/guide.mjs").arg(&out);
    web::run(&clock, "taking pictures of the demo", camera, LastLine::default())?;
    clock.say(format_args!("look at each: {}", places.typed(&out).display()));
    Ok(ExitCode::SUCCESS)
}

/// What `cargo xtask bench site` does.
pub fn bench(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    build(&clock, places)?;
    up::build(&clock, places)?;
    let mut bench = web::in_chromium(places)?;
    bench.arg("apps/site/bench/site.mjs");
    let outcome = Step::new(bench, LastLine::default()).run(&clock).while_trying("start node")?;
    println!("{}", outcome.tail(60));
    Ok(if outcome.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `cargo xtask plans` does.
pub fn plans(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    web::installed(&clock, places)?;
    up::build(&clock, places)?;
    let out = places.root.join("apps/site/demo/plans");
    let mut made = web::in_chromium(places)?;
    made.arg("apps/site/demo/plans.mjs").arg(&out);
    web::run(&clock, "drawing the plans", made, LastLine::default())?;
    clock.say(format_args!("look at each: {}", places.typed(&out).display()));
    Ok(ExitCode::SUCCESS)
}

/// Builds engine, client and apps.
pub fn build(clock: &Clock, places: &Places) -> Result<(), Problem> {
    web::build(clock, places)?;
    bundle(clock, places)
}

/// Builds the apps, of a client that is built.
pub fn bundle(clock: &Clock, places: &Places) -> Result<(), Problem> {
    let mut types = places.command("npx");
    types.args(["--no-install", "tsc", "-p", "tsconfig.web.json"]);
    web::run(clock, "checking the apps' types", types, LastLine::default())?;
    made(clock, places, "bundling the apps", &folder(places), &APPS)
}

/// Builds the page that shows every shared screen in every state, for whoever changes one.
pub fn components(clock: &Clock, places: &Places) -> Result<(), Problem> {
    made(clock, places, "bundling the shared screens", &components_folder(places), &["apps/components"])
}

/// Where it lies once it is built.
pub fn components_folder(places: &Places) -> PathBuf {
    places.target.join("web/components")
}

fn made(clock: &Clock, places: &Places, says: &str, out: &Path, apps: &[&str]) -> Result<(), Problem> {
    let mut bundle = places.command("node");
    bundle.arg("packages/shell/build.mjs").arg(out).args(apps);
    web::run(clock, says, bundle, LastLine::default())
}
