//! The arrows between crates: who may know whom, near or far. The table is the house's plan.

use std::collections::BTreeSet;

use super::{Finding, answer};
use crate::places::Places;

/// A crate and every crate of ours that it may reach.
struct Arrow {
    from: &'static str,
    to: &'static [&'static str],
}

const ARROWS: &[Arrow] = &[
    Arrow { from: "model", to: &[] },
    Arrow { from: "merge", to: &["model"] },
    Arrow { from: "crypto", to: &["model"] },
    Arrow { from: "protocol", to: &["model", "crypto"] },
    // It judges the merge, so it may share its words and none of its rules.
    Arrow { from: "reference", to: &["model"] },
    Arrow { from: "demo", to: &["model"] },
    Arrow { from: "device-sync", to: &["model", "merge", "crypto", "protocol"] },
    Arrow { from: "device-store", to: &["model", "merge", "crypto", "protocol", "device-sync"] },
    Arrow { from: "device", to: &["model", "merge", "crypto", "protocol", "device-sync", "device-store"] },
    Arrow { from: "server-sync", to: &["model", "merge", "crypto", "protocol"] },
    Arrow { from: "server-store", to: &["model", "merge", "crypto", "protocol", "server-sync"] },
    Arrow { from: "server", to: &["model", "merge", "crypto", "protocol", "server-sync", "server-store"] },
    // A disk under SQLite, of which no product crate knows.
    Arrow { from: "faulty-disk", to: &[] },
    // What only tests use: it knows texts, and nothing of what they say.
    Arrow { from: "fuzz", to: &[] },
    // The world is the real crates without what has sockets and threads.
    Arrow {
        from: "sim",
        to: &[
            "model",
            "merge",
            "crypto",
            "protocol",
            "reference",
            "demo",
            "device-sync",
            "device-store",
            "server-sync",
            "server-store",
            "faulty-disk",
        ],
    },
    Arrow {
        from: "cli",
        to: &[
            "model",
            "merge",
            "crypto",
            "protocol",
            "demo",
            "device-sync",
            "device-store",
            "device",
            "server-sync",
            "server-store",
            "server",
        ],
    },
    Arrow {
        from: "bench",
        to: &[
            "model",
            "merge",
            "crypto",
            "protocol",
            "reference",
            "demo",
            "device-sync",
            "device-store",
            "device",
            "server-sync",
            "server-store",
            "server",
            "faulty-disk",
            "sim",
            "cli",
        ],
    },
    // The device for browsers, and what binds it to them.
    Arrow { from: "wasm", to: &["model", "merge", "crypto", "protocol", "device-sync", "device-store"] },
    Arrow { from: "bind", to: &[] },
    // What the device in a browser is measured against knows nothing of it.
    Arrow { from: "bare", to: &[] },
    // It meets everything else as its users do: by the built command.
    Arrow { from: "torture", to: &["model"] },
    Arrow { from: "xtask", to: &[] },
];

/// Crates without clock, socket, file, thread or randomness.
const PURE: &[&str] = &["model", "merge", "crypto", "protocol", "reference", "device-sync", "server-sync"];

/// What would make them impure.
const IMPURE: &[&str] = &["rusqlite", "tokio", "reqwest", "axum", "getrandom"];

const PREFIX: &str = "fieldbook-";

/// One check per crate, one per pure crate, and one each for strangers and for xtask's own diet.
pub fn check(places: &Places) -> Vec<Finding> {
    let strangers = strangers(places);
    let unreadable = strangers.is_err();
    let mut findings = vec![Finding::of("each crate has its place in the plan", strangers)];
    // Where cargo cannot read the workspace, once is enough to say so.
    if unreadable {
        return findings;
    }
    for arrow in ARROWS {
        let reach = reach(places, arrow.from);
        let found = reach.clone().map(|reach| beyond(arrow, &reach));
        findings.push(Finding::of(format!("{} knows only what lies left of it", arrow.from), found));
        if PURE.contains(&arrow.from) {
            let found = reach.clone().map(|reach| shared(&reach, IMPURE));
            findings.push(Finding::of(format!("{} is pure", arrow.from), found));
        }
        if arrow.from == "xtask" {
            findings.push(Finding::of("xtask builds without C", reach.map(|reach| native(&reach))));
        }
    }
    findings
}

