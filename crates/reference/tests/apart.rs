//! The reference knows none of the code that it judges: shown from the graph of dependencies, not promised.

use std::process::Command;

/// The crates that the reference reaches, itself included.
fn reached() -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "fieldbook-reference", "-e", "normal,build", "--offline", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there, since it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names of crates");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_reference_reaches_none_of_the_code_that_it_judges() {
    let reached = reached();
    let mut ours: Vec<_> = reached.iter().filter(|name| name.starts_with("fieldbook-")).collect();
    ours.sort();
    ours.dedup();
    assert_eq!(ours, ["fieldbook-model", "fieldbook-reference"], "of {reached:?}");
}
