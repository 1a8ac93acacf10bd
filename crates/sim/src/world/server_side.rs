//! The server's side of the network: what reaches it, and what it sends.

use fieldbook_crypto::Signature;
use fieldbook_device_store::session::Call;
use fieldbook_device_sync::{CallId, Trouble};
use fieldbook_model::json;
use fieldbook_protocol::live::{Event, Events};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::{Page, Problem, ProblemCode, PushRequest};
use fieldbook_server_sync::{Stand, policy};

use super::wire::{Line, Part, yes};
use super::{Happening, Stream, World};
use crate::server::standing;

impl World {
    pub(super) fn at_server(&mut self, line: Line, request: Call, signature: Option<&Signature>) {
        let device = line.device;
        if self.is_offline(device) {
            return;
        }
        if self.now_ms < self.down_until_ms {
            return self.breaks(line, Trouble::Cut);
        }
        let wants = match &request {
            Call::Push(..) => policy::Call::Push,
            Call::Live(..) => policy::Call::Live,
            _ => policy::Call::Pull,
        };
        if line.life < self.devices[device].born || self.is_told(line, wants) {
            return;
        }
        if self.devices[device].signed_out {
            return self.refuses(line, ProblemCode::SignInNeeded, None);
        }
        let id = self.devices[device].id;
        match request {
            Call::Push(_, body) => {
                if !self.lets_in(device, &body, signature) {
                    return self.refuses(line, ProblemCode::NotSigned, None);
                }
                let request = PushRequest::read(body.as_bytes()).expect("BUG: our own push");
                self.inbox.push((line, request));
                if self.inbox.len() == 1 {
                    let at = self.now_ms + self.dice.roll() % 8;
                    self.at(at, Happening::Decide);
                }
            }
            Call::Pull(_, request) | Call::Load(_, request) => self.pull(line, &request),
            Call::Schema(_, behind) => {
                let reply = self.server.schemas(behind);
                self.replies(line, reply);
            }
            Call::Common(_, body) => {
                let reply = self.server.common(id, &body);
                if line.heard && self.devices[device].calls.contains_key(&line.call) {
                    self.check_common(device, &reply);
                }
                self.replies(line, reply);
            }
            Call::Blob(..) if !self.server.may_read(id) => self.refuses(line, ProblemCode::Revoked, None),
            Call::Blob(_, ask) => match self.server.piece(id, &ask) {
                Some((total, piece)) => self.gives_piece(line, (ask.first, total), piece),
                None => {
                    let name = self.devices[device].name;
                    self.tell(&format!("{name} asks in vain for {} of {} {}", ask.sum, ask.of, ask.id));
                    self.refuses(line, ProblemCode::NotFound, None);
                }
            },
            Call::Live(..) if !self.server.may_read(id) => self.refuses(line, ProblemCode::Revoked, None),
            Call::Live(_, asked) => self.listens(line, asked),
            Call::Cancel(_) => {}
        }
    }

    fn listens(&mut self, line: Line, asked: PullRequest) {
        if matches!(self.server.stands(&standing(&asked)), Stand::Apart(_)) {
            return self.refuses(line, ProblemCode::HistoryDiffers, None);
        }
        if !line.heard {
            return;
        }
        let hello = self.server.hello(self.wall());
        let arrives_ms = self.soon();
        self.goes(line, arrives_ms, yes("text/event-stream"));
        if self.arrives(line, arrives_ms, hello.into_bytes()) {
            self.streams.insert((line.device, line.call), Stream { line, asked, arrives_ms });
        }
    }

