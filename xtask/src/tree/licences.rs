//! Under which licences the libraries from npm stand, as the lock file says it: those that Rust's may have too (`deny.toml`), and two
//! more for programs that build or test and are in nothing that is given out.

use std::fs;

use super::Finding;
use crate::places::Places;

const LOCK: &str = "package-lock.json";
/// Of the product.
const MAY: [&str; 9] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Unlicense",
    "MIT OR Apache-2.0",
    "(MPL-2.0 OR Apache-2.0)",
];
/// Of what only builds and tests.
const TOOLS_MAY: [&str; 1] = ["MPL-2.0"];

/// Looks at each package.
pub fn check(places: &Places) -> Finding {
    let read = fs::read_to_string(places.root.join(LOCK)).map_err(|error| format!("{LOCK}: {error}"));
    Finding::of(
        "each library from npm has a licence that the product may have",
        read.map(|text| refused(&text)),
    )
}

/// The packages without a licence that fits. Of each package the file has its place, and what is said of it indented by six.
fn refused(lock: &str) -> Vec<String> {
    let (mut place, mut of_others, mut is_tool) = ("", false, false);
    let (mut licence, mut wrong) = (None, Vec::new());
    for line in lock.lines() {
        if let Some(name) = line.strip_prefix("    \"").and_then(|rest| rest.strip_suffix("\": {")) {
            (place, of_others, is_tool, licence) = (name, name.contains("node_modules/"), false, None);
        } else if let Some(said) = line.strip_prefix("      \"license\": \"") {
            licence = Some(said.trim_end_matches([',', '"']));
        } else if line.starts_with("      \"dev\": true") {
            is_tool = true;
        } else if line.starts_with("      \"link\": true") {
            // Of our own.
            of_others = false;
        } else if line.starts_with("    }") && of_others {
            let may = |name| MAY.contains(&name) || is_tool && TOOLS_MAY.contains(&name);
            if !licence.is_some_and(may) {
                wrong.push(format!("{place}: {}", licence.unwrap_or("none")));
            }
            of_others = false;
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_that_does_not_fit_is_found_and_one_for_tools_only_with_tools() {
        let lock = |name: &str, said: &str| {
            format!(
                "{{\n  \"packages\": {{\n    \"{name}\": {{\n      \"version\": \"1.0.0\",\n{said}    }}\n  }}\n}}\n"
            )
        };
        let of = |said: &str| refused(&lock("node_modules/it", said));
        assert_eq!(of("      \"license\": \"MIT\",\n"), Vec::<String>::new());
        assert_eq!(of("      \"link\": true\n"), Vec::<String>::new());
        assert_eq!(of("      \"dev\": true,\n      \"license\": \"MPL-2.0\"\n"), Vec::<String>::new());
        assert_eq!(of("      \"license\": \"MPL-2.0\",\n"), ["node_modules/it: MPL-2.0"]);
        assert_eq!(of("      \"license\": \"GPL-3.0\",\n"), ["node_modules/it: GPL-3.0"]);
        assert_eq!(of(""), ["node_modules/it: none"]);
        assert_eq!(refused(&lock("packages/ours", "")), Vec::<String>::new());
    }
}
