//! Ops that were decided before: what became of them, what they did, and what a record held before they did it.

use fieldbook_merge::{Done, DoneVerb, Line, Row};
use fieldbook_model::{DeviceId, Op, OpId, RecordId, Seq, UserId, Version, json};
use fieldbook_protocol::{SettledState, Settlement, Verdict};
use fieldbook_server_sync::{Author, Past, PastState, Toggle};
use rusqlite::{Connection, OptionalExtension, params};

use super::frame::Frame;
use super::number::{int, line, nat};
use super::{answer, bytes, effects};
use crate::error::{StoreError, damaged};

const OP: &str = "SELECT version, line, seq, answer, text FROM op WHERE op_id = ? ORDER BY version LIMIT 1";
const PLACES: &str = "SELECT line, seq FROM op WHERE op_id = ? ORDER BY version";
const DONE: &str = "SELECT effects, links, text FROM op WHERE version = ?";
const SETTLED: &str = "SELECT text FROM settled WHERE op = ? ORDER BY version DESC, place DESC LIMIT 1";
const HELD: &str = "SELECT conflict FROM held WHERE op = ?";
const TOGGLED: &str = "SELECT by, back FROM toggled WHERE op = ?";
const AUTHOR: &str = "SELECT user, name, device FROM line WHERE line = ?";

