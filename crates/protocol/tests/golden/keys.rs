//! Keys that stand twice are refused everywhere; keys that are unknown where the type says so.

use crate::shapes::{GOLDEN, Golden};
use crate::text::{entries, with};

#[test]
fn a_key_that_stands_twice_is_refused_in_every_shape() {
    let mut tried = 0;
    for Golden { name, text, rewrite } in GOLDEN {
        for entry in entries(text) {
            let doubled = with(text, entry.end, &format!(",{}", &text[entry.clone()]));
            assert!(rewrite(&doubled).is_err(), "{name}: {}", &text[entry]);
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Extra {
    /// The type is closed: an unknown key could change what the others mean.
    Refused,
    /// A server may say more than a device understands.
    PassedOver,
}

fn check(name: &str, before: &str, expected: Extra) {
    let Golden { text, rewrite, .. } = GOLDEN.iter().find(|golden| golden.name == name).expect("a file");
    let at = text.find(before).unwrap_or_else(|| panic!("{name} has no {before}")) + before.len();
    let found = match rewrite(&with(text, at, r#""extra":1,"#)) {
        Ok(written) => {
            assert_eq!(written, *text, "{name} {before}");
            Extra::PassedOver
        }
        Err(_) => Extra::Refused,
    };
    assert_eq!(found, expected, "{name} {before}");
}

#[test]
fn an_unknown_key_is_refused_where_the_type_is_closed() {
    use Extra::{PassedOver, Refused};
    for (name, before, expected) in [
        ("op.json", "{", Refused),
        ("op.json", r#""payload":{"#, Refused),
        ("op.json", r#""changes":[{"#, Refused),
        ("op.json", r#""seen":{"#, Refused),
        ("payloads.json", "{", Refused),
        ("payloads.json", r#"{"resolves":{"#, Refused),
        ("payloads.json", r#""choices":[{"#, Refused),
        ("payloads.json", r#"{"member":{"#, Refused),
        ("payloads.json", r#"{"grant":{"#, Refused),
        ("push-request.json", "{", Refused),
        ("push-request.json", r#"{"cursor":{"#, Refused),
        ("push-request.json", r#""ops":[{"#, Refused),
        ("push-request.json", r#"{"too_large":{"#, PassedOver),
        ("push-reply.json", "{", PassedOver),
        ("push-reply.json", r#""answers":[{"#, Refused),
        ("push-reply.json", r#""ids":[{"#, Refused),
        ("new-workspace-request.json", "{", Refused),
        ("new-workspace-reply.json", "{", PassedOver),
        ("pull-request.json", "{", Refused),
        ("pull-request.json", r#""cursor":{"#, Refused),
        ("page.jsonl", "{", Refused),
        ("page.jsonl", r#"{"from":{"#, Refused),
        ("page.jsonl", "\n{", Refused),
        ("page.jsonl", r#"{"answer":{"#, Refused),
        ("page.jsonl", r#"{"end":{"#, PassedOver),
        ("page-settled.jsonl", r#"{"settled":{"#, Refused),
        ("history-reply.json", r#""lines":[{"#, PassedOver),
        ("records-reply.json", "{", PassedOver),
        ("size-reply.json", "{", PassedOver),
        ("size-reply.json", r#""own":{"#, PassedOver),
        ("timeline-reply.json", r#""entries":[{"#, PassedOver),
        ("live.txt", r#"data: {"#, Refused),
        ("live.txt", r#"{"head":{"#, Refused),
        ("live.txt", "event: beat\ndata: {", PassedOver),
        ("problem.json", "{", PassedOver),
        ("problem-wiped.json", r#""wipe":{"#, Refused),
        ("problem-wiped.json", r#""order":{"#, Refused),
        ("wiped-request.json", "{", Refused),
        ("wiped-reply.json", "{", PassedOver),
        ("sign-in-request.json", "{", Refused),
        ("sign-in-reply.json", "{", PassedOver),
        ("sign-in-reply.json", r#""schema":{"#, Refused),
        ("sign-in-reply.json", r#""limits":{"#, Refused),
        // A device of an earlier program takes what a newer server tells besides.
        ("keys-reply.json", "{", PassedOver),
        ("sign-in-reply-keys.json", r#""keys":{"#, PassedOver),
        ("schema.json", "{", Refused),
        ("schema.json", r#""types":[{"#, Refused),
        ("schema.json", r#""fields":[{"#, Refused),
        ("schema.json", r#"{"text":{"#, Refused),
        ("schema.json", r#""groups":[{"#, Refused),
        ("schema.json", r#""unique":[{"#, Refused),
        ("schema.json", r#""counter":{"#, Refused),
        ("schema.json", r#""actions":[{"#, Refused),
    ] {
        check(name, before, expected);
    }
}

#[test]
fn a_line_of_a_page_says_one_thing() {
    let page = crate::shapes::golden("page.jsonl");
    let from = entries(page)[0].clone();
    for other in entries(page) {
        let line = page[..other.start].rsplit('\n').next().unwrap_or_default();
        if line == "{" && other != from {
            let both = with(page, from.end, &format!(",{}", &page[other]));
            assert!(fieldbook_protocol::Page::read(&both).is_err(), "{both}");
        }
    }
}
