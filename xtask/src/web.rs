//! The device for browsers: the engine as WebAssembly, the TypeScript around it, and its tests in Chromium with the real server.
//!
//! ```text
//!   bindings/wasm ──cargo──► a module ──fieldbook-bind──► packages/client/src/engine ──tsc, esbuild──► packages/client/dist
//! ```

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::apps;
use crate::clock::Clock;
use crate::places::Places;
use crate::preflight::{self, Purpose};
use crate::problem::{Problem, While};
use crate::progress::{Build, LastLine, Progress};
use crate::step::{Outcome, Step};
use crate::tally::Tally;

/// What the engine is compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// So much may be fetched of engine and client in brotli, in KiB. It only gets smaller, but for the passphrase: 12 KiB are its Argon2id.
const FETCHED_KIB_MAX: u32 = 770;
/// The folder of the client.
const CLIENT: &str = "packages/client";
/// The folders of the tests in Chromium: those of the client, and those of the screens.
const SUITES: [&str; 4] =
    ["packages/client/e2e/", "apps/sample/e2e/", "apps/components/e2e/", "apps/site/e2e/"];
/// What the types of a schema let compile.
const TYPES: &str = "packages/client/types";

/// Builds engine and client.
pub fn build(clock: &Clock, places: &Places) -> Result<(), Problem> {
    run(clock, "building the engine for browsers", compiled(places, "fieldbook-wasm")?, Build::default())?;
    let binding = places.cargo(["build", "--release", "--locked", "--package", "fieldbook-bind"]);
    run(clock, "building what binds it to JavaScript", binding, Build::default())?;
    let bind = binds(places, "fieldbook_wasm", &bound(places), "engine");
    run(clock, "binding the engine to JavaScript", bind, LastLine::default())?;
    installed(clock, places)?;
    optimised(clock, places)?;
    // What an app's types let through, and what not, is compiled with those that the client was just given.
    for (says, project) in
        [("checking the client's types", CLIENT), ("checking the types of a schema", TYPES)]
    {
        let mut types = places.command("npx");
        types.args(["--no-install", "tsc", "-p", project]);
        run(clock, says, types, LastLine::default())?;
    }
    let mut bundle = places.command("node");
    bundle.arg(format!("{CLIENT}/build.mjs"));
    run(clock, "bundling the client", bundle, LastLine::default())
}

/// Binds a module to JavaScript, under a name in a folder.
fn binds(places: &Places, module: &str, to: &Path, name: &str) -> Command {
    let mut bind = places.command(places.target.join("release/fieldbook-bind"));
    bind.arg(places.target.join(TARGET).join(format!("web/{module}.wasm"))).arg(to).arg(name);
    bind
}

