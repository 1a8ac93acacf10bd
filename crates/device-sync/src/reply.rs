//! A reply as it comes in: its head, its bytes, its end, and what the machine is told of them. Whoever makes real calls
//! and whoever invents them hand over the same. It knows no socket.

use fieldbook_model::chain::Hash;
use fieldbook_model::json;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_protocol::live::Events;
use fieldbook_protocol::page::Pages;
use fieldbook_protocol::problem::PROBLEM_JSON;
use fieldbook_protocol::{Problem, ProblemCode, blob};

use crate::machine::{Brought, CallId, Input, Piece};
use crate::trouble::Trouble;

/// The largest reply that is read whole, in bytes.
pub const REPLY_BYTES_MAX: usize = 16 << 20;

/// What stands above the bytes of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The media type, without its parameters.
    pub kind: String,
    /// What `Retry-After` says.
    pub retry_after: Option<String>,
    /// What `Content-Range` says.
    pub range: Option<String>,
}

impl Head {
    /// A head by what its lines say.
    pub fn new(status: u16, content_type: Option<&str>, retry_after: Option<&str>) -> Self {
        let kind = content_type.unwrap_or("no type").split(';').next().unwrap_or_default().trim();
        Self { status, kind: kind.to_owned(), retry_after: retry_after.map(str::to_owned), range: None }
    }

    /// The same of a part, as `Content-Range` says it.
    pub fn part(self, range: Option<&str>) -> Self {
        Self { range: range.map(str::to_owned), ..self }
    }

    /// Whether it is our server's yes, of the kind that was asked for.
    pub fn is(&self, wants: &str) -> bool {
        (200..300).contains(&self.status) && self.kind == wants
    }

    /// Whether the bytes say what is wrong.
    pub fn is_problem(&self) -> bool {
        self.kind == PROBLEM_JSON
    }

    /// What a reply means that is no yes, from its bytes where they are a problem document; and the server's words.
    pub fn trouble(&self, body: &[u8]) -> (Trouble, Option<String>) {
        match json::parse_bytes::<Problem>(body) {
            Ok(problem) if self.is_problem() => (Trouble::from(&problem), Some(problem.title)),
            _ => (self.foreign(), None),
        }
    }

    /// What is no problem document is not from the server. Three statuses mean the same whoever says them; the others tell
    /// nothing of the server.
    fn foreign(&self) -> Trouble {
        let problem = |code, retry_after_ms| Trouble::Problem { code, retry_after_ms };
        match (self.status, self.asks_ms()) {
            (413, _) => problem(ProblemCode::TooLarge, None),
            (429, Some(ms)) => problem(ProblemCode::TooMany, Some(ms)),
            (503, Some(ms)) => problem(ProblemCode::Unavailable, Some(ms)),
            _ => Trouble::Foreign(format!("{} {}", self.status, self.kind)),
        }
    }

    /// The wait that it asks for, in milliseconds. A date says nothing to a device whose clock may be wrong.
    fn asks_ms(&self) -> Option<u64> {
        Some(self.asks_s()?.saturating_mul(1_000))
    }

    /// The same in seconds.
    pub fn asks_s(&self) -> Option<u64> {
        self.retry_after.as_deref()?.trim().parse().ok()
    }
}

/// A reply that is coming in.
#[derive(Debug)]
pub struct Reply {
    call: CallId,
    body: Body,
    /// The head of one that is no yes, and what it says.
    refused: Option<(Head, Vec<u8>)>,
}

#[derive(Debug)]
enum Body {
    Answers(Vec<u8>),
    Schema(Vec<u8>),
    Common(Vec<u8>),
    Blob(Coming),
    Pages(Pages),
    Events(Events),
}

/// A piece of a blob that is coming in.
#[derive(Debug)]
struct Coming {
    sum: Hash,
    /// What the head says of its place, where it says so: the first byte, and how many there are in all.
    place: Option<(u64, u64)>,
    bytes: Vec<u8>,
}

impl Reply {
    /// To a push.
    pub fn to_push(call: CallId) -> Self {
        Self::to(call, Body::Answers(Vec::new()))
    }

    /// To a pull or a load.
    pub fn to_pull(call: CallId) -> Self {
        Self::to(call, Body::Pages(Pages::default()))
    }

    /// The live stream.
    pub fn to_live(call: CallId) -> Self {
        Self::to(call, Body::Events(Events::default()))
    }

    /// To a question about the schema.
    pub fn to_schema(call: CallId) -> Self {
        Self::to(call, Body::Schema(Vec::new()))
    }

    /// To a question about the log.
    pub fn to_common(call: CallId) -> Self {
        Self::to(call, Body::Common(Vec::new()))
    }

    /// To a question for a piece of a blob.
    pub fn to_blob(call: CallId, sum: Hash) -> Self {
        Self::to(call, Body::Blob(Coming { sum, place: None, bytes: Vec::new() }))
    }

    fn to(call: CallId, body: Body) -> Self {
        Self { call, body, refused: None }
    }

