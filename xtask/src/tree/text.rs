//! What no file of the repository may contain: a path of one machine, the address of a registry.

use std::env;
use std::path::Path;

use super::Finding;
use crate::places::Places;

/// A kind of text that belongs to one machine or one person.
struct Ban {
    says: &'static str,
    /// Extended regular expressions. One letter of each stands in brackets, so that no pattern finds itself.
    patterns: &'static [&'static str],
    /// A line with one of these is well.
    except: &'static [&'static str],
}

const BANS: [Ban; 2] = [
    Ban {
        says: "no file names a path of one machine",
        patterns: &[
            r"(^|[^A-Za-z0-9_.}])/(hom[e]|User[s])/[A-Za-z0-9_]",
            r"(^|[^A-Za-z0-9_.}])/roo[t]/",
            r"(^|[^A-Za-z0-9_.}])/tm[p]/[A-Za-z0-9_.]",
            r"/va[r]/folders/",
            r"[A-Za-z]:\\+User[s]\\",
        ],
        except: &[],
    },
    Ban {
        says: "no file names a registry of its own",
        patterns: &[
            r"(registr[y]|spars[e])\+https?://",
            r"(registr[y]|inde[x]|index-ur[l]) *= *.?https?://",
            r"replace-wit[h] *=",
            r"(artifactor[y]|nexu[s]|verdacci[o])[.:/]",
        ],
        // Where the lock file says that everything comes from.
        except: &["github.com/rust-lang/crates.io-index"],
    },
];

/// One check per ban.
pub fn check(places: &Places) -> Vec<Finding> {
    BANS.iter().map(|ban| Finding::of(ban.says, found(places, ban))).collect()
}

fn found(places: &Places, ban: &Ban) -> Result<Vec<String>, String> {
    let mut words = vec!["grep", "--untracked", "-n", "-I", "-E"];
    words.extend(ban.patterns.iter().flat_map(|pattern| ["-e", pattern]));
    let mut lines = grep(places, &words)?;
    if ban.says.contains("machine") {
        for path in own_paths(places) {
            lines.extend(grep(places, &["grep", "--untracked", "-n", "-I", "-F", "-e", &path])?);
        }
    }
    lines.retain(|line| !ban.except.iter().any(|well| line.contains(well)));
    Ok(lines)
}

/// This machine's own paths, as far as they are long enough to mean nothing else.
fn own_paths(places: &Places) -> Vec<String> {
    let home = env::var("HOME").unwrap_or_default();
    let telling = |path: &str| Path::new(path).components().count() > 2;
    let paths = [places.root.to_string_lossy().into_owned(), home];
    paths.into_iter().filter(|path| telling(path)).collect()
}

/// Git answers 1 when it found nothing.
pub(super) fn grep(places: &Places, words: &[&str]) -> Result<Vec<String>, String> {
    let output = places.git(words).output().map_err(|error| error.to_string())?;
    match output.status.code() {
        Some(0) => Ok(String::from_utf8_lossy(&output.stdout).lines().map(shortened).collect()),
        Some(1) => Ok(Vec::new()),
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

fn shortened(line: &str) -> String {
    line.chars().take(160).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// A repository with one file.
    pub fn repository(name: &str, text: &str) -> Places {
        let root: PathBuf = env::temp_dir().join(format!("fieldbook-xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(&root).expect("a folder");
        fs::write(root.join("file.txt"), text).expect("a file");
        let places = Places { target: root.join("target"), root };
        assert!(places.git(["init", "--quiet"]).status().expect("git").success());
        places
    }

    fn bans_that_find(name: &str, text: &str) -> Vec<&'static str> {
        let places = repository(name, text);
        let finding = |ban: &&Ban| !found(&places, ban).expect("git grep").is_empty();
        let bans = BANS.iter().filter(finding).map(|ban| ban.says).collect();
        fs::remove_dir_all(&places.root).expect("gone");
        bans
    }

    #[test]
    fn each_ban_finds_what_it_is_for() {
        let [path, registry] = [BANS[0].says, BANS[1].says];
        // Put together here, so that this file does not contain them.
        let cases = [
            ("home", format!("see {}/ann/notes", "/home"), path),
            ("users", format!("see {}/ann/notes", "/Users"), path),
            ("temp", format!("--data {}/shop", "/tmp"), path),
            ("sparse", format!("{}+https://mirror.example/", "sparse"), registry),
            ("replaced", format!("{} = \"mirror\"", "replace-with"), registry),
        ];
        for (name, text, expected) in cases {
            assert_eq!(bans_that_find(name, &text), [expected], "{name}");
        }
    }

    #[test]
    fn ordinary_text_is_well() {
        let lock = format!("source = \"{}+https://github.com/rust-lang/crates.io-index\"", "registry");
        let text = format!(
            "{lock}\ntarget/tmp/shop\nhttps://example.org/home/ann\nGET /v2/root/x\npassword = \"demo\"\n"
        );
        assert_eq!(bans_that_find("well", &text), Vec::<&str>::new());
    }

    #[test]
    fn the_own_path_of_the_working_tree_is_found() {
        let places = repository("own", "");
        fs::write(places.root.join("file.txt"), places.root.to_string_lossy().as_bytes()).expect("a file");
        assert!(!found(&places, &BANS[0]).expect("git grep").is_empty());
        fs::remove_dir_all(&places.root).expect("gone");
    }
}
