//! Reads beside the writer, on a connection of its own that cannot write.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use fieldbook_model::chain::Hash;
use fieldbook_model::json;
use fieldbook_model::planted::{Defect, planted};
use fieldbook_model::{Access, OpId, RecordId, Role, Schema, Scope, Seq, UserId, Version, WallTime};
use fieldbook_protocol::export::ExportLine;
use fieldbook_protocol::history::{HistoryLine, TimelineReply};
use fieldbook_protocol::page::PullRequest;
use fieldbook_protocol::record::{RecordReply, RecordsReply};
use fieldbook_protocol::schema::{Released, SchemaReply};
use fieldbook_protocol::{Branch, CommonReply, CommonRequest, Standing};
use fieldbook_server_sync::{Principal, Stand};
use rusqlite::{Connection, params};

use super::frame::Frame;
use super::number::{int, nat};
use super::sight::Eyes;
use super::size::Size;
use super::visible::Owners;
use super::{
    access, amount, answer, batch, branch, epoch, export, history, list, one, page, plan, stuck, timeline,
};
use crate::chase::Next;
use crate::error::{StoreError, damaged};
use crate::store::{Amount, Exported, Head, Listed, PageLimit, Reader, Reads, Stretch};
use crate::stuck::Stuck;

const OPS: &str =
    "SELECT version, seq, op_id, answer, text FROM op WHERE version >= ? ORDER BY version LIMIT ?";

const TEXTS: &str = "SELECT version, text FROM op WHERE version >= ? ORDER BY version LIMIT ?";
/// So many ops are looked at in one snapshot.
const TEXTS_MAX: i64 = 10_000;

/// Every word of a text of JSON that could be a blob's sum: an op's values, and some hashes that are none.
fn sums(text: &str) -> impl Iterator<Item = Hash> {
    text.split('"').filter_map(Hash::parse)
}

/// A connection for reading.
pub struct SqliteReader {
    connection: Connection,
    frame: Frame,
}

impl SqliteReader {
    /// Takes a connection over.
    pub fn new(connection: Connection) -> Result<Self, StoreError> {
        connection.execute_batch("PRAGMA query_only = ON")?;
        let frame = Frame::read(&connection)?;
        Ok(Self { connection, frame })
    }
}

/// Reads the frame again if the workspace was brought to another version of its schema.
fn renew(frame: &mut Frame, snapshot: &Connection) -> Result<(), StoreError> {
    if Frame::in_force(snapshot)? != frame.schema.version {
        *frame = Frame::read(snapshot)?;
    }
    Ok(())
}