/// The crates that a crate needs to run, near and far, under any of its features, without its tests.
fn reach(places: &Places, from: &str) -> Result<BTreeSet<String>, String> {
    let package = if from == "xtask" { from.to_owned() } else { format!("{PREFIX}{from}") };
    let words = ["tree", "--locked", "--edges", "normal", "--all-features", "--prefix", "none", "--package"];
    let text = answer(places.cargo(words.into_iter().chain([package.as_str()])))?;
    let mut names = names(&text);
    names.remove(&package);
    Ok(names)
}

fn strangers(places: &Places) -> Result<Vec<String>, String> {
    let words = ["tree", "--locked", "--workspace", "--depth", "0", "--prefix", "none"];
    let text = answer(places.cargo(words))?;
    let known: BTreeSet<&str> = ARROWS.iter().map(|arrow| arrow.from).collect();
    Ok(names(&text).into_iter().filter(|name| !known.contains(short(name))).collect())
}

/// The first word of each line of `cargo tree`.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

fn short(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn beyond(arrow: &Arrow, reach: &BTreeSet<String>) -> Vec<String> {
    let ours = reach.iter().filter(|name| name.starts_with(PREFIX));
    ours.filter(|name| !arrow.to.contains(&short(name)))
        .map(|name| format!("{} → {}", arrow.from, short(name)))
        .collect()
}

fn shared(reach: &BTreeSet<String>, names: &[&str]) -> Vec<String> {
    reach.iter().filter(|name| names.contains(&name.as_str())).cloned().collect()
}

fn native(reach: &BTreeSet<String>) -> Vec<String> {
    reach.iter().filter(|name| name.ends_with("-sys") || *name == "cc").cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
fieldbook-reference v0.1.0 (crates/reference)
fieldbook-model v0.1.0 (crates/model)
fieldbook-merge v0.1.0 (crates/merge)
serde v1.0.229
serde_derive v1.0.229 (proc-macro)
serde v1.0.229 (*)
getrandom v0.4.3
";

    fn arrow(from: &str) -> &'static Arrow {
        ARROWS.iter().find(|arrow| arrow.from == from).expect("in the plan")
    }

    #[test]
    fn an_arrow_to_the_right_is_named_with_both_ends() {
        assert_eq!(beyond(arrow("reference"), &names(TREE)), ["reference → merge", "reference → reference"]);
        assert_eq!(beyond(arrow("bench"), &names(TREE)), Vec::<String>::new());
    }

    #[test]
    fn what_makes_a_crate_impure_is_named() {
        assert_eq!(shared(&names(TREE), IMPURE), ["getrandom"]);
    }

    #[test]
    fn a_crate_that_compiles_c_is_named() {
        assert_eq!(native(&names("libc v0.2\nlibsqlite3-sys v0.39\ncc v1.2\n")), ["cc", "libsqlite3-sys"]);
    }

    #[test]
    fn the_plan_names_only_crates_that_it_knows_and_has_no_circle() {
        for (place, arrow) in ARROWS.iter().enumerate() {
            for to in arrow.to {
                let target = ARROWS.iter().position(|other| other.from == *to);
                // bench may look at the cli and the world, both above it in the table.
                assert!(target.is_some_and(|target| target < place), "{} → {to}", arrow.from);
            }
        }
    }

    #[test]
    fn what_a_crate_may_reach_includes_what_those_may_reach() {
        for from in ARROWS {
            for near in from.to.iter().map(|to| arrow(to)) {
                assert!(near.to.iter().all(|far| from.to.contains(far)), "{} → {}", from.from, near.from);
            }
        }
    }

    #[test]
    fn device_and_server_never_know_each_other() {
        for side in ["device-sync", "device-store", "device"] {
            assert!(arrow(side).to.iter().all(|to| !to.starts_with("server")), "{side}");
        }
        for side in ["server-sync", "server-store", "server"] {
            assert!(arrow(side).to.iter().all(|to| !to.starts_with("device")), "{side}");
        }
    }
}
