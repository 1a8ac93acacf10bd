//! What goes back to a device: the head and the bytes of a reply, as they are on the wire, and what befalls them on their
//! way. What they mean says the code that the driver asks too (`fieldbook_device_sync::reply`).

use fieldbook_device_store::session::Call;
use fieldbook_device_sync::{CallId, Head, Reply, Trouble};
use fieldbook_model::json;
use fieldbook_protocol::problem::PROBLEM_JSON;
use fieldbook_protocol::{Problem, ProblemCode};

use super::{Happening, World};

/// The way back of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) device: usize,
    pub(super) life: u32,
    pub(super) call: CallId,
    /// Of a request that arrived twice one reply is heard.
    pub(super) heard: bool,
}

/// A part of a reply.
pub(super) enum Part {
    Head(Head),
    Bytes(Vec<u8>),
    End,
    Broken(Trouble),
}

/// Whose reply a call waits for; none where it ends one.
pub(super) fn reply_to(call: &Call) -> Option<(CallId, Reply)> {
    Some(match call {
        Call::Push(call, _) => (*call, Reply::to_push(*call)),
        Call::Pull(call, _) | Call::Load(call, _) => (*call, Reply::to_pull(*call)),
        Call::Live(call, _) => (*call, Reply::to_live(*call)),
        Call::Schema(call, _) => (*call, Reply::to_schema(*call)),
        Call::Common(call, _) => (*call, Reply::to_common(*call)),
        Call::Blob(call, ask) => (*call, Reply::to_blob(*call, ask.sum)),
        Call::Cancel(_) => return None,
    })
}

/// The head of a yes.
pub(super) fn yes(kind: &str) -> Part {
    Part::Head(Head::new(200, Some(kind), None))
}

impl World {
    /// A part of a reply is to arrive.
    pub(super) fn goes(&mut self, line: Line, at_ms: u64, part: Part) {
        if line.heard {
            self.at(at_ms, Happening::AtDevice { line, part });
        }
    }

    /// No reply comes about.
    pub(super) fn breaks(&mut self, line: Line, trouble: Trouble) {
        let at = self.soon();
        self.goes(line, at, Part::Broken(trouble));
    }

    /// A reply in one piece, of a server that has done what it was asked.
    pub(super) fn replies(&mut self, line: Line, body: String) {
        if self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
            return;
        }
        if self.befalls_now("fault: a reply is cut", self.faults.reply_cut) {
            return self.breaks(line, Trouble::Cut);
        }
        if self.is_answered(line) {
            return;
        }
        let at = self.soon();
        self.goes(line, at, yes("application/json"));
        if self.arrives(line, at, body.into_bytes()) {
            self.goes(line, at, Part::End);
        }
    }

    /// A piece of a blob, of which there are `total` bytes. What is cut off of it looks as if it was all.
    pub(super) fn gives_piece(&mut self, line: Line, (first, total): (u64, u64), piece: Vec<u8>) {
        if self.befalls_now("fault: a reply is lost", self.faults.reply_lost) {
            return;
        }
        if self.befalls_now("fault: a reply is cut", self.faults.reply_cut) {
            return self.breaks(line, Trouble::Cut);
        }
        if self.is_answered(line) {
            return;
        }
        let (at, end) = (self.soon(), first + piece.len() as u64);
        let range = format!("bytes {first}-{}/{total}", end.max(1) - 1);
        let head = Head::new(206, Some("application/octet-stream"), None).part(Some(&range));
        self.goes(line, at, Part::Head(head));
        if self.arrives(line, at, piece) {
            self.goes(line, at, Part::End);
        }
    }

    /// The server says no, as it does.
    pub(super) fn refuses(&mut self, line: Line, code: ProblemCode, retry_after_ms: Option<u64>) {
        let problem = Problem { retry_after_ms, ..Problem::new(code, "No.", self.wall()) };
        self.refuses_with(line, &problem);
    }

    /// The same with a document.
    pub(super) fn refuses_with(&mut self, line: Line, problem: &Problem) {
        let wait = problem.retry_after_ms.map(|ms| ms.div_ceil(1_000).to_string());
        self.asks_to_wait(problem.retry_after_ms.unwrap_or(0));
        self.says_no(
            line,
            Head::new(problem.status, Some(PROBLEM_JSON), wait.as_deref()),
            json::write(problem),
        );
    }

    /// A reply that is no yes.
    pub(super) fn says_no(&mut self, line: Line, head: Head, body: String) {
        let at = self.soon();
        self.goes(line, at, Part::Head(head));
        self.goes(line, at, Part::Bytes(body.into_bytes()));
        self.goes(line, at, Part::End);
    }

    /// Bytes of a reply, of which perhaps not all arrive. Then they are followed by nothing, and perhaps it looks as if
    /// they were all. Tells whether they are.
    pub(super) fn arrives(&mut self, line: Line, at_ms: u64, mut bytes: Vec<u8>) -> bool {
        let torn = self.befalls_now("fault: a reply breaks at one of its bytes", self.faults.reply_torn);
        if torn {
            bytes.truncate((self.dice.roll() % (bytes.len() as u64 + 1)) as usize);
        }
        self.goes(line, at_ms, Part::Bytes(bytes));
        if torn {
            let told = self.dice.roll().is_multiple_of(2);
            self.goes(line, at_ms, if told { Part::Broken(Trouble::Cut) } else { Part::End });
        }
        !torn
    }
}
