//! What happens, one happening after the other, in the order of a virtual clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use fieldbook_device_store::session::{self, Call, Step};
use fieldbook_device_store::{ActError, Acted, Action, Identity, Moment};
use fieldbook_device_sync::backoff::Dice;
use fieldbook_device_sync::{CallId, Input, Now, Trouble};
use fieldbook_model::{Cursor, DeviceId, Epoch, Limits, Schema, UserId, WallTime, WorkspaceId, json};
use fieldbook_protocol::live::Events;
use fieldbook_protocol::page::Pages;
use fieldbook_protocol::{PushReply, PushRequest};
use fieldbook_server_sync::Role;

use crate::checks::Checks;
use crate::device::Device;
use crate::network::{Faults, happens};
use crate::oracle::Oracle;
use crate::schema::schema;
use crate::server::Server;
use crate::story::Story;

/// When the world begins, by the true wall clock.
const BEGIN: i64 = 1_790_000_000_000;
/// After all faults end, everything must be level within this (I17).
pub const SETTLE_MS: u64 = 60_000;

/// A world.
pub struct World {
    /// All its chance.
    pub dice: Dice,
    /// What may go wrong.
    pub faults: Faults,
    /// The virtual clock.
    pub now_ms: u64,
    /// The record types.
    pub schema: &'static Schema,
    /// The server.
    pub server: Server,
    /// The devices.
    pub devices: Vec<Device>,
    /// What happened.
    pub story: Story,
    /// What was checked.
    pub checks: Checks,
    /// The second opinion.
    pub oracle: Oracle,
    queue: BTreeMap<(u64, u64), Happening>,
    serial: u64,
    /// Pushes that the server has received and not yet decided.
    inbox: Vec<(usize, u32, CallId, PushRequest)>,
    /// Live streams: up to where each was told, and when its last part arrives.
    streams: BTreeMap<(usize, CallId), Stream>,
}

struct Stream {
    life: u32,
    told: Cursor,
    arrives_ms: u64,
}

enum Happening {
    Wake(usize),
    AtServer { device: usize, life: u32, request: Call },
    Decide,
    AtDevice { device: usize, life: u32, call: CallId, reply: Reply },
}

/// A part of a reply, as bytes where the real one would be.
enum Reply {
    Pushed(Result<String, Trouble>),
    Page(String),
    PullEnded(Result<(), Trouble>),
    Event(String),
    LiveEnded(Trouble),
}

impl World {
    /// A world of some devices, all signed in, with an empty workspace.
    pub fn new(seed: u64, devices: usize, told: bool) -> Self {
        let mut dice = Dice(seed);
        let schema = schema();
        let workspace = WorkspaceId::v7(1, bytes(&mut dice));
        let limits =
            Limits { op_bytes_max: 3_000, push_bytes_max: 8_000, push_ops_max: 20, op_changes_max: 50 };
        let mut server = Server::new(workspace, schema, limits);
        let mut all = Vec::new();
        for place in 0..devices {
            let (device, user) = (DeviceId::v7(1, bytes(&mut dice)), UserId::v7(1, bytes(&mut dice)));
            server.register(device, user, Role::Member);
            let identity = Identity {
                workspace_id: workspace,
                workspace: "world".into(),
                user_id: user,
                user: format!("user {place}"),
                device_id: device,
                role: "member".into(),
                schema: schema.clone(),
                limits,
                epoch: Epoch(1),
            };
            all.push(Device::new(place, &identity, &mut dice));
        }
        let mut world = Self {
            dice,
            faults: Faults::none(),
            now_ms: 0,
            oracle: Oracle::new(schema, limits),
            schema,
            server,
            devices: all,
            story: Story::new(told),
            checks: Checks::default(),
            queue: BTreeMap::new(),
            serial: 0,
            inbox: Vec::new(),
            streams: BTreeMap::new(),
        };
        (0..devices).for_each(|device| world.begin(device));
        world
    }

    /// The true wall clock.
    pub fn wall(&self) -> WallTime {
        WallTime(BEGIN + i64::try_from(self.now_ms).unwrap_or(i64::MAX))
    }

    fn now(&self, device: usize) -> Now {
        let wall = WallTime(self.wall().0 + self.devices[device].clock_off_ms);
        Now { mono_ms: self.now_ms, wall }
    }

    /// Adds a line to the story.
    pub fn tell(&mut self, line: &str) {
        self.story.tell(self.now_ms, line);
    }

    // People