    fn pull(&mut self, line: Line, request: &PullRequest) {
        let device = line.device;
        self.check_removal(device);
        let id = self.devices[device].id;
        if !self.server.may_read(id) {
            return self.refuses(line, ProblemCode::Revoked, None);
        }
        let wall = self.wall();
        self.server.stand(request, wall);
        self.follow_epoch(device);
        if !self.server.knows(id, request) {
            self.checks.count("rule 23 a copy of what the server has lost asks again what both have");
            return self.refuses(line, ProblemCode::LogForked, None);
        }
        let pages = self.server.pull(id, request.clone(), wall);
        let base = pages.first().map(|page| Page::read(page).expect("BUG: our own page").start.base);
        self.check_horizon(device, request, base);
        let mut at = self.soon();
        self.goes(line, at, yes("application/x-ndjson"));
        for page in pages {
            self.check_sent(device, &page);
            let left = page.lines().filter(|line| line.starts_with('[') && line.ends_with(",null]"));
            (0..left.count())
                .for_each(|_| self.checks.count("rule 13 a record leaves a device with its scope"));
            if self.befalls_now("fault: a stream is cut", self.faults.stream_cut) {
                return self.goes(line, at, Part::Broken(Trouble::Cut));
            }
            if !self.sends_page(line, &mut at, page.into_bytes()) {
                return;
            }
        }
        if !self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
            self.goes(line, at, Part::End);
        }
    }

    /// Sends a page, which does not arrive at once. Tells whether all of it will arrive.
    fn sends_page(&mut self, line: Line, at_ms: &mut u64, mut page: Vec<u8>) -> bool {
        let rest = page.split_off((self.dice.roll() % page.len() as u64) as usize);
        self.goes(line, *at_ms, Part::Bytes(page));
        *at_ms += 1 + self.dice.roll() % self.faults.delay_ms_max;
        self.arrives(line, *at_ms, rest)
    }

    /// The server decides about all pushes that wait, in one commit.
    pub(super) fn decide(&mut self) {
        let inbox = std::mem::take(&mut self.inbox);
        let fails = self.befalls_now("fault: a commit fails", self.faults.commit_fails);
        let pushes =
            inbox.iter().map(|(line, request)| (self.devices[line.device].id, request.clone())).collect();
        let before = self.server.head();
        let replies = self.server.push(pushes, self.wall(), fails);
        for (line, request) in inbox.iter().filter(|_| !fails) {
            self.twin_takes(self.devices[line.device].id, request, self.wall());
        }
        let after = self.server.head();
        self.tell(&format!(
            "the server {} {} pushes: version {} → {}",
            if fails { "fails to commit" } else { "takes" },
            inbox.len(),
            before.version,
            after.version
        ));
        for ((line, request), reply) in inbox.into_iter().zip(replies) {
            self.check_reply(line.device, &request, &reply, fails);
            match reply {
                Ok(reply) => self.replies(line, json::write(&reply)),
                Err(problem) => self.refuses_with(line, &problem),
            }
        }
        self.record_order(before);
        self.check_server(before);
        self.stream();
    }

    /// Every live stream ends, as when the server goes away.
    pub(super) fn break_streams(&mut self) {
        for stream in std::mem::take(&mut self.streams).into_values() {
            self.breaks(stream.line, Trouble::Cut);
        }
    }

    /// A live stream says why it ends.
    fn ends_stream(&mut self, key: (usize, CallId), problem: &Problem) {
        let Some(Stream { line, arrives_ms, .. }) = self.streams.remove(&key) else { return };
        let at = self.now_ms + 1 + self.faults.delay_ms_max.min(900);
        let at = at.max(arrives_ms + 1);
        let event = Event::Problem(Box::new(problem.clone())).write();
        self.goes(line, at, Part::Bytes(event.into_bytes()));
        self.goes(line, at, Part::End);
    }

    /// Tells every live stream what is new.
    pub(super) fn stream(&mut self) {
        let (head, wall) = (self.server.head(), self.wall());
        for (device, call) in self.streams.keys().copied().collect::<Vec<_>>() {
            let Stream { asked, line, .. } = &self.streams[&(device, call)];
            let (asked, line) = (asked.clone(), *line);
            if let Some(problem) = self.ends_with(device) {
                self.ends_stream((device, call), &problem);
                continue;
            }
            let may_read = self.server.may_read(self.devices[device].id);
            if may_read && asked.cursor == head {
                continue;
            }
            let event = match may_read {
                true => self.server.event(self.devices[device].id, &asked, wall),
                false => None,
            };
            let Some((event, to)) = event else {
                let arrives_ms = self.streams.remove(&(device, call)).map_or(0, |stream| stream.arrives_ms);
                let at = self.soon().max(arrives_ms + 1);
                self.goes(line, at, Part::End);
                continue;
            };
            for event in Events::default().push(event.as_bytes()).expect("BUG: an event of ours") {
                if let Event::Changes(page) = event {
                    self.check_sent(device, &page);
                }
            }
            let soon = self.soon();
            let Some(stream) = self.streams.get_mut(&(device, call)) else { continue };
            // One stream keeps its order.
            stream.arrives_ms = soon.max(stream.arrives_ms + 1);
            stream.asked.cursor = to;
            let at = stream.arrives_ms;
            let whole = match () {
                () if self.befalls_now("fault: a stream is cut", self.faults.stream_cut) => {
                    self.goes(line, at, Part::Broken(Trouble::Cut));
                    false
                }
                () if self.befalls_now("fault: a stream loses a part", self.faults.stream_skips) => true,
                () => self.arrives(line, at, event.into_bytes()),
            };
            if !whole {
                self.streams.remove(&(device, call));
            }
        }
    }
}
