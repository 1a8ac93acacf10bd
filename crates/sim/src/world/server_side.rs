//! The server's side of the network: what reaches it, and what it sends.

use fieldbook_device_store::session::Call;
use fieldbook_device_sync::{CallId, Trouble};
use fieldbook_model::json;
use fieldbook_protocol::live::{Event, Events};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::{Page, ProblemCode, PushReply, PushRequest};
use fieldbook_server_sync::Stand;

use super::{Happening, Reply, Stream, World};
use crate::server::standing;

impl World {
    pub(super) fn at_server(&mut self, device: usize, life: u32, request: Call) {
        if self.is_offline(device) {
            return;
        }
        if self.now_ms < self.down_until_ms {
            return self.fails(device, life, &request, Trouble::Cut);
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
            Call::Pull(call, request) | Call::Load(call, request) => self.pull(device, life, call, request),
            Call::Schema(call, behind) => {
                let (reply, at) = (Reply::Schema(self.server.schemas(behind)), self.soon());
                if !self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
                    self.at(at, Happening::AtDevice { device, life, call, reply });
                }
            }
            Call::Common(call, body) => {
                let reply = Reply::Common(Ok(self.server.common(self.devices[device].id, &body)));
                let at = self.soon();
                if !self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
                    self.at(at, Happening::AtDevice { device, life, call, reply });
                }
            }
            Call::Live(call, _) if !self.server.may_read(self.devices[device].id) => {
                let (at, reply) = (self.soon(), Reply::LiveEnded(removed()));
                self.at(at, Happening::AtDevice { device, life, call, reply });
            }
            Call::Live(call, asked) if matches!(self.server.stands(&standing(&asked)), Stand::Apart(_)) => {
                let reply = Reply::LiveEnded(history_differs());
                let at = self.soon();
                self.at(at, Happening::AtDevice { device, life, call, reply });
            }
            Call::Live(call, asked) => {
                let hello = self.server.hello(self.wall());
                let arrives_ms = self.soon();
                self.streams.insert((device, call), Stream { life, asked, arrives_ms });
                let reply = Reply::Event(hello);
                self.at(arrives_ms, Happening::AtDevice { device, life, call, reply });
            }
            Call::Cancel(_) => {}
        }
    }

    fn pull(&mut self, device: usize, life: u32, call: CallId, request: PullRequest) {
        self.check_removal(device);
        if !self.server.may_read(self.devices[device].id) {
            let (at, reply) = (self.soon(), Reply::PullEnded(Err(removed())));
            return self.at(at, Happening::AtDevice { device, life, call, reply });
        }
        let wall = self.wall();
        self.server.stand(&request, wall);
        self.follow_epoch();
        if !self.server.knows(self.devices[device].id, &request) {
            self.checks.count("rule 23 a copy of what the server has lost asks again what both have");
            let (at, reply) = (self.soon(), Reply::PullEnded(Err(forked())));
            return self.at(at, Happening::AtDevice { device, life, call, reply });
        }
        let pages = self.server.pull(self.devices[device].id, request.clone(), wall);
        let base = pages.first().map(|page| Page::read(page).expect("BUG: our own page").start.base);
        self.check_horizon(device, &request, base);
        let mut at = self.soon();
        for page in pages {
            self.check_sent(device, &page);
            let left = page.lines().filter(|line| line.starts_with('[') && line.ends_with(",null]"));
            (0..left.count())
                .for_each(|_| self.checks.count("rule 13 a record leaves a device with its scope"));
            if self.befalls_now("fault: a stream is cut", self.faults.stream_cut) {
                let reply = Reply::PullEnded(Err(Trouble::Cut));
                return self.at(at, Happening::AtDevice { device, life, call, reply });
            }
            self.at(at, Happening::AtDevice { device, life, call, reply: Reply::Page(page) });
            at += 1 + self.dice.roll() % self.faults.delay_ms_max;
        }
        if !self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
            self.at(at, Happening::AtDevice { device, life, call, reply: Reply::PullEnded(Ok(())) });
        }
    }

    /// The server decides about all pushes that wait, in one commit.
    pub(super) fn decide(&mut self) {
        let inbox = std::mem::take(&mut self.inbox);
        let fails = self.befalls_now("fault: a commit fails", self.faults.commit_fails);
        let pushes =
            inbox.iter().map(|(device, _, _, request)| (self.devices[*device].id, request.clone())).collect();
        let before = self.server.head();
        let replies = self.server.push(pushes, self.wall(), fails);
        for (device, _, _, request) in inbox.iter().filter(|_| !fails) {
            self.twin_takes(self.devices[*device].id, request, self.wall());
        }
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
        self.record_order(before);
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
        if self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
            return;
        }
        let result = match reply {
            _ if self.befalls_now("fault: a reply is cut", self.faults.reply_cut) => Err(Trouble::Cut),
            Ok(reply) => Ok(json::write(&reply)),
            Err(problem) => Err(Trouble::from(&problem)),
        };
        let at = self.soon();
        self.at(at, Happening::AtDevice { device, life, call, reply: Reply::Pushed(result) });
    }

    /// Every live stream ends, as when the server goes away.
    pub(super) fn break_streams(&mut self) {
        for ((device, call), Stream { life, .. }) in std::mem::take(&mut self.streams) {
            let at = self.soon();
            self.at(at, Happening::AtDevice { device, life, call, reply: Reply::LiveEnded(Trouble::Cut) });
        }
    }

    /// Tells every live stream what is new.
    pub(super) fn stream(&mut self) {
        let (head, wall) = (self.server.head(), self.wall());
        for (device, call) in self.streams.keys().copied().collect::<Vec<_>>() {
            let Stream { asked, life, .. } = &self.streams[&(device, call)];
            let (asked, life) = (asked.clone(), *life);
            let may_read = self.server.may_read(self.devices[device].id);
            if may_read && asked.cursor == head {
                continue;
            }
            let event = match may_read {
                true => self.server.event(self.devices[device].id, &asked, wall),
                false => None,
            };
            let Some((event, to)) = event else {
                self.streams.remove(&(device, call));
                let (at, reply) = (self.soon(), Reply::LiveEnded(removed()));
                self.at(at, Happening::AtDevice { device, life, call, reply });
                continue;
            };
            for event in Events::default().push(event.as_bytes()).expect("BUG: an event of ours") {
                if let Event::Changes(page) = event {
                    self.check_sent(device, &page);
                }
            }
            let soon = self.soon();
            let cut = self.befalls_now("fault: a stream is cut", self.faults.stream_cut);
            let Some(stream) = self.streams.get_mut(&(device, call)) else { continue };
            // One stream keeps its order.
            stream.arrives_ms = soon.max(stream.arrives_ms + 1);
            stream.asked.cursor = to;
            let at = stream.arrives_ms;
            let reply = if cut { Reply::LiveEnded(Trouble::Cut) } else { Reply::Event(event) };
            if cut {
                self.streams.remove(&(device, call));
            }
            if self.befalls_now("fault: a stream loses a part", self.faults.stream_skips) {
                continue;
            }
            self.at(at, Happening::AtDevice { device, life, call, reply });
        }
    }
}

/// What a device hears whose user is no member any more.
fn removed() -> Trouble {
    Trouble::Problem { code: ProblemCode::Revoked, retry_after_ms: None }
}

/// What a device hears whose log the server cannot find.
fn forked() -> Trouble {
    Trouble::Problem { code: ProblemCode::LogForked, retry_after_ms: None }
}

fn history_differs() -> Trouble {
    Trouble::Problem { code: ProblemCode::HistoryDiffers, retry_after_ms: None }
}
