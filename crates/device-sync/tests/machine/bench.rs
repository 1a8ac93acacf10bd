//! Plays inputs against a machine under a clock of its own, and checks what must hold after each of them.

use fieldbook_device_sync::{CallId, Input, Link, Machine, Now, Output};
use fieldbook_model::WallTime;

use crate::language::{input, told};

/// More outputs than this for one input would be a machine that runs away.
const OUTPUTS_MAX: usize = 10;

/// A machine, its clock, and the calls that are under way.
pub struct Bench {
    pub machine: Machine,
    pub now: Now,
    push: Option<CallId>,
    pull: Option<CallId>,
    live: Option<CallId>,
}

impl Bench {
    pub fn new(seed: u64) -> Self {
        let now = Now { mono_ms: 1_000_000, wall: WallTime(1_700_000_000_000) };
        Self { machine: Machine::new(seed), now, push: None, pull: None, live: None }
    }

    pub fn pass(&mut self, ms: u64) {
        self.now.mono_ms += ms;
        self.now.wall.0 += i64::try_from(ms).expect("a short time");
    }

    /// The push, the pull and the live stream that are under way.
    pub fn calls(&self) -> [Option<CallId>; 3] {
        [self.push, self.pull, self.live]
    }

    /// Tells the machine one thing, and gives back all that it says.
    pub fn tell(&mut self, input: Input) -> Vec<Output> {
        self.ended(&input);
        self.machine.handle(self.now, input);
        let outputs: Vec<Output> = std::iter::from_fn(|| self.machine.poll()).collect();
        assert!(outputs.len() <= OUTPUTS_MAX, "{outputs:?}");
        outputs.iter().for_each(|output| self.begun(output));
        self.check();
        outputs
    }

    /// One line of a transcript's left side.
    pub fn play(&mut self, line: &str) -> Vec<Output> {
        if line == "wait" {
            let deadline = self.machine.deadline().expect("a deadline to wait for");
            self.pass(deadline - self.now.mono_ms);
            return self.tell(Input::Tick);
        }
        self.tell(input(self.now, line))
    }

    fn ended(&mut self, input: &Input) {
        let (slot, call) = match input {
            Input::Pushed(call, _) => (&mut self.push, call),
            Input::PullEnded(call, _) | Input::Schema(call, _) => (&mut self.pull, call),
            Input::LiveEnded(call, _) => (&mut self.live, call),
            _ => return,
        };
        slot.take_if(|open| open == call);
    }

    fn begun(&mut self, output: &Output) {
        let (slot, call) = match output {
            Output::Push(call, _) => (&mut self.push, call),
            Output::Pull(call) | Output::FetchSchema(call) => (&mut self.pull, call),
            Output::OpenLive(call, _) => (&mut self.live, call),
            Output::Cancel(call) => {
                for slot in [&mut self.push, &mut self.pull, &mut self.live] {
                    slot.take_if(|open| open == call);
                }
                return;
            }
            _ => return,
        };
        assert_eq!(slot.replace(*call), None, "two calls of one kind: {output:?}");
    }

    fn check(&self) {
        let session = self.machine.session(self.now);
        let (link, conditions) = (session.link, session.conditions);
        let calls = [self.push, self.pull, self.live].into_iter().flatten().count();
        let stops = match &link {
            Link::Broken { until_ms, .. } => *until_ms > self.now.mono_ms,
            Link::Halted(trouble) => !trouble.may_mend(),
            Link::NoNetwork => true,
            Link::Connecting | Link::Connected => false,
        };
        assert!(!conditions.no_network || calls == 0, "calls without a network");
        assert!(!conditions.hidden || self.live.is_none(), "a live stream that nobody looks at");
        assert!(!stops || calls == 0, "calls while {link:?}");
        assert!(!self.machine.is_quiet() || self.machine.session(self.now).level, "{:?}", self.machine);
        let waits = calls > 0 || stops && matches!(link, Link::Broken { .. });
        assert!(!waits || self.machine.deadline().is_some(), "nobody would wake it: {:?}", self.machine);
        self.check_deadline();
    }

