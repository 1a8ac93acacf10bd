//! Whatever the machine is told, in whatever order, also what makes no sense: it holds to its rules (`bench`
//! checks them after each input), and when the world becomes friendly again it comes to rest.

use fieldbook_device_sync::{
    Apart, Applied, Backoff, CallId, Collected, Conditions, Input, Kept, Link, Output, Trouble,
};
use fieldbook_model::chain::Hash;
use fieldbook_model::{Cursor, Epoch, OpId, Seq, Version, WallTime};
use fieldbook_protocol::live::{Event, Head};
use fieldbook_protocol::{Answer, ProblemCode, PushReply, Verdict};
use proptest::prelude::*;

use crate::bench::Bench;

/// Beyond every version that a random input names.
const HEAD: Cursor = Cursor { epoch: Epoch(1), version: Version(1_000_000) };

fn call() -> impl Strategy<Value = CallId> {
    prop_oneof![3 => 1..8_u64, 1 => 0..60_u64].prop_map(CallId)
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (0..3_u32, 0..40_u64)
        .prop_map(|(epoch, version)| Cursor { epoch: Epoch(epoch), version: Version(version) })
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let retry_after_ms = prop_oneof![Just(None), any::<u64>().prop_map(Some), (0..9000_u64).prop_map(Some)];
    let codes = prop::sample::select(vec![
        ProblemCode::TooLarge,
        ProblemCode::TooMany,
        ProblemCode::SessionEnded,
        ProblemCode::LogForked,
        ProblemCode::HistoryDiffers,
        ProblemCode::Forbidden,
        ProblemCode::OtherProtocol,
    ]);
    prop_oneof![
        Just(Trouble::NoAnswer),
        Just(Trouble::TimedOut),
        Just(Trouble::Cut),
        Just(Trouble::Foreign("a portal".to_owned())),
        (codes, retry_after_ms).prop_map(|(code, retry_after_ms)| Trouble::Problem { code, retry_after_ms }),
    ]
}

fn reply() -> impl Strategy<Value = PushReply> {
    let expected = prop::option::of((0..12_u64).prop_map(Seq));
    (cursor(), 0..4_u64, expected).prop_map(|(head, answers, expected)| PushReply {
        time: WallTime(0),
        epoch: head.epoch,
        head: head.version,
        hash: Hash::ZERO,
        answers: (0..answers).map(answer).collect(),
        expected,
    })
}

fn answer(seq: u64) -> Answer {
    let verdict = Verdict::Committed;
    Answer { seq: Seq(seq), op_id: OpId::v7(seq, [0; 10]), version: Version(seq), verdict, partly: false }
}

fn collected() -> impl Strategy<Value = Input> {
    let batch = (0..9_u64, 0..4_u32).prop_map(|(first, ops)| Collected {
        body: "ops".to_owned(),
        first: Seq(first),
        last: Seq(first + u64::from(ops)),
        ops,
    });
    prop::option::of(batch).prop_map(Input::Collected)
}

fn applied() -> impl Strategy<Value = Input> {
    let shown = (cursor(), 0..40_u64).prop_map(|(cursor, head)| Applied::Shown {
        cursor,
        head: Version(head),
        joined: head % 7 == 0,
        again: false,
    });
    let other = prop::sample::select(vec![
        Applied::Staged { upto: Version(9), head: Version(20) },
        Applied::TooOld,
        Applied::Outgrown { cursor: HEAD, head: HEAD.version, joined: false, again: false },
        Applied::Known,
        Applied::Gap,
        Applied::Forked,
        Applied::Unusable("unreadable".to_owned()),
    ]);
    prop_oneof![shown, other].prop_map(Input::Applied)
}

fn kept() -> impl Strategy<Value = Kept> {
    prop::sample::select(vec![
        Kept::Part,
        Kept::Whole,
        Kept::Useless,
        Kept::Unusable("unreadable".to_owned()),
    ])
}

