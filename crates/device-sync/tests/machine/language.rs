//! The words of a transcript: a line of text for each input and each output of the machine.

use fieldbook_device_sync::{
    Apart, Applied, Backoff, Brought, CallId, Collected, Conditions, Input, Kept, Now, Output, Piece, Repair,
    Trouble,
};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Epoch, OpId, Seq, Version, WallTime, json};
use fieldbook_protocol::live::{Event, Head};
use fieldbook_protocol::{Answer, ProblemCode, PushReply, Verdict};

/// What the server's clock says in every transcript; the machine does not look at it.
const TIME: WallTime = WallTime(0);

/// Reads an input.
pub fn input(now: Now, line: &str) -> Input {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["begin", at] => Input::Begin { cursor: cursor(at), backoff: None, wants: false },
        ["begin", at, "wants"] => Input::Begin { cursor: cursor(at), backoff: None, wants: true },
        ["begin", at, "after", attempt, "until", ms] => {
            let until = WallTime(now.wall.0 + number::<i64>(ms));
            let backoff = Some(Backoff { attempt: number(attempt), until });
            Input::Begin { cursor: cursor(at), backoff, wants: false }
        }
        ["wrote"] => Input::Wrote,
        ["none"] => Input::Collected(None),
        ["ops", span] => Input::Collected(Some(batch(span))),
        ["recorded"] => Input::Recorded,
        ["push", id, "answers", ref rest @ ..] => Input::Pushed(call(id), Ok(reply(rest))),
        ["push", id, ref trouble_words @ ..] => Input::Pushed(call(id), Err(trouble(trouble_words))),
        ["progress", id] => Input::Progress(call(id)),
        ["page", id, text] => Input::Page(call(id), text.to_owned()),
        ["pull", id, "ends"] => Input::PullEnded(call(id), Ok(())),
        ["pull", id, ref trouble_words @ ..] => Input::PullEnded(call(id), Err(trouble(trouble_words))),
        ["shown", at] => applied_at(at, at),
        ["shown", at, "of", head] => applied_at(at, head),
        ["shown", at, "again"] => {
            let at = cursor(at);
            Input::Applied(Applied::Shown { cursor: at, head: at.version, joined: false, again: true })
        }
        ["joined", at] => Input::Applied(joined(at)),
        ["kept"] => Input::Kept(Kept::Part),
        ["kept", "whole"] => Input::Kept(Kept::Whole),
        ["kept", "unusable"] => Input::Kept(Kept::Unusable("unreadable".to_owned())),
        ["kept", "in", "vain"] => Input::Kept(Kept::Useless),
        ["apart", "nothing"] => Input::Apart(Apart::Nothing),
        ["apart", "whole"] => Input::Apart(Apart::Whole),
        ["apart", "wanted"] => Input::Apart(Apart::Wanted),
        ["load", id, "of", "nothing"] => Input::NothingToLoad(call(id)),
        ["scopes"] => Input::Scopes,
        ["outgrown", at] => {
            let at = cursor(at);
            Input::Applied(Applied::Outgrown { cursor: at, head: at.version, joined: false, again: false })
        }
        ["differs", at] => Input::Applied(differs(at, Repair::Fetch)),
        ["differs", at, "in", "vain"] => Input::Applied(differs(at, Repair::Vain)),
        ["too", "old"] => Input::Applied(Applied::TooOld),
        ["schema", id, "is", text] => Input::Schema(call(id), Ok(text.to_owned())),
        ["schema", id, ref trouble_words @ ..] => Input::Schema(call(id), Err(trouble(trouble_words))),
        ["upgraded", at] => Input::Upgraded(Ok(cursor(at))),
        ["not", "upgraded"] => Input::Upgraded(Err("unreadable".to_owned())),
        ["common", id, "is", text] => Input::Common(call(id), Ok(text.to_owned())),
        ["common", id, ref trouble_words @ ..] => Input::Common(call(id), Err(trouble(trouble_words))),
        ["forked"] => Input::Applied(Applied::Forked),
        ["parted"] => Input::Parted(Ok(())),
        ["not", "parted"] => Input::Parted(Err("unreadable".to_owned())),
        ["staged"] => Input::Applied(Applied::Staged { upto: Version(1), head: Version(2) }),
        ["staged", at, "of", head] => {
            let (upto, head) = (cursor(at).version, cursor(head).version);
            Input::Applied(Applied::Staged { upto, head })
        }
        ["known"] => Input::Applied(Applied::Known),
        ["gap"] => Input::Applied(Applied::Gap),
        ["unusable"] => Input::Applied(Applied::Unusable("unreadable".to_owned())),
        ["blobs", wanted] => Input::Blobs(number(wanted)),
        ["blob", id, "piece"] => Input::Blob(call(id), Ok(piece())),
        ["blob", id, "of", "nothing"] => Input::NoBlob(call(id)),
        ["blob", id, ref trouble_words @ ..] => Input::Blob(call(id), Err(trouble(trouble_words))),
        ["head", id, at] => Input::Live(call(id), Event::Head(Head { head: cursor(at), time: TIME })),
        ["changes", id, text] => Input::Live(call(id), Event::Changes(text.to_owned())),
        ["beat", id] => Input::Live(call(id), Event::Beat(TIME)),
        ["live", id, ref trouble_words @ ..] => Input::LiveEnded(call(id), trouble(trouble_words)),
        ["sync", "now"] => Input::SyncNow,
        ["now", ref words @ ..] => Input::Conditions(conditions(words)),
        ["tick"] => Input::Tick,
        _ => panic!("no input: {line}"),
    }
}

