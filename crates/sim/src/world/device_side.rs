//! A device's side of the network: its machine, its calls, and what comes back to it.

use fieldbook_device_store::session::{Call, Step};
use fieldbook_device_sync::{Applied, Head, Input, Output, Trouble};
use fieldbook_model::{Version, json};
use fieldbook_protocol::page::{Page, PullRequest};
use fieldbook_protocol::{CommonRequest, ProblemCode, PushRequest};

use super::wire::{Line, Part, reply_to};
use super::{Happening, World};

/// A machine that is told more than this at one moment does not come to rest.
const INPUTS_MAX: u32 = 100_000;
/// It takes at most so long until no connection has come about, in milliseconds.
const CONNECT_MS: u64 = 10_000;

impl World {
    /// Tells a device's machine something, and does what follows; a kill may come between any two steps.
    pub(crate) fn input(&mut self, device: usize, input: Input) {
        if self.devices[device].locked {
            return;
        }
        let now = self.moment(device);
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
                self.devices[device].anew |= begins_anew(&output);
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
        self.looks_for_order(device);
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
        if let Call::Pull(_, asked) = &mut request
            && self.long.is_none()
        {
            // More often than once a day, so that it is done in the middle of everything.
            asked.compare = asked.join.is_none();
        }
        let Some((call, reply)) = reply_to(&request) else {
            if let Call::Cancel(call) = request {
                self.devices[device].calls.remove(&call);
                self.streams.remove(&(device, call));
            }
            return;
        };
        let line = Line { device, life: self.devices[device].life, call, heard: true };
        self.devices[device].calls.insert(call, Some(reply));
        self.requested(device, matches!(request, Call::Push(..)));
        if !self.is_deceived(line) && !self.is_stopped(line, &request) {
            self.sends(line, &request);
        }
    }

    /// Perhaps a request does not get as far as the server, and something says so.
    fn is_stopped(&mut self, line: Line, request: &Call) -> bool {
        if self.is_offline(line.device) || self.now_ms < self.down_until_ms {
            self.breaks(line, Trouble::NoAnswer);
            return true;
        }
        if self.now_ms < self.busy_until_ms {
            self.checks.count("fault: the server asks to come back later");
            let rest_ms = self.busy_until_ms - self.now_ms;
            self.refuses(line, ProblemCode::Unavailable, Some(rest_ms));
            return true;
        }
        if self.is_unreachable(line) {
            return true;
        }
        if self.befalls_now("fault: something else answers", self.faults.foreign) {
            self.says_no(line, Head::new(200, Some("text/html"), None), "<html>Pay here.</html>".to_owned());
            return true;
        }
        if let (Call::Push(_, body), max @ 1..) = (request, self.faults.proxy_bytes_max)
            && body.len() as u64 > max
        {
            self.checks.count("fault: a body is too large for the way");
            let head = Head::new(413, Some("text/html"), None);
            self.says_no(line, head, "<html>413 Request Entity Too Large</html>".to_owned());
            return true;
        }
        self.is_answered(line) || self.is_torn(line, request)
    }

    /// Nobody is found at the server's address, or nobody who proves to be the server. The driver calls both the same: there
    /// was no connection.
    fn is_unreachable(&mut self, line: Line) -> bool {
        let no_name = self.befalls_now("fault: the server's name is not found", self.faults.no_name);
        if no_name || self.befalls_now("fault: nobody proves to be the server", self.faults.no_tls) {
            let at = self.soon() + self.dice.roll() % CONNECT_MS;
            self.goes(line, at, Part::Broken(Trouble::NoAnswer));
            return true;
        }
        false
    }

    /// Perhaps a request breaks at one of its bytes: what the server has of it is nothing.
    fn is_torn(&mut self, line: Line, request: &Call) -> bool {
        let body = match request {
            Call::Push(_, body) | Call::Common(_, body) => body.clone(),
            Call::Pull(_, asked) | Call::Load(_, asked) | Call::Live(_, asked) => json::write(asked),
            Call::Schema(..) | Call::Blob(..) | Call::Cancel(_) => return false,
        };
        if !self.befalls_now("fault: a request breaks at one of its bytes", self.faults.request_torn) {
            return false;
        }
        let some = &body.as_bytes()[..(self.dice.roll() % body.len() as u64) as usize];
        let read = match request {
            Call::Push(..) => PushRequest::read(some).is_ok(),
            Call::Common(..) => json::parse_bytes::<CommonRequest>(some).is_ok(),
            _ => json::parse_bytes::<PullRequest>(some).is_ok(),
        };
        assert!(!read, "a request of which {} of {} bytes came can be read", some.len(), body.len());
        self.checks.count("a request that is not whole is none");
        self.breaks(line, Trouble::Cut);
        true
    }

    fn sends(&mut self, line: Line, request: &Call) {
        let times = 1 + u64::from(self.befalls_now("fault: a request arrives twice", self.faults.doubled));
        let heard = self.dice.roll() % times;
        let signature = self.signature(line.device, request).map(Box::new);
        for nth in 0..times {
            if !self.befalls_now("fault: a request is lost", self.faults.lost) {
                let (at, line) = (self.soon(), Line { heard: nth == heard, ..line });
                let (request, signature) = (Box::new(request.clone()), signature.clone());
                self.at(at, Happening::AtServer { line, request, signature });
            }
        }
    }

    pub(super) fn is_offline(&self, device: usize) -> bool {
        self.now_ms < self.devices[device].offline_until_ms
    }

    pub(super) fn at_device(&mut self, line: Line, part: Part) {
        let Line { device, life, call, .. } = line;
        let offline = self.is_offline(device);
        let it = &mut self.devices[device];
        if it.life != life {
            return;
        }
        let Some(waits) = it.calls.get_mut(&call) else { return };
        if offline {
            // What comes behind it does not come without it.
            *waits = None;
        }
        let Some(reply) = waits else { return };
        let heard = match part {
            Part::Head(head) => {
                let is_yes = [200, 206].contains(&head.status);
                let heard = reply.head(head);
                let tells_lease = !["application/json", "application/octet-stream"].contains(&reply.wants());
                let lets_in = heard.is_ok() && reply.lets_in();
                (0..u8::from(lets_in)).for_each(|_| self.hears_server(device, tells_lease && is_yes));
                (0..u8::from(heard.is_ok() && is_yes)).for_each(|_| self.is_heard(device));
                return self.heard(line, heard.map(|()| Vec::new()));
            }
            Part::Bytes(bytes) => reply.bytes(&bytes),
            Part::Broken(trouble) => Err(trouble),
            Part::End => {
                let whole = it.calls.remove(&call).flatten();
                return whole.into_iter().for_each(|reply| self.input(device, reply.end()));
            }
        };
        self.heard(line, heard);
    }

    fn heard(&mut self, Line { device, life, call, .. }: Line, heard: Result<Vec<Input>, Trouble>) {
        let it = &mut self.devices[device];
        let inputs = match heard {
            Ok(inputs) => inputs,
            Err(trouble) => {
                let reply = it.calls.remove(&call).flatten();
                reply.map(|reply| reply.failed(trouble)).into_iter().collect()
            }
        };
        for input in inputs {
            if self.devices[device].life == life {
                self.input(device, input);
            }
        }
    }
}

/// Whether a page is of a pull that begins with nothing.
fn begins_anew(output: &Output) -> bool {
    let Output::Apply(text) = output else { return false };
    Page::read(text).is_ok_and(|page| page.start.base == Version::ZERO && page.start.join.is_none())
}