    /// A person acts. What `act` returned as saved is promised from then on.
    pub fn act(&mut self, device: usize, action: Action) -> Result<Acted, ActError> {
        let moment = Moment { wall: self.now(device).wall, random: bytes(&mut self.dice) };
        let text = format!("{action:?}");
        let acted = self.devices[device].store.act(moment, action);
        let name = self.devices[device].name;
        match &acted {
            Ok(acted) if acted.duplicate => self.tell(&format!("{name} acts: the same as op {}", acted.seq)),
            Ok(acted) => {
                let line = format!("{name} acts: op {} = {}", acted.seq, short(&text));
                self.tell(&line);
                let text = self.devices[device].store.op_text(acted.seq).ok().flatten();
                let text = text.expect("BUG: an op that was just written is in the log");
                let op = json::parse(&text).expect("BUG: our own op");
                self.devices[device].promised.push((text, Arc::new(op)));
                self.check_device(device);
                self.input(device, Input::Wrote);
            }
            Err(ActError::Refused(refusal)) => {
                let line = format!("{name} acts: refused at once, {:?}", refusal.code);
                self.tell(&line);
            }
            Err(ActError::Store(error)) => panic!("BUG: {name} cannot act: {error}"),
        }
        acted
    }

    /// A device is killed and starts again. Whatever its store holds is all it has.
    pub fn kill(&mut self, device: usize) {
        let line = format!("{} is killed", self.devices[device].name);
        self.tell(&line);
        self.devices[device].die(&mut self.dice);
        self.check_device(device);
        self.begin(device);
    }

    /// A device loses its network for a while. Its streams break without a word.
    pub fn offline(&mut self, device: usize, ms: u64) {
        let line = format!("{} is offline for {} s", self.devices[device].name, ms / 1000);
        self.tell(&line);
        let until = self.now_ms.saturating_add(ms);
        self.devices[device].offline_until_ms = until;
        self.streams.retain(|(of, _), _| *of != device);
    }

    /// Every fault ends.
    pub fn heal(&mut self) {
        self.tell("every fault ends");
        self.faults = Faults { delay_ms_max: 20, ..Faults::none() };
        let now_ms = self.now_ms;
        self.devices.iter_mut().for_each(|device| device.offline_until_ms = now_ms);
    }

    fn begin(&mut self, device: usize) {
        let begin = session::begin(&mut self.devices[device].store).expect("BUG: a store in memory");
        self.input(device, begin);
    }

    // Time

