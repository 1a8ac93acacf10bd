//! Live: an event stream (`text/event-stream`), read by an ordinary request with the token in a header.
//!
//! `changes` carries a page; a device applies it only if it joins its cursor, else it pulls (rule 36).
//! `head` says only how far the workspace is. `beat` says that the line is alive. `problem` is the last: why nothing more comes.

use fieldbook_model::json;
use fieldbook_model::{Cursor, WallTime};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// What a live stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A page, from the subscriber's last version to the head.
    Changes(String),
    /// There is something to pull.
    Head(Head),
    /// Nothing new.
    Beat(WallTime),
    /// The server shuts the device out from here on.
    Problem(Box<Problem>),
}

/// How far a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Its last place.
    pub head: Cursor,
    /// The server's clock.
    pub time: WallTime,
}

/// A `beat`'s data.
#[derive(Serialize, Deserialize)]
struct Beat {
    time: WallTime,
}

impl Event {
    /// The event's text on the stream.
    pub fn write(&self) -> String {
        match self {
            Self::Changes(page) => {
                let mut text = String::with_capacity(page.len() + page.len() / 16 + 32);
                text.push_str("event: changes\n");
                for line in page.lines() {
                    text.push_str("data: ");
                    text.push_str(line);
                    text.push('\n');
                }
                text.push('\n');
                text
            }
            Self::Head(head) => format!("event: head\ndata: {}\n\n", json::write(head)),
            Self::Beat(time) => format!("event: beat\ndata: {}\n\n", json::write(&Beat { time: *time })),
            Self::Problem(problem) => format!("event: problem\ndata: {}\n\n", json::write(problem)),
        }
    }

    /// An event of a known kind; one that cannot be read is no silence, in which a head would get lost.
    fn read(kind: &str, data: &str) -> Result<Option<Self>, NoEvents> {
        Ok(match kind {
            "changes" => Some(Self::Changes(data.to_owned())),
            "head" => Some(Self::Head(json::parse(data).map_err(|_| NoEvents)?)),
            "beat" => {
                let Beat { time } = json::parse(data).map_err(|_| NoEvents)?;
                Some(Self::Beat(time))
            }
            "problem" => Some(Self::Problem(json::parse(data).map_err(|_| NoEvents)?)),
            _ => None,
        })
    }
}

/// Reads events from a stream as its bytes arrive. An event of an unknown kind is passed over.
#[derive(Debug, Default)]
pub struct Events {
    buffer: Vec<u8>,
    searched: usize,
    kind: String,
    data: String,
}

/// A stream that is no event stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an event stream")]
pub struct NoEvents;

/// The largest event that a device takes in, in bytes.
pub const EVENT_BYTES_MAX: usize = 16 << 20;

impl Events {
    /// Takes in bytes, and gives back the events that are complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, NoEvents> {
        self.buffer.extend_from_slice(bytes);
        let mut events = Vec::new();
        let mut start = 0;
        while let Some(at) = self.buffer[self.searched..].iter().position(|b| *b == b'\n') {
            let end = self.searched + at;
            let line = std::str::from_utf8(&self.buffer[start..end]).map_err(|_| NoEvents)?;
            let line = line.strip_suffix('\r').unwrap_or(line);
            events.extend(Self::line(&mut self.kind, &mut self.data, line)?);
            (start, self.searched) = (end + 1, end + 1);
        }
        self.buffer.drain(..start);
        self.searched = self.buffer.len();
        match self.buffer.len() + self.data.len() > EVENT_BYTES_MAX {
            true => Err(NoEvents),
            false => Ok(events),
        }
    }

    fn line(kind: &mut String, data: &mut String, line: &str) -> Result<Option<Event>, NoEvents> {
        if line.is_empty() {
            let event = Event::read(kind, data);
            kind.clear();
            data.clear();
            return event;
        }
        let Some((name, value)) = line.split_once(':') else { return Ok(None) };
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => value.clone_into(kind),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            _ => {}
        }
        Ok(None)
    }
}

/// Whether changes `(from, to]` join a cursor: nothing between them is missing, and something is new.
pub fn joins(from: Cursor, to: Cursor, cursor: Cursor) -> bool {
    let same = from.epoch == cursor.epoch && to.epoch == cursor.epoch;
    same && from.version <= cursor.version && cursor.version < to.version
}
