//! Puts the web apps into the program, where the feature `apps` asks for them: every file of the folder that `FIELDBOOK_APPS` names,
//! or of `target/web/apps`. Files of the same bytes, such as the engine that each app has, are there once.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=FIELDBOOK_APPS");
    let mut files = Vec::new();
    if env::var_os("CARGO_FEATURE_APPS").is_some() {
        let folder = folder();
        println!("cargo:rerun-if-changed={}", folder.display());
        gather(&folder, "", &mut files);
        files.sort();
        let says = "`cargo xtask dist` builds the web apps, and the program with them in it";
        assert!(!files.is_empty(), "no web apps in {}: {says}", folder.display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder for what is made"));
    fs::write(out.join("apps.rs"), text(&files)).expect("the folder can be written to");
}

/// Where the apps were built.
fn folder() -> PathBuf {
    env::var_os("FIELDBOOK_APPS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/web/apps"), PathBuf::from)
}

/// All files of a folder and what lies beneath it, by their paths in it.
fn gather(folder: &Path, above: &str, files: &mut Vec<(String, PathBuf)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{above}{name}");
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.push((name, path));
        }
    }
}

/// The files as a list that the program is compiled with.
fn text(files: &[(String, PathBuf)]) -> String {
    let mut numbers: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    let (mut contents, mut list) = (String::new(), String::new());
    for (name, path) in files {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let next = numbers.len();
        let number = *numbers.entry(bytes).or_insert_with(|| {
            let _ = writeln!(contents, "static BYTES_{next}: &[u8] = include_bytes!({path:?});");
            next
        });
        let _ = writeln!(list, "    ({name:?}, BYTES_{number}),");
    }
    format!(
        "{contents}/// The files of the apps, by their paths.\npub static FILES: &[(&str, &[u8])] = &[\n{list}];\n"
    )
}