fn apart() -> impl Strategy<Value = Apart> {
    prop::sample::select(vec![Apart::Nothing, Apart::Whole, Apart::Wanted])
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Beat(WallTime(0))),
        Just(Event::Changes("page".to_owned())),
        cursor().prop_map(|head| Event::Head(Head { head, time: WallTime(0) })),
    ]
}

fn begin() -> impl Strategy<Value = Input> {
    let until = prop_oneof![any::<i64>(), 1_700_000_000_000..1_700_000_090_000_i64].prop_map(WallTime);
    let backoff = (any::<u32>(), until).prop_map(|(attempt, until)| Backoff { attempt, until });
    (cursor(), prop::option::of(backoff)).prop_map(|(cursor, backoff)| Input::Begin {
        cursor,
        backoff,
        wants: cursor.version.0 % 2 == 0,
    })
}

fn conditions() -> impl Strategy<Value = Input> {
    let often = || prop::bool::weighted(0.3);
    (often(), often(), often(), often()).prop_map(|(no_network, metered, low_battery, hidden)| {
        Input::Conditions(Conditions { no_network, metered, low_battery, hidden })
    })
}

fn schema() -> impl Strategy<Value = Result<String, Trouble>> {
    prop_oneof![Just(Ok("schema".to_owned())), trouble().prop_map(Err)]
}

fn upgraded() -> impl Strategy<Value = Result<Cursor, String>> {
    prop_oneof![cursor().prop_map(Ok), Just(Err("unreadable".to_owned()))]
}

fn any_input() -> impl Strategy<Value = Input> {
    let ended = || prop_oneof![Just(Ok(())), trouble().prop_map(Err)];
    let pushed = || prop_oneof![reply().prop_map(Ok), trouble().prop_map(Err)];
    prop_oneof![
        1 => begin(),
        2 => Just(Input::Wrote),
        1 => Just(Input::Scopes),
        2 => kept().prop_map(Input::Kept),
        1 => call().prop_map(Input::NothingToLoad),
        1 => apart().prop_map(Input::Apart),
        4 => collected(),
        4 => (call(), pushed()).prop_map(|(call, result)| Input::Pushed(call, result)),
        2 => Just(Input::Recorded),
        1 => call().prop_map(Input::Progress),
        2 => call().prop_map(|call| Input::Page(call, "page".to_owned())),
        3 => (call(), ended()).prop_map(|(call, result)| Input::PullEnded(call, result)),
        3 => applied(),
        1 => (call(), schema()).prop_map(|(call, result)| Input::Schema(call, result)),
        1 => upgraded().prop_map(Input::Upgraded),
        1 => (call(), schema()).prop_map(|(call, result)| Input::Common(call, result)),
        1 => upgraded().prop_map(|result| Input::Parted(result.map(|_| ()))),
        4 => (call(), event()).prop_map(|(call, event)| Input::Live(call, event)),
        1 => (call(), trouble()).prop_map(|(call, trouble)| Input::LiveEnded(call, trouble)),
        1 => Just(Input::SyncNow),
        1 => conditions(),
        4 => Just(Input::Tick),
    ]
}

/// An input, and the time before it. One that is aimed speaks of the call that is under way, if there is one.
#[derive(Debug, Clone)]
struct Step {
    pass_ms: u64,
    aimed: bool,
    input: Input,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pass = prop_oneof![4 => Just(0), 3 => 0..400_u64, 2 => 0..50_000_u64, 1 => 0..4_000_000_u64];
    let step = (pass, prop::bool::weighted(0.7), any_input());
    let step = step.prop_map(|(pass_ms, aimed, input)| Step { pass_ms, aimed, input });
    prop::collection::vec(step, 0..80)
}

/// The same input, said of the call that is really under way.
fn aimed(input: Input, [push, pull, live]: [Option<CallId>; 3]) -> Input {
    match input {
        Input::Progress(call) if call.0.is_multiple_of(2) => Input::Progress(push.unwrap_or(call)),
        Input::Progress(call) => Input::Progress(pull.unwrap_or(call)),
        Input::Pushed(call, result) => Input::Pushed(push.unwrap_or(call), result),
        Input::Page(call, page) => Input::Page(pull.unwrap_or(call), page),
        Input::PullEnded(call, result) => Input::PullEnded(pull.unwrap_or(call), result),
        Input::Schema(call, result) => Input::Schema(pull.unwrap_or(call), result),
        Input::Live(call, event) => Input::Live(live.unwrap_or(call), event),
        Input::LiveEnded(call, trouble) => Input::LiveEnded(live.unwrap_or(call), trouble),
        other => other,
    }
}

