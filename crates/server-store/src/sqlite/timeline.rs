//! What happened last, in the whole workspace or in a part of it: walks back through the total order, and tells what each op
//! did as far as whoever asks may read it by now.

use std::collections::BTreeSet;

use fieldbook_model::access::Access;
use fieldbook_model::{RecordId, Version};
use fieldbook_protocol::history::{HistoryLine, TimelineChange, TimelineEntry, TimelineReply};
use fieldbook_protocol::{SettledState, Verdict};
use rusqlite::Connection;

use super::frame::Frame;
use super::history::{Entry, OP, Teller};
use super::number::int;
use super::scopes::Tree;
use super::{past, sight};
use crate::error::StoreError;
use crate::store::Stretch;

/// So many ops are looked at for one answer; what is older is asked for with the next.
const OPS_MAX: usize = 5_000;

/// What happened in a stretch of the total order, newest first. Each op is told whole: the answer ends with the one that makes it
/// as long as is asked for.
pub fn read(
    connection: &Connection,
    frame: &Frame,
    reader: Access,
    stretch: &Stretch,
) -> Result<TimelineReply, StoreError> {
    let mut places = Places { connection, frame, tree: Tree::new(connection, frame), within: None };
    if let Some(scope) = &stretch.within {
        let own = frame.schema.place(&scope.of).map(|of| (of, scope.id));
        places.within = Some(Within { own, numbers: places.tree.within(scope)? });
    }
    let teller = Teller::new(connection, frame, Some(reader));
    let before = stretch.before.map_or(i64::MAX, |version| int(version.0));
    let mut find = connection
        .prepare_cached(&format!("{OP} WHERE version < ? AND version > ? ORDER BY version DESC"))?;
    let mut rows = find.query([before, int(stretch.after.0)])?;
    let (mut entries, mut told, mut seen) = (Vec::new(), 0, 0);
    let mut last = None;
    while let Some(row) = rows.next()? {
        if told >= stretch.changes_max || seen >= OPS_MAX {
            return Ok(TimelineReply { entries, next: last });
        }
        seen += 1;
        last = Some(Version(row.get::<_, i64>(0)?.unsigned_abs()));
        let Some(entry) = Entry::read(frame, row)? else { continue };
        if !happened(connection, &entry)? || !places.may_lie_within(&entry)? {
            continue;
        }
        for line in teller.lines(&entry)? {
            told += usize::from(places.take(line, &mut entries)?);
        }
    }
    Ok(TimelineReply { entries, next: None })
}

/// Whether an op took its place in the order and did then what it was to do. One that was held is told where it was let happen.
fn happened(connection: &Connection, entry: &Entry) -> Result<bool, StoreError> {
    Ok(match past::settlement(connection, entry.op.op_id)? {
        Some(settled) => settled.state == SettledState::Committed && settled.version == entry.version,
        None => entry.verdict == Verdict::Committed,
    })
}

/// The part that is asked for.
struct Within {
    /// The record that opens it.
    own: Option<(usize, RecordId)>,
    /// Its number, and those of the parts in it.
    numbers: BTreeSet<i64>,
}

/// Where records lie.
struct Places<'a> {
    connection: &'a Connection,
    frame: &'a Frame,
    tree: Tree<'a>,
    /// Everything lies within nothing in particular.
    within: Option<Within>,
}

impl Places<'_> {
    /// A record stays where it lay when it is deleted, and what was forgotten of it too.
    fn home(&self, of: usize, id: RecordId) -> Result<i64, StoreError> {
        Ok(sight::home(self.connection, self.frame, of, id)?.unwrap_or(0))
    }

    fn is_within(&self, of: usize, id: RecordId, home: i64) -> bool {
        let lies = |it: &Within| it.own == Some((of, id)) || it.numbers.contains(&home);
        self.within.as_ref().is_none_or(lies)
    }

    /// Whether it is worth telling what an op did: one that says itself what it changes may change nothing that is asked for.
    fn may_lie_within(&self, entry: &Entry) -> Result<bool, StoreError> {
        let payload = &entry.op.payload;
        if self.within.is_none() || payload.about.is_some() {
            return Ok(true);
        }
        for change in &payload.changes {
            // By an id that was given up for another one it is not known where it lies.
            let Some(of) = self.frame.schema.place(change.of()) else { continue };
            let home = self.home(of, change.id())?;
            if home == 0 || self.is_within(of, change.id(), home) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts a line to what else its op did; `false` where it is not asked for.
    fn take(&mut self, line: HistoryLine, entries: &mut Vec<TimelineEntry>) -> Result<bool, StoreError> {
        let place = self.frame.schema.place(&line.of).filter(|of| !self.frame.ty(*of).system);
        let (Some(of), Some(version), Some(synced_at)) = (place, line.version, line.synced_at) else {
            return Ok(false);
        };
        let home = self.home(of, line.id)?;
        if !self.is_within(of, line.id, home) {
            return Ok(false);
        }
        let change = TimelineChange {
            verb: line.verb,
            of: line.of,
            id: line.id,
            label: line.label.unwrap_or_default(),
            scope: self.tree.path(home)?.pop(),
            fields: line.units.into_iter().map(|unit| unit.field).collect(),
        };
        match entries.last_mut().filter(|last| last.op_id == line.op_id && last.version == version) {
            Some(entry) => entry.changes.push(change),
            None => entries.push(TimelineEntry {
                version,
                op_id: line.op_id,
                action: line.action,
                user: line.user,
                name: line.name,
                device: line.device,
                edited_at: line.edited_at,
                synced_at,
                says: line.says,
                changes: vec![change],
            }),
        }
        Ok(true)
    }
}
