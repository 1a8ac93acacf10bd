//! Each command line as a person types it.

use super::*;
use crate::test::Phase;

fn read(line: &str) -> Result<Command, String> {
    parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn each_command_is_read_with_its_options() {
    let cases = [
        ("", Command::Help),
        ("help", Command::Help),
        ("up --help", Command::Help),
        ("up", Command::Up(UpOptions::default())),
        (
            "up --port 4200 --fresh --data target/other",
            Command::Up(UpOptions {
                port: Some(4200),
                fresh: true,
                data: Some("target/other".to_owned()),
                check: false,
                no_apps: false,
            }),
        ),
        ("up --no-apps", Command::Up(UpOptions { no_apps: true, ..UpOptions::default() })),
        ("up --check", Command::Up(UpOptions { check: true, ..UpOptions::default() })),
        ("test", Command::Test { only: None }),
        ("test --only walk-through", Command::Test { only: Some(Phase::WalkThrough) }),
        ("audit", Command::Audit),
        ("pictures", Command::Pictures),
        ("apps", Command::Apps),
        ("screenshots", Command::Screenshots),
        ("site-pictures", Command::SitePictures),
        ("plans", Command::Plans),
        ("web", Command::Web { torture: false }),
        ("web --torture", Command::Web { torture: true }),
        ("bench", Command::Bench { name: None }),
        (
            "bench against HEAD~1 --pairs 3",
            Command::Against(AgainstOptions { commit: "HEAD~1".to_owned(), pairs: Some(3) }),
        ),
        (
            "bench against 6a20be5",
            Command::Against(AgainstOptions { commit: "6a20be5".to_owned(), pairs: None }),
        ),
        ("bench --peers", Command::Peers(PeersOptions::default())),
        (
            "bench --peers rxdb zero --runs 1 --quick",
            Command::Peers(PeersOptions {
                names: vec!["rxdb".to_owned(), "zero".to_owned()],
                runs: Some(1),
                quick: true,
            }),
        ),
        ("dist", Command::Dist),
        ("pack", Command::Pack),
        ("bench web", Command::BenchWeb),
        ("bench site", Command::BenchSite),
        ("bench flush", Command::Bench { name: Some("flush".to_owned()) }),
        (
            "sim --seed 7 --defect CountSets --shrink",
            Command::Sim(SimOptions {
                seed: Some(7),
                shrink: true,
                defect: Some("CountSets".to_owned()),
                ..SimOptions::default()
            }),
        ),
        ("sim --seed 7", Command::Sim(SimOptions { seed: Some(7), ..SimOptions::default() })),
        ("sim --long", Command::Sim(SimOptions { long: true, ..SimOptions::default() })),
        (
            "sim --seeds 50 --night",
            Command::Sim(SimOptions { seeds: Some(50), night: true, ..SimOptions::default() }),
        ),
        (
            "torture --family kill --runs 3",
            Command::Torture(TortureOptions {
                family: Some("kill".to_owned()),
                runs: Some(3),
                ..TortureOptions::default()
            }),
        ),
        (
            "kill-rate --only CountSets --jobs 1 --write",
            Command::KillRate(KillOptions {
                only: Some("CountSets".to_owned()),
                jobs: Some(1),
                write: true,
                ..KillOptions::default()
            }),
        ),
        (
            "sim --night --minutes 5",
            Command::Sim(SimOptions { night: true, minutes: Some(5), ..SimOptions::default() }),
        ),
        (
            "disk --script undo --point 3 --kind torn",
            Command::Disk(DiskOptions {
                script: Some("undo".to_owned()),
                kind: Some("torn".to_owned()),
                point: Some(3),
                ..DiskOptions::default()
            }),
        ),
        ("fuzz --list", Command::Fuzz(FuzzOptions { list: true, ..FuzzOptions::default() })),
        (
            "fuzz --target pages --minutes 3",
            Command::Fuzz(FuzzOptions {
                target: Some("pages".to_owned()),
                minutes: Some(3),
                ..FuzzOptions::default()
            }),
        ),
        (
            "mutants --file crates/merge/src/weight.rs --file crates/merge --shard 0/3 --in-diff HEAD~1 --survivors --write",
            Command::Mutants(MutantsOptions {
                files: vec!["crates/merge/src/weight.rs".to_owned(), "crates/merge".to_owned()],
                survivors: true,
                shard: Some("0/3".to_owned()),
                in_diff: Some("HEAD~1".to_owned()),
                write: true,
            }),
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(read(line), Ok(expected), "{line}");
    }
}

#[test]
fn each_wrong_word_is_named() {
    let cases = [
        ("down", "\"down\""),
        ("up --prot 1", "\"--prot\""),
        ("up --port", "--port needs a value"),
        ("up --port --fresh", "--port needs a value"),
        ("up --port 0", "1 to 65535"),
        ("up --port 70000", "1 to 65535"),
        (
            "test --only fast",
            "format, tree, lint, build, cargo, walk-through, api, sqlcipher, web, world, torture",
        ),
        ("bench one two", "\"two\""),
        ("bench --fast", "\"--fast\""),
        ("bench against", "needs a commit"),
        ("bench against --pairs 3", "needs a commit"),
        ("bench against HEAD --pairs", "--pairs needs a value"),
        ("bench against HEAD --pairs 0", "1 or more"),
        ("bench against HEAD --pairs 3 more", "\"more\""),
        ("bench against HEAD more", "\"more\""),
        ("bench --peers --runs", "--runs needs a value"),
        ("bench --peers --fast", "\"--fast\""),
        ("sim --seeds many", "whole number"),
        ("torture --jobs few", "whole number"),
        ("torture --fire", "\"--fire\""),
        ("disk --point", "--point needs a value"),
        ("fuzz --minutes soon", "whole number"),
        ("mutants --fast", "\"--fast\""),
    ];
    for (line, expected) in cases {
        let found = read(line).expect_err(line);
        assert!(found.contains(expected), "{line}: {found}");
    }
}

#[test]
fn the_help_has_an_example_for_each_command() {
    for command in [
        "up",
        "up --check",
        "test",
        "bench",
        "bench --peers",
        "sim",
        "torture",
        "kill-rate",
        "disk",
        "fuzz",
        "mutants",
    ] {
        assert!(crate::help::TEXT.contains(&format!("Example: cargo xtask {command}")), "{command}");
    }
}
