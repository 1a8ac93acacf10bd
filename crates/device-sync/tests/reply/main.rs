//! Replies as they come in: whatever breaks, wherever it breaks, nothing of it is taken for more than it is.

use fieldbook_device_sync::{CallId, Head, Input, Reply, Trouble};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Epoch, Seq, Version, WallTime, json};
use fieldbook_protocol::{ProblemCode, PushReply};

const CALL: CallId = CallId(7);

fn problem(code: ProblemCode, retry_after_ms: Option<u64>) -> Trouble {
    Trouble::Problem { code, retry_after_ms }
}

/// What the machine is told of a push that gets a whole reply.
fn pushed(head: Head, body: &str) -> Trouble {
    let mut reply = Reply::to_push(CALL);
    let input = match reply.head(head).and_then(|()| reply.bytes(body.as_bytes())) {
        Ok(_) => reply.end(),
        Err(trouble) => reply.failed(trouble),
    };
    match input {
        Input::Pushed(CALL, Err(trouble)) => trouble,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reply_that_is_cut_at_any_byte_is_none() {
    let reply = PushReply {
        time: WallTime(1_790_000_000_000),
        epoch: Epoch(1),
        head: Version(3),
        hash: Hash::ZERO,
        answers: Vec::new(),
        expected: Some(Seq(2)),
    };
    let whole = json::write(&reply);
    let yes = || Head::new(200, Some("application/json; charset=utf-8"), None);
    for length in 0..=whole.len() {
        let mut reply = Reply::to_push(CALL);
        reply.head(yes()).expect("our server's");
        assert_eq!(
            reply.bytes(&whole.as_bytes()[..length]),
            Ok(Vec::new()),
            "nothing is told before the end"
        );
        let Input::Pushed(CALL, result) = reply.end() else { panic!("another input") };
        assert_eq!(result.is_ok(), length == whole.len(), "{length} bytes of it: {result:?}");
    }
}

#[test]
fn pages_that_are_cut_at_any_byte_are_those_before_it() {
    let (first, second) = ("{\"from\":1}\n{\"end\":{}}\n", "{\"from\":2}\n{\"end\":{}}\n");
    let both = format!("{first}{second}");
    for length in 0..=both.len() {
        let mut reply = Reply::to_pull(CALL);
        reply.head(Head::new(200, Some("application/x-ndjson"), None)).expect("our server's");
        let pages = reply.bytes(&both.as_bytes()[..length]).expect("bytes of pages");
        let whole = [first, second].into_iter().take(length / first.len());
        let expected: Vec<Input> = whole.map(|page| Input::Page(CALL, page.to_owned())).collect();
        assert_eq!(pages, expected, "{length} bytes");
        let ended = if length % first.len() == 0 { Ok(()) } else { Err(Trouble::Cut) };
        assert_eq!(reply.end(), Input::PullEnded(CALL, ended), "{length} bytes");
    }
}

#[test]
fn three_statuses_mean_the_same_whoever_says_them() {
    let html = |status, wait| pushed(Head::new(status, Some("text/html"), wait), "<html>");
    assert_eq!(html(413, None), problem(ProblemCode::TooLarge, None));
    assert_eq!(html(429, Some("7")), problem(ProblemCode::TooMany, Some(7_000)));
    assert_eq!(html(503, Some(" 0 ")), problem(ProblemCode::Unavailable, Some(0)));
    for status in [200, 302, 400, 401, 403, 404, 407, 408, 409, 500, 502, 504, 511] {
        assert_eq!(html(status, Some("7")), Trouble::Foreign(format!("{status} text/html")));
    }
    assert_eq!(pushed(Head::new(401, None, None), ""), Trouble::Foreign("401 no type".to_owned()));
}

#[test]
fn a_wait_that_is_no_number_of_seconds_is_none() {
    let dates = ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "soon", "", "1.5", "99999999999999999999999999"];
    for wait in dates {
        let trouble = pushed(Head::new(503, Some("text/html"), Some(wait)), "<html>");
        assert_eq!(trouble, Trouble::Foreign("503 text/html".to_owned()), "{wait:?}");
    }
    let most = pushed(Head::new(503, Some("text/html"), Some("18446744073709551615")), "");
    assert_eq!(most, problem(ProblemCode::Unavailable, Some(u64::MAX)));
}

#[test]
fn what_the_server_says_is_what_its_document_says() {
    let says = |more: &str| {
        let head = Head::new(503, Some("application/problem+json"), Some("9"));
        let time = r#""time":"2026-05-04T10:00:00Z""#;
        pushed(head, &format!(r#"{{"code":"unavailable","status":503,"title":"Later.",{time}{more}}}"#))
    };
    assert_eq!(says(r#","retry_after_ms":1500"#), problem(ProblemCode::Unavailable, Some(1_500)));
    assert_eq!(says(""), problem(ProblemCode::Unavailable, None));
    let unread = problem(ProblemCode::Unavailable, Some(9_000));
    for odd in [r#","retry_after_ms":-5"#, r#","retry_after_ms":"soon""#, "}"] {
        assert_eq!(says(odd), unread, "a document that cannot be read: its status and its head still count");
    }
}

#[test]
fn a_refusal_lets_nobody_in() {
    for (status, kind, lets_in) in [
        (200, "application/json", true),
        (403, "application/problem+json", false),
        (410, "application/problem+json", false),
    ] {
        let mut reply = Reply::to_push(CallId(1));
        reply.head(Head::new(status, Some(kind), None)).expect("a head that is worth reading on");
        assert_eq!(reply.lets_in(), lets_in, "{status}");
    }
}
