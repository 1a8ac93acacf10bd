//! A device's side of the network: its machine, its calls, and what comes back to it.

use fieldbook_device_store::session::{Call, Step};
use fieldbook_device_sync::{Applied, CallId, Input, Trouble};
use fieldbook_model::json;
use fieldbook_protocol::PushReply;
use fieldbook_protocol::live::Events;
use fieldbook_protocol::page::Pages;

use super::{Happening, Reply, World};

/// A machine that is told more than this at one moment does not come to rest.
const INPUTS_MAX: u32 = 100_000;

impl World {
    /// Tells a device's machine something, and does what follows; a kill may come between any two steps.
    pub(super) fn input(&mut self, device: usize, input: Input) {
        let now = self.now(device);
        let (mut next, mut inputs) = (Some(input), 0);
        while let Some(input) = next.take() {
            inputs += 1;
            assert!(inputs < INPUTS_MAX, "I17: never quiet: {INPUTS_MAX} inputs at one moment");
            self.devices[device].machine.handle(now, input);
            while next.is_none() {
                let Some(output) = self.devices[device].machine.poll() else { break };
                if self.befalls_now("fault: a kill", self.faults.kill) {
                    return self.kill(device);
                }
                let Some(step) = self.performed(device, output) else { return };
                match step {
                    Step::Tell(told) => {
                        if let Input::Applied(applied) = &told {
                            let line = format!("{} takes in a page: {applied:?}", self.devices[device].name);
                            self.tell(&line);
                        }
                        if let Input::Kept(kept) = &told {
                            let line = format!("{} keeps a page: {kept:?}", self.devices[device].name);
                            self.tell(&line);
                        }
                        if let Input::Applied(Applied::Shown { joined: true, .. }) = &told {
                            self.checks.count("a scope comes to a device");
                        }
                        if let Input::Applied(applied) = &told {
                            self.check_applied(device, applied);
                        }
                        if matches!(told, Input::Upgraded(Ok(_))) {
                            self.has_upgraded(device);
                        }
                        if told == Input::Parted(Ok(())) {
                            self.parted(device);
                        }
                        if matches!(told, Input::Recorded | Input::Applied(_)) {
                            self.check_device(device);
                        }
                        if matches!(told, Input::Applied(_)) {
                            self.record_read(device);
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

    /// Pages come to a device beside its session, as of a request whose life is over. What does not fit is no news.
    pub fn takes_in(&mut self, device: usize, pages: &[String]) {
        let wall = self.wall();
        for page in pages {
            drop(self.devices[device].store.incoming_at(page, wall));
            self.check_device(device);
        }
    }

    fn call(&mut self, device: usize, mut request: Call) {
        if let Call::Pull(_, asked) = &mut request {
            // More often than once a day, so that it is done in the middle of everything.
            asked.compare = asked.join.is_none();
        }
        let life = self.devices[device].life;
        let call = match &request {
            Call::Cancel(call) => {
                self.devices[device].calls.remove(call);
                self.streams.remove(&(device, *call));
                return;
            }
            Call::Push(call, _)
            | Call::Pull(call, _)
            | Call::Load(call, _)
            | Call::Live(call, _)
            | Call::Schema(call, _)
            | Call::Common(call, _) => *call,
        };
        self.devices[device].calls.insert(call, None);
        self.requested(device, matches!(request, Call::Push(..)));
        if self.is_offline(device) || self.now_ms < self.down_until_ms {
            return self.fails(device, life, &request, Trouble::NoAnswer);
        }
        if self.now_ms < self.busy_until_ms {
            self.checks.count("fault: the server asks to come back later");
            let code = fieldbook_protocol::ProblemCode::Unavailable;
            let retry_after_ms = Some(self.busy_until_ms - self.now_ms);
            return self.fails(device, life, &request, Trouble::Problem { code, retry_after_ms });
        }
        if self.befalls_now("fault: something else answers", self.faults.foreign) {
            return self.fails(device, life, &request, Trouble::Foreign("200 text/html".into()));
        }
        if let (Call::Push(_, body), Some(max)) = (&request, self.faults.proxy_bytes_max)
            && body.len() > max
        {
            self.checks.count("fault: a body is too large for the way");
            let code = fieldbook_protocol::ProblemCode::TooLarge;
            return self.fails(device, life, &request, Trouble::Problem { code, retry_after_ms: None });
        }
        let times = 1 + u64::from(self.befalls_now("fault: a request arrives twice", self.faults.doubled));
        for _ in 0..times {
            if !self.befalls_now("fault: a request is lost", self.faults.lost) {
                let at = self.soon();
                self.at(at, Happening::AtServer { device, life, request: Box::new(request.clone()) });
            }
        }
    }

    pub(super) fn is_offline(&self, device: usize) -> bool {
        self.now_ms < self.devices[device].offline_until_ms
    }

    pub(super) fn fails(&mut self, device: usize, life: u32, request: &Call, trouble: Trouble) {
        let (call, reply) = match request {
            Call::Push(call, _) => (*call, Reply::Pushed(Err(trouble))),
            Call::Pull(call, _) | Call::Load(call, _) => (*call, Reply::PullEnded(Err(trouble))),
            Call::Schema(call, _) => (*call, Reply::NoSchema(trouble)),
            Call::Common(call, _) => (*call, Reply::Common(Err(trouble))),
            Call::Live(call, _) | Call::Cancel(call) => (*call, Reply::LiveEnded(trouble)),
        };
        let at = self.soon();
        self.at(at, Happening::AtDevice { device, life, call, reply });
    }

    pub(super) fn at_device(&mut self, device: usize, life: u32, call: CallId, reply: Reply) {
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
            Reply::Schema(text) => Input::Schema(call, Ok(text)),
            Reply::NoSchema(trouble) => Input::Schema(call, Err(trouble)),
            Reply::Common(result) => Input::Common(call, result),
            Reply::PullEnded(result) => Input::PullEnded(call, result),
            Reply::Event(text) => {
                let events = Events::default().push(text.as_bytes()).expect("BUG: our own event");
                return events.into_iter().for_each(|event| self.input(device, Input::Live(call, event)));
            }
            Reply::LiveEnded(trouble) => Input::LiveEnded(call, trouble),
        };
        self.input(device, input);
    }
}