/// What became of an op.
pub fn read(connection: &Connection, frame: &Frame, op_id: OpId) -> Result<Option<Past>, StoreError> {
    let mut find = connection.prepare_cached(OP)?;
    let mut rows = find.query([op_id.bytes()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (version, seq) = (Version(nat(row.get(0)?)?), Seq(nat(row.get(2)?)?));
    let kept: Option<String> = row.get(3)?;
    let verdict = answer::read(version, seq, op_id, kept.as_deref())?.verdict;
    let op: Option<Op> = json::parse(row.get_ref(4)?.as_str().map_err(|_| damaged("an op"))?).ok();
    let op = op.map(|op| frame.ladder.op_up(op));
    let (state, at) = state(connection, op_id, version, &verdict)?;
    let done = match state {
        PastState::Committed => done(connection, frame, at)?.of(op_id, at == version),
        _ => Vec::new(),
    };
    let mut find = connection.prepare_cached(TOGGLED)?;
    let read = |row: &rusqlite::Row<'_>| Ok(Toggle { by: OpId::from_bytes(row.get(0)?), back: row.get(1)? });
    let toggled = find.query_row([op_id.bytes()], read).optional()?;
    Ok(Some(Past { op, line: line(row.get(1)?)?, seq, state, toggled, at, done }))
}

/// The places of an op in the logs that offered it.
pub fn places(connection: &Connection, op_id: OpId) -> Result<Vec<(Line, Seq)>, StoreError> {
    let mut find = connection.prepare_cached(PLACES)?;
    let mut rows = find.query([op_id.bytes()])?;
    let mut places = Vec::new();
    while let Some(row) = rows.next()? {
        places.push((line(row.get(0)?)?, Seq(nat(row.get(1)?)?)));
    }
    Ok(places)
}

/// Where an op stands, and the version at which it took effect if it did.
fn state(
    connection: &Connection,
    op: OpId,
    version: Version,
    verdict: &Verdict,
) -> Result<(PastState, Version), StoreError> {
    if let Some(settled) = settlement(connection, op)? {
        let state = match settled.state {
            SettledState::Committed => PastState::Committed,
            SettledState::Rejected => PastState::Rejected,
            SettledState::Conflicted => {
                PastState::Held(settled.conflict.ok_or_else(|| damaged("a settlement"))?)
            }
            SettledState::Discarded | SettledState::Withdrawn | SettledState::Replaced => PastState::Dropped,
        };
        return Ok((state, settled.version));
    }
    let state = match verdict {
        Verdict::Committed => PastState::Committed,
        Verdict::Rejected { .. } => PastState::Rejected,
        Verdict::DuplicateOf { .. } => PastState::Duplicate,
        Verdict::Conflicted { conflict, .. } => {
            let mut find = connection.prepare_cached(HELD)?;
            let held = find.query_row([op.bytes()], |row| row.get(0)).optional()?;
            PastState::Held(held.map_or(*conflict, OpId::from_bytes))
        }
    };
    Ok((state, version))
}

/// What became of an op last, after its answer.
pub fn settlement(connection: &Connection, op: OpId) -> Result<Option<Settlement>, StoreError> {
    let mut find = connection.prepare_cached(SETTLED)?;
    let text: Option<String> = find.query_row([op.bytes()], |row| row.get(0)).optional()?;
    text.map(|text| json::parse(&text).map_err(|_| damaged("a settlement"))).transpose()
}

/// All that happened at a version.
struct Happened {
    done: Vec<(Done, Option<OpId>)>,
    links: Vec<u8>,
}

impl Happened {
    /// What an op did: the one that took the place itself, or a held one that was settled there.
    fn of(self, op: OpId, itself: bool) -> Vec<Done> {
        let wanted = if itself { None } else { Some(op) };
        self.done.into_iter().filter(|(_, held)| *held == wanted).map(|(done, _)| done).collect()
    }

    /// The version before in the history of a record.
    fn before(&self, rid: u64, version: Version) -> Result<Option<Version>, StoreError> {
        link(&self.links, rid, version)
    }
}

/// The version of the op before one in the history of a record, from that op's links.
pub fn link(links: &[u8], rid: u64, version: Version) -> Result<Option<Version>, StoreError> {
    let mut links = links;
    while !links.is_empty() {
        let (Some(of), Some(before)) = (bytes::take(&mut links), bytes::take(&mut links)) else {
            return Err(damaged("the history"));
        };
        if of == rid {
            // Only ever back, so that the walk ends whatever stands there.
            let before = Some(Version(before)).filter(|before| *before < version);
            return before.map(Some).ok_or_else(|| damaged("the history"));
        }
    }
    Ok(None)
}

fn done(connection: &Connection, frame: &Frame, version: Version) -> Result<Happened, StoreError> {
    let mut find = connection.prepare_cached(DONE)?;
    let mut rows = find.query([int(version.0)])?;
    let row = rows.next()?.ok_or_else(|| damaged("the history"))?;
    let kept: Option<Vec<u8>> = row.get(0)?;
    let links = row.get::<_, Option<_>>(1)?.unwrap_or_default();
    let text = row.get_ref(2)?.as_str().map_err(|_| damaged("an op"))?;
    let done = match json::parse::<Op>(text) {
        Ok(op) => {
            let op = frame.ladder.op_up(op);
            effects::read_back(frame, version, kept.as_deref(), &op).ok_or_else(|| damaged("the history"))?
        }
        Err(_) => Vec::new(),
    };
    Ok(Happened { done, links })
}

/// A record, and where its history begins backwards.
pub struct Walk {
    pub of: usize,
    pub id: RecordId,
    pub rid: u64,
    pub touched: Version,
    pub row: Row,
}

/// What a record held at a version: what it holds, with everything taken back that came after. `None` where it was not
/// made yet.
pub fn row_at(
    connection: &Connection,
    frame: &Frame,
    walk: Walk,
    version: Version,
) -> Result<Option<Row>, StoreError> {
    let Walk { of, id, rid, touched, mut row } = walk;
    let mut next = Some(touched).filter(|touched| *touched > version);
    while let Some(at) = next {
        let happened = done(connection, frame, at)?;
        let mine = happened.done.iter().rev().filter(|(done, _)| (done.of, done.id) == (of, id));
        for (done, _) in mine {
            if done.verb == DoneVerb::Insert && done.life {
                return Ok(None);
            }
            for deed in done.deeds.iter().rev() {
                row[deed.field] = deed.before.clone();
            }
        }
        next = happened.before(rid, at)?.filter(|at| *at > version);
    }
    Ok(Some(row))
}

/// Who writes a log.
pub fn author(connection: &Connection, line: Line) -> Result<Author, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Author {
            user: UserId::from_bytes(row.get(0)?),
            name: row.get(1)?,
            device: DeviceId::from_bytes(row.get(2)?),
        })
    };
    Ok(connection.prepare_cached(AUTHOR)?.query_row(params![line.0], read)?)
}