    /// The media type that is wanted.
    pub fn wants(&self) -> &'static str {
        match self.body {
            Body::Answers(_) | Body::Schema(_) | Body::Common(_) => "application/json",
            Body::Blob(_) => "application/octet-stream",
            Body::Pages(_) => "application/x-ndjson",
            Body::Events(_) => "text/event-stream",
        }
    }

    /// Takes in the head. `Err`: the rest is not worth reading.
    pub fn head(&mut self, head: Head) -> Result<(), Trouble> {
        if head.is(self.wants()) {
            if let Body::Blob(coming) = &mut self.body {
                coming.place = head.range.as_deref().and_then(blob::range_of);
            }
            return Ok(());
        }
        if !head.is_problem() {
            return Err(head.foreign());
        }
        self.refused = Some((head, Vec::new()));
        Ok(())
    }

    /// Takes in bytes, and gives what the machine is told already.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<Vec<Input>, Trouble> {
        let call = self.call;
        if let Some((_, said)) = &mut self.refused {
            return gathered(said, bytes);
        }
        match &mut self.body {
            Body::Answers(body)
            | Body::Schema(body)
            | Body::Common(body)
            | Body::Blob(Coming { bytes: body, .. }) => gathered(body, bytes),
            Body::Pages(pages) => {
                let whole = pages.push(bytes).map_err(|error| Trouble::Foreign(error.to_string()))?;
                Ok(whole.into_iter().map(|page| Input::Page(call, page)).collect())
            }
            Body::Events(events) => {
                let whole = events.push(bytes).map_err(|error| Trouble::Foreign(error.to_string()))?;
                Ok(whole.into_iter().map(|event| Input::Live(call, event)).collect())
            }
        }
    }

    /// Whether the server lets the device in, as far as the head says: a refusal in its words does not.
    pub fn lets_in(&self) -> bool {
        self.refused.is_none() || planted(Defect::LeaseByAnyAnswer)
    }

    /// That bytes came of which nothing is whole yet.
    pub fn progress(&self) -> Input {
        Input::Progress(self.call)
    }

    /// What the machine is told at the end: what came, or that it is not whole.
    pub fn end(self) -> Input {
        let Self { call, body, refused } = self;
        if let Some((head, said)) = refused {
            match (&body, head.status) {
                // An older server knows no such path, or not for reading.
                (Body::Blob(Coming { sum, .. }), 404 | 405) => {
                    return Input::Blob(call, Ok(Brought::Nothing(*sum)));
                }
                (Body::Blob(Coming { sum, .. }), 400 | 413) => {
                    return Input::Blob(call, Ok(Brought::Refused(*sum)));
                }
                _ => {}
            }
            return failed(call, &body, head.trouble(&said).0);
        }
        let foreign = |why: &str| Trouble::Foreign(why.to_owned());
        match body {
            Body::Answers(body) => {
                Input::Pushed(call, json::parse_bytes(&body).map_err(|error| Trouble::Foreign(error.reason)))
            }
            Body::Schema(body) => {
                let text = String::from_utf8(body).map_err(|_| foreign("a schema that is no text"));
                Input::Schema(call, text)
            }
            Body::Common(body) => {
                let text = String::from_utf8(body).map_err(|_| foreign("a reply that is no text"));
                Input::Common(call, text)
            }
            Body::Blob(Coming { sum, place, bytes }) => {
                // A server that knows no parts gives all.
                let (first, total) = place.unwrap_or((0, bytes.len() as u64));
                Input::Blob(call, Ok(Brought::Piece(Piece { sum, first, total, bytes })))
            }
            Body::Pages(pages) if pages.is_whole() => Input::PullEnded(call, Ok(())),
            Body::Pages(_) => Input::PullEnded(call, Err(Trouble::Cut)),
            Body::Events(_) => Input::LiveEnded(call, Trouble::Cut),
        }
    }

    /// What the machine is told when it does not come to its end.
    pub fn failed(&self, trouble: Trouble) -> Input {
        failed(self.call, &self.body, trouble)
    }
}

fn failed(call: CallId, body: &Body, trouble: Trouble) -> Input {
    match body {
        Body::Answers(_) => Input::Pushed(call, Err(trouble)),
        Body::Schema(_) => Input::Schema(call, Err(trouble)),
        Body::Common(_) => Input::Common(call, Err(trouble)),
        Body::Blob(_) => Input::Blob(call, Err(trouble)),
        Body::Pages(_) => Input::PullEnded(call, Err(trouble)),
        Body::Events(_) => Input::LiveEnded(call, trouble),
    }
}

/// Bytes that are read when all of them are there.
fn gathered(body: &mut Vec<u8>, bytes: &[u8]) -> Result<Vec<Input>, Trouble> {
    if body.len() + bytes.len() > REPLY_BYTES_MAX {
        return Err(Trouble::Foreign("a reply without end".to_owned()));
    }
    body.extend_from_slice(bytes);
    Ok(Vec::new())
}