/// Gets what is built with, unless it is there as the lock file has it: later builds need no network.
pub fn installed(clock: &Clock, places: &Places) -> Result<(), Problem> {
    let changed = |name: &str| places.root.join(name).metadata().and_then(|about| about.modified()).ok();
    if changed("node_modules/.package-lock.json") > changed("package-lock.json") {
        return Ok(());
    }
    let mut npm = places.command("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]);
    run(clock, "getting what the client is built with", npm, LastLine::default())
}

/// Where the bound engine lies before it is made smaller.
fn bound(places: &Places) -> PathBuf {
    places.target.join(TARGET).join("web/bound")
}

/// Makes the engine's module smaller, which takes a minute; the same module again is what came of it the last time.
fn optimised(clock: &Clock, places: &Places) -> Result<(), Problem> {
    const MODULE: &str = "engine_bg.wasm";
    let (from, to) = (bound(places), places.root.join(CLIENT).join("src/engine"));
    let kept = from.join("small");
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    if read(&from.join(MODULE)) != read(&kept.join("before.wasm")) {
        std::fs::create_dir_all(&kept).while_trying("make a folder for the engine")?;
        let mut shrink = places.command("node");
        shrink.arg("node_modules/binaryen/bin/wasm-opt").args(ALIKE);
        // Without a flag for any feature: what the module uses stands in it.
        shrink.arg("-Oz").arg(from.join(MODULE));
        shrink.arg("-o").arg(kept.join(MODULE));
        run(clock, "making the engine smaller", shrink, LastLine::default())?;
        std::fs::copy(from.join(MODULE), kept.join("before.wasm")).while_trying("keep the engine")?;
    }
    std::fs::create_dir_all(&to).while_trying("make a folder for the engine")?;
    for name in ["engine.js", "engine.d.ts", "engine_bg.wasm.d.ts"] {
        std::fs::copy(from.join(name), to.join(name)).while_trying("copy what binds the engine")?;
    }
    std::fs::copy(kept.join(MODULE), to.join(MODULE)).while_trying("copy the engine").map(drop)
}

/// What `cargo xtask web` does.
pub fn web(places: &Places, torture: bool) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    let purpose = if torture { Purpose::Test } else { Purpose::Web };
    preflight::check(&clock, purpose, places)?;
    build(&clock, places)?;
    if !torture {
        return Ok(ExitCode::SUCCESS);
    }
    let tally = played(&clock, places, &SUITES[..1], &[("RELOADS", "1000")])?;
    println!("\n{}", tally.closing("web"));
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `cargo xtask bench web` does.
pub fn bench(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Test, places)?;
    build(&clock, places)?;
    crate::up::build(&clock, places)?;
    // What it is measured against, in the same page.
    let alone = compiled(places, "fieldbook-bare")?;
    run(&clock, "building SQLCipher alone for browsers", alone, Build::default())?;
    let bare = places.target.join(TARGET).join("web/bare");
    let bind = binds(places, "fieldbook_bare", &bare, "bare_engine");
    run(&clock, "binding it to JavaScript", bind, LastLine::default())?;
    let mut bench = in_chromium(places)?;
    bench.env("BARE", bare);
    bench.arg(format!("{CLIENT}/bench/web.mjs")).env("FETCHED_KIB_MAX", FETCHED_KIB_MAX.to_string());
    let outcome = Step::new(bench, LastLine::default()).run(&clock).while_trying("start node")?;
    println!("{}", outcome.tail(60));
    Ok(if outcome.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What `cargo xtask pack` does.
pub fn pack(places: &Places) -> Result<ExitCode, Problem> {
    let clock = Clock::start();
    preflight::check(&clock, Purpose::Web, places)?;
    build(&clock, places)?;
    let to = places.target.join("packages");
    std::fs::create_dir_all(&to).while_trying("make a folder for the packages")?;
    let mut npm = places.command("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(&to);
    for name in packages(places)? {
        npm.args(["--workspace", &format!("packages/{name}")]);
    }
    run(&clock, "packing the packages", npm, LastLine::default())?;
    println!("{}", to.display());
    Ok(ExitCode::SUCCESS)
}

/// The folders of packages, by name.
fn packages(places: &Places) -> Result<Vec<String>, Problem> {
    let folder = std::fs::read_dir(places.root.join("packages")).while_trying("look for packages")?;
    let is_one = |entry: &std::fs::DirEntry| entry.path().join("package.json").is_file();
    let mut names: Vec<String> = folder
        .flatten()
        .filter(is_one)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Node, told where the server, the apps, Chromium and room for what it tries are.
pub fn in_chromium(places: &Places) -> Result<Command, Problem> {
    let mut node = places.command("node");
    node.env("FIELDBOOK", places.program()).env("APPS", apps::folder(places));
    node.env("COMPONENTS", apps::components_folder(places));
    let chromium = chromium().ok_or_else(|| Problem::Needs("Chromium is not on the path.".to_owned()))?;
    node.env("CHROMIUM", chromium);
    let scratch = places.target.join("tmp");
    std::fs::create_dir_all(&scratch).while_trying("make a folder for the tests")?;
    node.env("TMPDIR", scratch);
    Ok(node)
}

/// Plays the client's tests in Chromium, after a build of everything that they run.
pub fn tested(clock: &Clock, places: &Places) -> Result<Tally, Problem> {
    apps::build(clock, places)?;
    apps::components(clock, places)?;
    // Copied away before the usual program takes its place again.
    let dist = apps::one(clock, places)?;
    played(clock, places, &SUITES, &[("DIST", &dist.to_string_lossy())])
}

fn played(clock: &Clock, places: &Places, suites: &[&str], with: &[(&str, &str)]) -> Result<Tally, Problem> {
    crate::up::build(clock, places)?;
    let mut tests = in_chromium(places)?;
    tests.args(["--test", "--test-reporter=tap"]).args(suites).envs(with.iter().copied());
    let outcome = Step::new(tests, LastLine::default()).run(clock).while_trying("start node")?;
    let tally = Tally::of_tap(&outcome.stdout, outcome.success);
    if tally.failed > 0 {
        println!("{}", outcome.tail(120));
    }
    Ok(tally)
}

/// The first of the names under which Chromium is on the path.
pub fn chromium() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// How this machine compiles for browsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compiler {
    /// The toolchain that builds everything else has the target.
    Own,
    /// Debian's, which has the sources of the standard library, and its LLVM.
    Debian,
}

/// Looks for one.
pub fn compiler(places: &Places) -> Option<Compiler> {
    let told = places.command("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&told.stdout).trim());
    if sysroot.join("lib/rustlib").join(TARGET).is_dir() && (on_path("clang") || env::var_os("CC").is_some())
    {
        return Some(Compiler::Own);
    }
    let debian = ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/bin/clang-19", "/usr/bin/wasm-ld-19", SOURCES];
    debian.iter().all(|path| Path::new(path).exists()).then_some(Compiler::Debian)
}

/// Where Debian's toolchain has the sources of the standard library.
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// What of SQLite no query of a device reaches: other indexes, changesets, tables that tell of the database itself, functions that a device
/// outside of a browser has not either, and calls of its library that nothing here makes.
const LEFT_OUT: &str = "-USQLITE_ENABLE_FTS5 -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_SESSION -USQLITE_ENABLE_PREUPDATE_HOOK \
    -USQLITE_ENABLE_BYTECODE_VTAB -USQLITE_ENABLE_DBPAGE_VTAB -USQLITE_ENABLE_DBSTAT_VTAB -USQLITE_ENABLE_STMTVTAB \
    -USQLITE_ENABLE_MATH_FUNCTIONS -USQLITE_ENABLE_OFFSET_SQL_FUNC -USQLITE_ENABLE_UNKNOWN_SQL_FUNCTION \
    -USQLITE_ENABLE_UNLOCK_NOTIFY -USQLITE_ENABLE_COLUMN_METADATA -USQLITE_ENABLE_API_ARMOR \
    SQLITE_OMIT_UTF16 SQLITE_OMIT_DESERIALIZE SQLITE_OMIT_TRACE SQLITE_OMIT_DECLTYPE SQLITE_OMIT_INCRBLOB SQLITE_OMIT_GET_TABLE \
    SQLITE_OMIT_COMPLETE SQLITE_OMIT_TCL_VARIABLE SQLITE_OMIT_AUTOVACUUM";
/// What a panic would say nobody hears in a browser: it is a trap, and the worker begins anew.
const SMALL: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none";

/// Functions that stay apart stay alike, and brotli tells of the second only that it is as the first: bodies put into each other are fewer
/// bytes by 2 %, and more brotli by 7.
const ALIKE: [&str; 2] = ["--skip-pass=inlining", "--skip-pass=inlining-optimizing"];

fn on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn compiled(places: &Places, package: &str) -> Result<Command, Problem> {
    let words = ["build", "--locked", "--package", package, "--target", TARGET, "--profile", "web"];
    match compiler(places) {
        Some(Compiler::Own) => {
            let mut cargo = places.cargo(words);
            cargo.env("SQLITE_WASM_RS_FLAGS", LEFT_OUT);
            Ok(cargo)
        }
        Some(Compiler::Debian) => {
            let mut cargo = places.command("/usr/bin/cargo");
            cargo.args(words).args(["-Z", "build-std=std,panic_abort"]);
            // Sorting, above all, which is made anew for each type.
            cargo.args(["-Z", "build-std-features=optimize_for_size"]);
            for (name, value) in [
                ("RUSTC_BOOTSTRAP", "1"),
                ("RUSTC", "/usr/bin/rustc"),
                ("CC_wasm32_unknown_unknown", "clang-19"),
                ("AR_wasm32_unknown_unknown", "llvm-ar-19"),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19"),
                ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SMALL),
                ("SQLITE_WASM_RS_FLAGS", LEFT_OUT),
            ] {
                cargo.env(name, value);
            }
            // What another toolchain's cargo says of itself is not this one's.
            for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER"] {
                cargo.env_remove(name);
            }
            Ok(cargo)
        }
        None => Err(Problem::Needs(format!("No compiler here builds for {TARGET}."))),
    }
}

/// Runs one step of a build, and stops where it fails.
pub fn run(
    clock: &Clock,
    says: &str,
    command: Command,
    progress: impl Progress + 'static,
) -> Result<(), Problem> {
    let lap = clock.phase(says);
    let outcome: Outcome = Step::new(command, progress).run(clock).while_trying(says)?;
    if !outcome.success {
        return Err(Problem::failed(format!("{}\n\n{says}: it failed.", outcome.tail(60))));
    }
    lap.done();
    Ok(())
}