    /// Plays what happens next, if it happens within `ms` from now; else lets that time pass.
    pub fn play_for(&mut self, ms: u64) {
        let end = self.now_ms + ms;
        while let Some(entry) = self.queue.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((at, _), happening) = entry.remove_entry();
            self.now_ms = self.now_ms.max(at);
            self.happen(happening);
        }
        self.now_ms = end;
    }

    /// After everything healed: plays until nothing is left to do.
    ///
    /// # Panics
    /// When the world is not level within [`SETTLE_MS`] (I17).
    pub fn settle(&mut self) {
        self.heal();
        let begin_ms = self.now_ms;
        while self.now_ms < begin_ms + SETTLE_MS {
            self.play_for(100);
            if self.is_level() {
                self.checks.count("I17 queues drain");
                return self.check_end();
            }
        }
        let who: Vec<String> = self
            .devices
            .iter_mut()
            .map(|device| format!("{}: {:?} {:?}", device.name, device.store.facts(), device.machine))
            .collect();
        panic!("I17: not level {SETTLE_MS} ms after all faults ended: {}", who.join("\n"));
    }

    fn is_level(&mut self) -> bool {
        let head = self.server.head();
        self.inbox.is_empty()
            && self.devices.iter_mut().all(|device| {
                let facts = device.store.facts().expect("BUG: facts of a store in memory");
                device.machine.is_quiet() && facts.pending() == 0 && facts.cursor == head
            })
    }

    fn at(&mut self, at_ms: u64, happening: Happening) {
        self.serial += 1;
        self.queue.insert((at_ms, self.serial), happening);
    }

    fn soon(&mut self) -> u64 {
        self.now_ms + 1 + self.dice.roll() % self.faults.delay_ms_max
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(device) => {
                let due = self.devices[device].machine.deadline().is_some_and(|at| at <= self.now_ms);
                if due {
                    self.input(device, Input::Tick);
                }
            }
            Happening::AtServer { device, life, request } => self.at_server(device, life, request),
            Happening::Decide => self.decide(),
            Happening::AtDevice { device, life, call, reply } => self.at_device(device, life, call, reply),
        }
    }

    // A device

    /// Tells a device's machine something, and does what follows; a kill may come between any two steps.
    fn input(&mut self, device: usize, input: Input) {
        let now = self.now(device);
        let mut next = Some(input);
        while let Some(input) = next.take() {
            self.devices[device].machine.handle(now, input);
            while next.is_none() {
                let Some(output) = self.devices[device].machine.poll() else { break };
                if happens(&mut self.dice, self.faults.kill) {
                    return self.kill(device);
                }
                let store = &mut self.devices[device].store;
                match session::perform(store, output, now.wall).expect("BUG: a store in memory") {
                    Step::Tell(told) => {
                        if let Input::Applied(applied) = &told {
                            let line = format!("{} takes in a page: {applied:?}", self.devices[device].name);
                            self.tell(&line);
                        }
                        if matches!(told, Input::Recorded | Input::Applied(_)) {
                            self.check_device(device);
                        }
                        next = Some(told);
                    }
                    Step::Call(call) => self.call(device, call),
                    Step::Done => {}
                }
            }
        }
        if let Some(at) = self.devices[device].machine.deadline() {
            self.at(at.max(self.now_ms + 1), Happening::Wake(device));
        }
    }

    fn call(&mut self, device: usize, request: Call) {
        let life = self.devices[device].life;
        let call = match &request {
            Call::Cancel(call) => {
                self.devices[device].calls.remove(call);
                self.streams.remove(&(device, *call));
                return;
            }
            Call::Push(call, _) | Call::Pull(call, _) | Call::Live(call, _) => *call,
        };
        self.devices[device].calls.insert(call, None);
        if self.is_offline(device) {
            return self.fails(device, life, &request, Trouble::NoAnswer);
        }
        if happens(&mut self.dice, self.faults.foreign) {
            return self.fails(device, life, &request, Trouble::Foreign("200 text/html".into()));
        }
        if let (Call::Push(_, body), Some(max)) = (&request, self.faults.proxy_bytes_max)
            && body.len() > max
        {
            let code = fieldbook_protocol::ProblemCode::TooLarge;
            return self.fails(device, life, &request, Trouble::Problem { code, retry_after_ms: None });
        }
        let times = 1 + u64::from(happens(&mut self.dice, self.faults.doubled));
        for _ in 0..times {
            if !happens(&mut self.dice, self.faults.lost) {
                let at = self.soon();
                self.at(at, Happening::AtServer { device, life, request: request.clone() });
            }
        }
    }

    fn is_offline(&self, device: usize) -> bool {
        self.now_ms < self.devices[device].offline_until_ms
    }

    fn fails(&mut self, device: usize, life: u32, request: &Call, trouble: Trouble) {
        let (call, reply) = match request {
            Call::Push(call, _) => (*call, Reply::Pushed(Err(trouble))),
            Call::Pull(call, _) => (*call, Reply::PullEnded(Err(trouble))),
            Call::Live(call, _) | Call::Cancel(call) => (*call, Reply::LiveEnded(trouble)),
        };
        let at = self.soon();
        self.at(at, Happening::AtDevice { device, life, call, reply });
    }

    fn at_device(&mut self, device: usize, life: u32, call: CallId, reply: Reply) {
        let current = self.devices[device].life == life && self.devices[device].calls.contains_key(&call);
        if !current || self.is_offline(device) {
            return;
        }
        let input = match reply {
            Reply::Pushed(Err(trouble)) => Input::Pushed(call, Err(trouble)),
            Reply::Pushed(Ok(body)) => {
                let reply: PushReply = json::parse(&body).expect("BUG: our own reply");
                Input::Pushed(call, Ok(reply))
            }
            Reply::Page(text) => {
                let pages = Pages::default().push(text.as_bytes()).expect("BUG: our own page");
                return pages.into_iter().for_each(|page| self.input(device, Input::Page(call, page)));
            }
            Reply::PullEnded(result) => Input::PullEnded(call, result),
            Reply::Event(text) => {
                let events = Events::default().push(text.as_bytes()).expect("BUG: our own event");
                return events.into_iter().for_each(|event| self.input(device, Input::Live(call, event)));
            }
            Reply::LiveEnded(trouble) => Input::LiveEnded(call, trouble),
        };
        self.input(device, input);
    }

    // The server

    fn at_server(&mut self, device: usize, life: u32, request: Call) {
        if self.is_offline(device) {
            return;
        }
        match request {
            Call::Push(call, body) => {
                let request = PushRequest::read(body.as_bytes()).expect("BUG: our own push");
                self.inbox.push((device, life, call, request));
                if self.inbox.len() == 1 {
                    let at = self.now_ms + self.dice.roll() % 8;
                    self.at(at, Happening::Decide);
                }
            }
            Call::Pull(call, cursor) => self.pull(device, life, call, cursor),
            Call::Live(call, cursor) => {
                let hello = self.server.hello(self.wall());
                let arrives_ms = self.soon();
                self.streams.insert((device, call), Stream { life, told: cursor, arrives_ms });
                let reply = Reply::Event(hello);
                self.at(arrives_ms, Happening::AtDevice { device, life, call, reply });
            }
            Call::Cancel(_) => {}
        }
    }

    fn pull(&mut self, device: usize, life: u32, call: CallId, cursor: Cursor) {
        let pages = self.server.pull(self.devices[device].id, cursor, self.wall());
        let mut at = self.soon();
        for page in pages {
            if happens(&mut self.dice, self.faults.stream_cut) {
                let reply = Reply::PullEnded(Err(Trouble::Cut));
                return self.at(at, Happening::AtDevice { device, life, call, reply });
            }
            self.at(at, Happening::AtDevice { device, life, call, reply: Reply::Page(page) });
            at += 1 + self.dice.roll() % self.faults.delay_ms_max;
        }
        if !happens(&mut self.dice, self.faults.reply_lost) {
            self.at(at, Happening::AtDevice { device, life, call, reply: Reply::PullEnded(Ok(())) });
        }
    }

    /// The server decides about all pushes that wait, in one commit.
    fn decide(&mut self) {
        let inbox = std::mem::take(&mut self.inbox);
        let fails = happens(&mut self.dice, self.faults.commit_fails);
        let pushes =
            inbox.iter().map(|(device, _, _, request)| (self.devices[*device].id, request.clone())).collect();
        let before = self.server.head();
        let replies = self.server.push(pushes, self.wall(), fails);
        let after = self.server.head();
        self.tell(&format!(
            "the server {} {} pushes: version {} → {}",
            if fails { "fails to commit" } else { "takes" },
            inbox.len(),
            before.version,
            after.version
        ));
        for ((device, life, call, request), reply) in inbox.into_iter().zip(replies) {
            self.check_reply(device, &request, &reply, fails);
            self.send_reply(device, life, call, reply);
        }
        self.check_server(before);
        self.stream();
    }

    fn send_reply(
        &mut self,
        device: usize,
        life: u32,
        call: CallId,
        reply: Result<PushReply, fieldbook_protocol::Problem>,
    ) {
        if happens(&mut self.dice, self.faults.reply_lost) {
            return;
        }
        let result = match reply {
            _ if happens(&mut self.dice, self.faults.reply_cut) => Err(Trouble::Cut),
            Ok(reply) => Ok(json::write(&reply)),
            Err(problem) => Err(Trouble::from(&problem)),
        };
        let at = self.soon();
        self.at(at, Happening::AtDevice { device, life, call, reply: Reply::Pushed(result) });
    }

    /// Tells every live stream what is new.
    fn stream(&mut self) {
        let (head, wall) = (self.server.head(), self.wall());
        for (device, call) in self.streams.keys().copied().collect::<Vec<_>>() {
            let told = self.streams[&(device, call)].told;
            if told == head {
                continue;
            }
            let (event, to) = self.server.event(self.devices[device].id, told, wall);
            let soon = self.soon();
            let cut = happens(&mut self.dice, self.faults.stream_cut);
            let Some(stream) = self.streams.get_mut(&(device, call)) else { continue };
            // One stream keeps its order.
            stream.arrives_ms = soon.max(stream.arrives_ms + 1);
            stream.told = to;
            let (at, life) = (stream.arrives_ms, stream.life);
            let reply = if cut { Reply::LiveEnded(Trouble::Cut) } else { Reply::Event(event) };
            if cut {
                self.streams.remove(&(device, call));
            }
            if happens(&mut self.dice, self.faults.stream_skips) {
                continue;
            }
            self.at(at, Happening::AtDevice { device, life, call, reply });
        }
    }
}

/// Random bytes.
pub fn bytes<const N: usize>(dice: &mut Dice) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.fill_with(|| dice.roll() as u8);
    bytes
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(300).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