impl Reader for SqliteReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        batch::head(&self.connection)
    }

    fn stuck(&mut self) -> Result<Vec<Stuck>, StoreError> {
        stuck::stuck(&self.connection)
    }

    fn backup_at(&mut self) -> Result<Option<WallTime>, StoreError> {
        stuck::backup_at(&self.connection)
    }

    fn stands(&mut self, standing: &Standing) -> Result<Stand, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        epoch::stands(&snapshot, &batch::head(&snapshot)?, standing)
    }

    fn knows(&mut self, branch: &Branch, user: UserId) -> Result<bool, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let takes_any = branch::is_of_nothing(branch) || planted(Defect::LostTrunkUnnoticed);
        Ok(takes_any || branch::said(&snapshot, branch, user)?.is_some())
    }

    fn common(&mut self, user: UserId, request: &CommonRequest) -> Result<CommonReply, StoreError> {
        branch::common(&self.connection, user, request)
    }

    fn page(
        &mut self,
        request: &PullRequest,
        principal: &Principal,
        limit: PageLimit,
        now: WallTime,
    ) -> Result<Option<String>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let page = page::read(&snapshot, &self.frame, (request, principal), Size::plain(limit), now)?;
        Ok(page.map(|page| page.text))
    }

    fn pages(
        &mut self,
        (request, principal): (&PullRequest, &Principal),
        limit: PageLimit,
        next: Next,
        now: &dyn Fn() -> WallTime,
        take: &mut dyn FnMut(String) -> ControlFlow<()>,
    ) -> Result<Reads, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let mut request = request.clone();
        let size = match next {
            Next::Page { since } => Size::since(&snapshot, limit, since)?,
            Next::Rest => Size::plain(limit),
        };
        loop {
            let page = page::read(&snapshot, &self.frame, (&request, principal), size, now())?;
            let Some(page) = page else { return Ok(Reads::Nothing) };
            request.staged = Some(page.staged);
            let is_last = !page.more || next != Next::Rest;
            if take(page.text).is_break() || is_last {
                return Ok(Reads::Pages);
            }
        }
    }

    fn record(
        &mut self,
        of: &str,
        id: RecordId,
        (principal, schema): (&Principal, Option<u32>),
        now: WallTime,
    ) -> Result<Option<RecordReply>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        one::read(&snapshot, &self.frame, (of, id), (principal, schema), now)
    }

    fn records_for(
        &mut self,
        reader: &Principal,
        wish: &Listed,
    ) -> Result<Result<RecordsReply, String>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let (_, access) = plan::rights(&snapshot, reader, batch::head(&snapshot)?.version)?;
        list::read(&snapshot, &self.frame, access, wish)
    }

    fn amount_for(&mut self, reader: &Principal, part: &Scope) -> Result<Option<[Amount; 2]>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let (_, access) = plan::rights(&snapshot, reader, batch::head(&snapshot)?.version)?;
        amount::read(&snapshot, &self.frame, access, part)
    }

    fn names_blob(
        &mut self,
        of: &str,
        id: RecordId,
        reader: (&Principal, Option<u32>),
        sum: Hash,
    ) -> Result<bool, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        one::names_blob(&snapshot, &self.frame, (of, id), reader, sum)
    }

    fn named_blobs(&mut self, of: &BTreeSet<Hash>) -> Result<BTreeSet<Hash>, StoreError> {
        let mut named = BTreeSet::new();
        let mut from = 0;
        // Piece by piece, so that no snapshot stands for as long as a long log takes.
        while named.len() < of.len() {
            let mut read = self.connection.prepare_cached(TEXTS)?;
            let mut rows = read.query(params![from, TEXTS_MAX])?;
            let before = from;
            while let Some(row) = rows.next()? {
                from = row.get::<_, i64>(0)? + 1;
                let text = row.get_ref(1)?.as_str().map_err(|_| damaged("an op"))?;
                named.extend(sums(text).filter(|sum| of.contains(sum)));
            }
            if from == before {
                break;
            }
        }
        Ok(named)
    }

    fn access(&mut self, user: UserId, at: Version) -> Result<Option<(Version, Access)>, StoreError> {
        access::at(&self.connection, user, at)
    }

    fn schema(&mut self) -> Result<Arc<Schema>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        Ok(Arc::new(self.frame.schema.shown()))
    }

    fn schemas(&mut self, behind: u32) -> Result<SchemaReply, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let head = batch::head(&snapshot)?;
        let released = |(at, schema): (Version, &Arc<Schema>)| {
            let hash = epoch::hash_at(&snapshot, &head, at)?;
            Ok(Released { at, hash, schema: schema.shown() })
        };
        let schemas = self.frame.behind(behind).map(released).collect::<Result<_, StoreError>>()?;
        Ok(SchemaReply { epoch: head.epoch, schemas })
    }

    fn history(&mut self, of: &str, id: RecordId) -> Result<Vec<HistoryLine>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let Some(of) = self.frame.schema.place(of) else { return Ok(Vec::new()) };
        history::of_record(&snapshot, &self.frame, of, id, None)
    }

    fn history_for(
        &mut self,
        reader: &Principal,
        of: &str,
        id: RecordId,
    ) -> Result<Vec<HistoryLine>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let Some(of) = self.frame.schema.place(of) else { return Ok(Vec::new()) };
        let (_, access) = plan::rights(&snapshot, reader, batch::head(&snapshot)?.version)?;
        history::of_record(&snapshot, &self.frame, of, id, Some(access))
    }

    fn history_of_op(&mut self, op: OpId) -> Result<Vec<HistoryLine>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        history::of_op(&snapshot, &self.frame, op, None)
    }

    fn history_of_op_for(&mut self, reader: &Principal, op: OpId) -> Result<Vec<HistoryLine>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let (_, access) = plan::rights(&snapshot, reader, batch::head(&snapshot)?.version)?;
        history::of_op(&snapshot, &self.frame, op, Some(access))
    }

    fn timeline_for(&mut self, reader: &Principal, stretch: &Stretch) -> Result<TimelineReply, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let (_, access) = plan::rights(&snapshot, reader, batch::head(&snapshot)?.version)?;
        timeline::read(&snapshot, &self.frame, access, stretch)
    }

    fn export(&mut self) -> Result<Vec<String>, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let owners = Owners::read(&snapshot, &self.frame)?;
        let mut lines = Vec::new();
        let mut take = |line| {
            lines.push(line);
            ControlFlow::Continue(())
        };
        for of in export::types_by_name(&self.frame) {
            let _ = export::records(&snapshot, &self.frame, of, (&owners, None), &mut take)?;
        }
        Ok(lines)
    }

    fn export_for(
        &mut self,
        reader: &Principal,
        take: &mut dyn FnMut(Exported, String) -> ControlFlow<()>,
    ) -> Result<Reads, StoreError> {
        let snapshot = self.connection.unchecked_transaction()?;
        renew(&mut self.frame, &snapshot)?;
        let frame = &self.frame;
        let (_, access) = plan::rights(&snapshot, reader, batch::head(&snapshot)?.version)?;
        if access.role == Role::Nobody {
            return Ok(Reads::Nothing);
        }
        let owners = Owners::read(&snapshot, frame)?;
        let mut eyes = Eyes::new(&snapshot, frame, access.clone());
        for of in export::types_by_name(frame).into_iter().filter(|of| !frame.ty(*of).system) {
            let mut record = |line| take(Exported::Record, line);
            if export::records(&snapshot, frame, of, (&owners, Some(&mut eyes)), &mut record)?.is_break() {
                return Ok(Reads::Pages);
            }
        }
        let mut conflict = |line| take(Exported::Conflict, line);
        if export::conflicts(&snapshot, frame, (reader.user, &mut eyes), &mut conflict)?.is_break() {
            return Ok(Reads::Pages);
        }
        let mut change = |line| take(Exported::Change, json::write(&ExportLine::Change(Box::new(line))));
        let _ = history::of_all(&snapshot, frame, access, &mut change)?;
        Ok(Reads::Pages)
    }

    fn ops(&mut self, from: Version, max: u32) -> Result<Vec<(Version, String)>, StoreError> {
        let mut find = self.connection.prepare_cached(OPS)?;
        let mut rows = find.query(params![int(from.0), max])?;
        let mut ops = Vec::new();
        while let Some(row) = rows.next()? {
            let (version, seq) = (Version(nat(row.get(0)?)?), Seq(nat(row.get(1)?)?));
            let kept: Option<String> = row.get(3)?;
            let answer = answer::text(version, seq, OpId::from_bytes(row.get(2)?), kept.as_deref());
            let text = row.get_ref(4)?.as_str().map_err(|_| damaged("an op"))?;
            ops.push((version, format!(r#"{{"answer":{answer},"op":{text}}}"#)));
        }
        Ok(ops)
    }
}