/// What a friendly world says to an output.
fn friendly(output: Output) -> Vec<Input> {
    let shown =
        Input::Applied(Applied::Shown { cursor: HEAD, head: HEAD.version, joined: false, again: false });
    match output {
        Output::Collect { .. } => vec![Input::Collected(None)],
        Output::Push(call, _) => {
            let Cursor { epoch, version: head } = HEAD;
            let reply = PushReply {
                time: WallTime(0),
                epoch,
                head,
                hash: Hash::ZERO,
                answers: vec![answer(1)],
                expected: None,
            };
            vec![Input::Pushed(call, Ok(reply))]
        }
        Output::Record(_) => vec![Input::Recorded],
        Output::Pull(call) => vec![Input::Page(call, "page".to_owned()), Input::PullEnded(call, Ok(()))],
        Output::FetchSchema(call) => vec![Input::Schema(call, Ok("schema".to_owned()))],
        Output::Upgrade(_) => vec![Input::Upgraded(Ok(HEAD))],
        Output::AskCommon(call) => vec![Input::Common(call, Ok("common".to_owned()))],
        Output::Part(..) => vec![Input::Parted(Ok(()))],
        Output::Apply(_) => vec![shown],
        Output::Load(call) => vec![Input::NothingToLoad(call)],
        Output::Keep(_) => vec![Input::Kept(Kept::Part)],
        Output::FetchBlob(call) => vec![Input::NoBlob(call)],
        Output::KeepBlob(_) => vec![Input::Blobs(0)],
        Output::LookApart => vec![Input::Apart(Apart::Nothing)],
        Output::OpenLive(call, _) => {
            vec![Input::Live(call, Event::Head(Head { head: HEAD, time: WallTime(0) }))]
        }
        Output::Cancel(_) | Output::Remember(_) | Output::Level => Vec::new(),
    }
}

/// Lets the world be friendly until the machine is quiet; how many inputs that took.
fn settle(bench: &mut Bench) -> usize {
    let cursor = Cursor { epoch: Epoch(1), version: Version(0) };
    let begin = Input::Begin { cursor, backoff: None, wants: false };
    // The random part owes answers to whatever was asked in it.
    let owed =
        std::iter::repeat_n(Input::Collected(None), 200).chain(std::iter::repeat_n(Input::Recorded, 100));
    let mut inputs: std::collections::VecDeque<Input> = owed
        .chain([
            Input::Upgraded(Ok(HEAD)),
            Input::Parted(Ok(())),
            begin,
            Input::Conditions(Conditions::default()),
            Input::SyncNow,
        ])
        .collect();
    for told in 0..2000 {
        let Some(input) = inputs.pop_front() else {
            if bench.machine.is_quiet() {
                return told;
            }
            bench.pass(bench.machine.deadline().expect("a deadline") - bench.now.mono_ms);
            inputs.push_back(Input::Tick);
            continue;
        };
        inputs.extend(bench.tell(input).into_iter().flat_map(friendly));
    }
    panic!("never quiet: {:?}", bench.machine);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_break_its_rules_and_a_friendly_world_brings_it_to_rest(seed: u64, steps in steps()) {
        let mut bench = Bench::new(seed);
        for Step { pass_ms, aimed: is_aimed, input } in steps {
            bench.pass(pass_ms);
            let input = if is_aimed { aimed(input, bench.calls()) } else { input };
            bench.tell(input);
        }
        settle(&mut bench);
        let session = bench.machine.session(bench.now);
        prop_assert_eq!((session.link, session.level, session.stuck), (Link::Connected, true, None));
    }
}