fn piece() -> Brought {
    Brought::Piece(Piece { sum: Hash::ZERO, first: 0, total: 2, bytes: vec![7] })
}

/// `open` for none of them, else `hidden`, `low`, `metered`, `unplugged`, as many as hold.
fn conditions(words: &[&str]) -> Conditions {
    let of = |word: &str| words.contains(&word);
    let known = ["open", "hidden", "low", "metered", "unplugged"];
    assert!(!words.is_empty() && words.iter().all(|word| known.contains(word)), "{words:?}");
    Conditions {
        no_network: of("unplugged"),
        metered: of("metered"),
        low_battery: of("low"),
        hidden: of("hidden"),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

fn call(text: &str) -> CallId {
    CallId(number(text.trim_start_matches('#')))
}

fn cursor(text: &str) -> Cursor {
    let (epoch, version) = text.split_once(':').expect("epoch:version");
    Cursor { epoch: Epoch(number(epoch)), version: Version(number(version)) }
}

fn span(text: &str) -> (u64, u64) {
    let (first, last) = text.split_once("..").expect("first..last");
    (number(first), number(last))
}

fn batch(text: &str) -> Collected {
    let (first, last) = span(text);
    let ops = u32::try_from(last - first + 1).expect("a small batch");
    Collected { body: text.to_owned(), first: Seq(first), last: Seq(last), ops }
}

/// `1..3 head 1:13`, or `nothing head 1:10`, with `expects 4` at the end or not.
fn reply(words: &[&str]) -> PushReply {
    let [answers, "head", head, rest @ ..] = words else { panic!("no reply: {words:?}") };
    let Cursor { epoch, version } = cursor(head);
    let expected = match rest {
        ["expects", seq] => Some(Seq(number(seq))),
        _ => None,
    };
    let (first, last) = if *answers == "nothing" { (1, 0) } else { span(answers) };
    let answers = (first..=last).map(answer).collect();
    PushReply { time: TIME, epoch, head: version, hash: Hash::ZERO, answers, expected }
}

fn answer(seq: u64) -> Answer {
    let op_id = OpId::v7(seq, [0; 10]);
    Answer { seq: Seq(seq), op_id, version: Version(seq), verdict: Verdict::Committed, partly: false }
}

fn applied_at(at: &str, head: &str) -> Input {
    Input::Applied(Applied::Shown {
        cursor: cursor(at),
        head: cursor(head).version,
        joined: false,
        again: false,
    })
}

fn differs(at: &str, repair: Repair) -> Applied {
    let cursor = cursor(at);
    Applied::Differs { cursor, head: cursor.version, joined: false, again: false, repair }
}

fn joined(at: &str) -> Applied {
    Applied::Shown { cursor: cursor(at), head: cursor(at).version, joined: true, again: false }
}

/// `no-answer`, `timed-out`, `cut`, `foreign`, or a problem's code, with `after 5000` or not.
fn trouble(words: &[&str]) -> Trouble {
    match words {
        ["no-answer"] => Trouble::NoAnswer,
        ["timed-out"] => Trouble::TimedOut,
        ["cut"] => Trouble::Cut,
        ["foreign"] => Trouble::Foreign("200 text/html".to_owned()),
        [code, rest @ ..] => {
            let code: ProblemCode = json::parse(&format!("{code:?}")).expect("a code");
            let retry_after_ms = rest.get(1).map(|ms| number(ms));
            Trouble::Problem { code, retry_after_ms }
        }
        [] => panic!("trouble needs a name"),
    }
}

/// Writes an output. Of a stored wait only the number of troubles: how long it is, is chance.
pub fn told(output: &Output) -> String {
    match output {
        Output::Collect { from, ops_max, head_only } => {
            let from = from.map(|seq| format!(" from {seq}")).unwrap_or_default();
            let most = ops_max.map(|ops| format!(" at most {ops}")).unwrap_or_default();
            format!("collect{from}{most}{}", if *head_only { " head only" } else { "" })
        }
        Output::Push(CallId(id), body) => format!("push #{id} {body}"),
        Output::Record(_) => "record".to_owned(),
        Output::Pull(CallId(id)) => format!("pull #{id}"),
        Output::FetchSchema(CallId(id)) => format!("fetch schema #{id}"),
        Output::Upgrade(text) => format!("upgrade to {text}"),
        Output::AskCommon(CallId(id)) => format!("ask common #{id}"),
        Output::Part(text, _) => format!("part behind {text}"),
        Output::Apply(page) => format!("apply {page}"),
        Output::Load(CallId(id)) => format!("load #{id}"),
        Output::Keep(page) => format!("keep {page}"),
        Output::FetchBlob(CallId(id)) => format!("fetch blob #{id}"),
        Output::KeepBlob(_) => "keep blob".to_owned(),
        Output::LookApart => "look apart".to_owned(),
        Output::OpenLive(CallId(id), Cursor { epoch, version }) => format!("live #{id} at {epoch}:{version}"),
        Output::Cancel(CallId(id)) => format!("cancel #{id}"),
        Output::Remember(Some(backoff)) => format!("remember {}", backoff.attempt),
        Output::Remember(None) => "forget".to_owned(),
        Output::Level => "level".to_owned(),
    }
}