    /// Before the deadline a tick changes nothing; at the deadline it changes something: so it is the earliest.
    fn check_deadline(&self) {
        let Some(deadline) = self.machine.deadline() else { return };
        assert!(deadline > self.now.mono_ms, "{:?}", self.machine);
        let at = |mono_ms| {
            let mut machine = self.machine.clone();
            machine.handle(Now { mono_ms, wall: self.now.wall }, Input::Tick);
            machine
        };
        assert_eq!(at(deadline - 1), self.machine);
        assert_ne!(at(deadline), self.machine);
    }
}

/// What comes before most transcripts: a device that is level and listens.
const LEVEL: &[&str] = &[
    "begin 1:10 => collect; pull #1",
    "none",
    "pull #1 ends => live #2 at 1:10",
    "head #2 1:10",
    "is quiet",
];

/// Plays a transcript.
pub fn check(sentence: &str, transcript: &str) {
    let mut bench = Bench::new(7);
    let lines = transcript.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in lines.flat_map(|line| if line == "level" { LEVEL.to_vec() } else { vec![line] }) {
        if look(&mut bench, line) {
            continue;
        }
        let (left, right) = line.split_once("=>").unwrap_or((line, ""));
        let said: Vec<String> = bench.play(left.trim()).iter().map(told).collect();
        assert_eq!(said.join("; "), right.trim(), "{sentence}: {line}");
    }
}

/// Lines that tell the machine nothing. Whether it was one.
fn look(bench: &mut Bench, line: &str) -> bool {
    let session = bench.machine.session(bench.now);
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["is", "quiet"] => assert!(bench.machine.is_quiet(), "{:?}", bench.machine),
        ["is", "busy"] => assert!(!bench.machine.is_quiet(), "{:?}", bench.machine),
        ["stuck", part] => assert_eq!(session.stuck, Some(part)),
        ["not", "stuck"] => assert_eq!(session.stuck, None),
        ["is", "level"] => assert!(session.level, "{:?}", bench.machine),
        ["is", "behind"] => assert!(!session.level, "{:?}", bench.machine),
        ["connecting"] => assert_eq!(session.link, Link::Connecting),
        ["connected"] => assert_eq!(session.link, Link::Connected),
        ["no", "network"] => assert_eq!(session.link, Link::NoNetwork),
        ["received", bytes, "bytes", percent, "%"] => {
            let download = session.download.expect("a pull");
            assert_eq!(
                (download.bytes.to_string().as_str(), download.percent()),
                (bytes, percent.parse().ok())
            );
        }
        ["sent", answered, "and", going, "going"] => {
            let upload = session.upload.expect("a push");
            let told = (upload.answered.to_string(), upload.going.to_string());
            assert_eq!((told.0.as_str(), told.1.as_str()), (answered, going));
        }
        ["held", "for", ms] => {
            let rest = session.held_until_ms.expect("ops that are held") - bench.now.mono_ms;
            assert_eq!(rest.to_string(), ms);
        }
        ["loading"] => assert!(session.loading, "{session:?}"),
        ["not", "loading"] => assert!(!session.loading, "{session:?}"),
        ["broken"] => assert!(matches!(session.link, Link::Broken { .. }), "{session:?}"),
        ["halted"] => assert!(matches!(session.link, Link::Halted(_)), "{session:?}"),
        ["deadline", "none"] => assert_eq!(bench.machine.deadline(), None),
        ["deadline", ms] => {
            let rest = bench.machine.deadline().map(|at| at - bench.now.mono_ms);
            assert_eq!(rest.map(|ms| format!("+{ms}")).as_deref(), Some(ms));
        }
        [ms] if ms.starts_with('+') => bench.pass(ms[1..].parse().expect("milliseconds")),
        ["deadline", "between", least, "and", most] => {
            let rest = bench.machine.deadline().expect("a deadline") - bench.now.mono_ms;
            let number = |text: &str| text.parse::<u64>().expect("milliseconds");
            assert!((number(least)..=number(most)).contains(&rest), "{rest}");
        }
        ["clock", "goes", "back", ms] => bench.now.wall.0 -= ms.parse::<i64>().expect("milliseconds"),
        _ => return false,
    }
    true
}
