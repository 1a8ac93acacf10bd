//! What must never stand in a log line: data, passwords, tokens, keys. Each is planted, everything is made to be
//! told at the most talkative level, and then it is looked for.

use std::fs;

use crate::keys;
use crate::proxy::Mode;
use crate::run::{Outcome, run};
use crate::world::{PASSWORD, WORKSPACE, World};

const CANARY: &str = "canary-7f3a91";
const WRONG_PASSWORD: &str = "canary-password-55";

#[test]
fn no_log_line_holds_data_passwords_tokens_or_keys() {
    let mut world = World::new(12);
    let (a, b) = (world.device("a", "ann"), world.device("b", "ben"));
    let mut said = vec![world.sign_in(&a, "ann", WRONG_PASSWORD)];
    let mut talkative = |words: &[&str]| {
        let mut call = a.call(words);
        said.push(silent(run(call.env("FIELDBOOK_LOG", "trace"))));
    };
    talkative(&["act", "--key", CANARY, "--insert", "customer", &format!("name={CANARY}")]);
    talkative(&["act", "--add", &format!("product:name={CANARY}"), "stock=1"]);
    talkative(&["sync", "--wait"]);
    let url = world.proxy.url();
    let mut again =
        a.call(&["device", "sign-in", "--server", &url, "--workspace", WORKSPACE, "--user", "ann"]);
    said.push(run(again.env("FIELDBOOK_LOG", "trace").env("FIELDBOOK_PASSWORD", PASSWORD)));
    let mut talkative = |words: &[&str]| {
        let mut call = a.call(words);
        said.push(silent(run(call.env("FIELDBOOK_LOG", "trace"))));
    };
    talkative(&["sync", "--wait"]);
    world.proxy.set(Mode::Cut);
    talkative(&["sync", "--wait", "--timeout", "0.2"]);
    world.proxy.set(Mode::Open);
    b.sync();
    assert_eq!(b.cell("select name from customer"), CANARY);
    assert_eq!(world.stop_server(), 0);

    let log = world.server_log();
    assert!(log.contains("/v2/workspaces/{workspace}/push"), "the server did log");
    let device_words: String = said.iter().map(|outcome| outcome.err.as_str()).collect();
    let tokens = world.proxy.tokens();
    assert_eq!(tokens.len(), 3, "one of each sign-in");
    let keys = keys::digits(&a.home);
    let common = [WRONG_PASSWORD, PASSWORD, "Bearer"].into_iter().chain(tokens.iter().map(String::as_str));
    let common = common.chain(keys.iter().map(String::as_str));
    for secret in common.clone().chain([CANARY]) {
        assert!(!log.contains(secret), "{secret:?} stands in the server's log");
    }
    for secret in common {
        assert!(!device_words.contains(secret), "{secret:?} was said by a device");
    }
    let files = fs::read_dir(&a.home).expect("a home").flatten();
    for file in files.filter(|file| file.path().extension().is_none_or(|end| end != "txt")) {
        let bytes = fs::read(file.path()).expect("a file");
        let found = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!found, "the canary stands in clear in {:?}", file.file_name());
    }
}

/// What it said, once it is known that it did its work or told why not.
fn silent(outcome: Outcome) -> Outcome {
    assert!([0, 2, 5].contains(&outcome.exit), "{outcome:?}");
    outcome
}
