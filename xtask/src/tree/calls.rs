//! Who calls anybody from TypeScript: one file of the client, and what makes an app start without a network. Whatever else a screen wants
//! of a server it asks the device for, which says so where there is no connection. And that nothing turns a text into a page or a program.

use super::Finding;
use super::text::grep;
use crate::places::Places;

/// What calls somebody, as an extended regular expression.
const CALLS: &str = r"\bfetch\(|\b(XMLHttpRequest|WebSocket|WebTransport|EventSource|RTCPeerConnection|sendBeacon|importScripts)\b";
/// What makes a page or a program of a text, or speaks to pages of other places.
const TEXTS: &str = r"dangerouslySetInnerHTML|\b(inner|outer)HTML\b|\binsertAdjacentHTML\b|document\.write|\beval\(|\bnew Function\(|\b(parent|opener|top)\.postMessage\b";
/// Where programs of pages lie.
const WITHIN: [&str; 6] =
    ["packages/*.ts", "packages/*.tsx", "packages/*.js", "apps/*.ts", "apps/*.tsx", "apps/*.js"];
/// The one file of the client that calls; and of the shell, whose service worker answers for the network.
const MAY: [&str; 2] = ["packages/client/src/network.ts:", "packages/shell/src/"];

/// Looks through what pages run.
pub fn check(places: &Places) -> [Finding; 2] {
    let calls =
        "only packages/client/src/network.ts calls anybody from a page, and the shell's service worker";
    let texts = "no page makes markup or a program of a text";
    [
        Finding::of(calls, found(places, CALLS, &MAY)),
        // What binds the engine is generated, and makes neither.
        Finding::of(texts, found(places, TEXTS, &[])),
    ]
}

fn found(places: &Places, what: &str, may: &[&str]) -> Result<Vec<String>, String> {
    let words = ["grep", "--untracked", "-n", "-I", "-P", "-e", what, "--"];
    let mut lines = grep(places, &words.into_iter().chain(WITHIN).collect::<Vec<_>>())?;
    lines.retain(|line| !may.iter().any(|may| line.starts_with(may)));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::text::tests::repository;
    use super::*;

    #[test]
    fn a_call_is_found_wherever_a_page_runs_it_and_well_in_the_two_places() {
        let places = repository("calls", "");
        let put = |path: &str, text: &str| {
            let path = places.root.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        };
        put("packages/client/src/network.ts", "await fetch(url)");
        put("packages/shell/src/service-worker.ts", "return fetch(event.request)");
        put("packages/client/src/device.ts", "// what a fetch is\nprefetch(x);\nconst fetched = 1;");
        let calls = || found(&places, CALLS, &MAY);
        assert_eq!(calls(), Ok(Vec::new()));
        put("packages/client/src/worker.ts", "void fetch('/x');");
        put("packages/ui/src/log/list.tsx", "new WebSocket(url)");
        put("apps/sample/src/main.ts", "navigator.sendBeacon(url)");
        let names: Vec<String> = calls()
            .expect("git grep")
            .iter()
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(
            names,
            ["apps/sample/src/main.ts", "packages/client/src/worker.ts", "packages/ui/src/log/list.tsx"]
        );
        fs::remove_dir_all(&places.root).expect("gone");
    }

    #[test]
    fn what_makes_markup_or_a_program_of_a_text_is_found() {
        let places = repository("texts", "");
        let put = |text: &str| {
            let path = places.root.join("apps/sample/src/main.tsx");
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
            found(&places, TEXTS, &[]).expect("git grep").len()
        };
        assert_eq!(put("line.textContent = said; worker.postMessage(said); // evaluated"), 0);
        for text in [
            "<p dangerouslySetInnerHTML={{ __html: said }} />",
            "line.innerHTML = said",
            "line.insertAdjacentHTML('beforeend', said)",
            "eval(said)",
            "new Function(said)",
            "window.parent.postMessage(said, '*')",
        ] {
            assert_eq!(put(text), 1, "{text}");
        }
        fs::remove_dir_all(&places.root).expect("gone");
    }
}
