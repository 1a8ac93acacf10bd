//! Logs that began as copies of others (rule 23).

use fieldbook_merge::{Kin, Kinship, Line};
use fieldbook_model::chain::Hash;
use fieldbook_model::{DeviceId, Seq, UserId, Version};
use fieldbook_protocol::{Branch, Common, CommonReply, CommonRequest};
use rusqlite::{Connection, OptionalExtension, params};

use super::number::{int, line as numbered, nat};
use super::{batch, epoch};
use crate::error::StoreError;

const ANY: &str = "SELECT EXISTS (SELECT 1 FROM line WHERE parent IS NOT NULL)";
const PARENT: &str = "SELECT parent, parted_seq, parted_at FROM line WHERE line = ? AND parent IS NOT NULL";
const LINE: &str = "SELECT line, parent IS NOT NULL FROM line WHERE device = ? AND user = ?";
const TRUNK: &str = "SELECT line, has_parked FROM line WHERE device = ? AND user = ?";
const OP: &str = "SELECT version FROM op WHERE line = ? AND seq = ? AND hash = ?";
const INSERT: &str = "INSERT OR IGNORE INTO line (device, user, name, last_seq, last_hash, has_parked, parent, parted_seq, parted_at) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
const GAPS: &str = "SELECT first, next - 1 FROM gap WHERE line = ? AND first <= ?";
const COMMON: &str = "SELECT line.device, op.seq FROM op JOIN line ON line.line = op.line \
    WHERE op.op_id = ? AND op.hash = ? AND line.user = ?";

/// Whether there is any.
pub fn any(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(ANY)?.query_row([], |row| row.get(0))?)
}

/// What a log has in common with those that it began as a copy of.
pub fn kin(connection: &Connection, line: Line) -> Result<Kinship, StoreError> {
    let (mut kin, mut at) = (Vec::new(), line);
    let mut find = connection.prepare_cached(PARENT)?;
    loop {
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let Some((parent, seq, version)) = find.query_row([at.0], row).optional()? else {
            return Ok(Kinship::new(line, kin));
        };
        at = numbered(parent)?;
        kin.push(Kin { line: at, seq: Seq(nat(seq)?), version: Version(nat(version)?) });
    }
}

/// The log of a device that asks for its answers; `None` for one that has none yet, or is another user's.
pub fn of_device(
    connection: &Connection,
    device: DeviceId,
    user: UserId,
) -> Result<Option<Line>, StoreError> {
    let mut find = connection.prepare_cached(LINE)?;
    let line: Option<i64> =
        find.query_row(params![device.bytes(), user.bytes()], |row| row.get(0)).optional()?;
    line.map(numbered).transpose()
}

/// The logs in which the ops of a device stand that says to have begun as a copy, also before its first push.
pub fn said(connection: &Connection, branch: &Branch, user: UserId) -> Result<Option<Kinship>, StoreError> {
    if let Some(line) = of_device(connection, branch.device, user)? {
        return kin(connection, line).map(Some);
    }
    let Some((trunk, version, _)) = trunk(connection, &branch.from, user)? else { return Ok(None) };
    let mut all: Vec<Kin> = Vec::new();
    let seq = branch.from.seq;
    all.push(Kin { line: trunk, seq, version });
    let before = kin(connection, trunk)?;
    all.extend(before.logs().filter(|(line, _)| *line != trunk).map(|(line, seq)| Kin {
        line,
        seq,
        version,
    }));
    // A number that no log has yet.
    Ok(Some(Kinship::new(Line(u32::MAX), all)))
}

/// The other log of a branch, the place of the common op, and whether ops of it were refused; `None` where there is none such.
fn trunk(
    connection: &Connection,
    from: &Common,
    user: UserId,
) -> Result<Option<(Line, Version, bool)>, StoreError> {
    let mut find = connection.prepare_cached(TRUNK)?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get(1)?));
    let found = find.query_row(params![from.device.bytes(), user.bytes()], row).optional()?;
    let Some((line, has_parked)) = found else { return Ok(None) };
    let line = numbered(line)?;
    if from.seq == Seq::ZERO {
        return Ok((from.hash == Hash::ZERO).then_some((line, Version::ZERO, false)));
    }
    let op = params![line.0, int(from.seq.0), from.hash.0];
    let version: Option<i64> = connection.prepare_cached(OP)?.query_row(op, |row| row.get(0)).optional()?;
    version.map(|version| Ok((line, Version(nat(version)?), has_parked))).transpose()
}

/// Whether a log has nothing of another: it is one like any, also where the server has lost the other.
pub fn is_of_nothing(branch: &Branch) -> bool {
    branch.from.seq == Seq::ZERO && branch.from.hash == Hash::ZERO
}

/// Begins the log of a copy where its last common op stands in the other. `false`: there is no such op, or the log is
/// no copy.
pub fn begin(connection: &Connection, branch: &Branch, user: UserId, name: &str) -> Result<bool, StoreError> {
    let own = params![branch.device.bytes(), user.bytes()];
    let is_copy = connection.prepare_cached(LINE)?.query_row(own, |row| row.get(1)).optional()?;
    let of_nothing = is_of_nothing(branch);
    if let Some(is_copy) = is_copy {
        return Ok(is_copy || of_nothing);
    }
    let Some((trunk, version, has_parked)) = trunk(connection, &branch.from, user)? else {
        return Ok(of_nothing);
    };
    let (device, seq, hash) = (branch.device.bytes(), int(branch.from.seq.0), branch.from.hash.0);
    let row = params![device, user.bytes(), name, seq, hash, has_parked, trunk.0, seq, int(version.0)];
    Ok(connection.prepare_cached(INSERT)?.execute(row)? == 1)
}

/// The last of some ops that a log of a user has.
pub fn common(
    connection: &Connection,
    user: UserId,
    request: &CommonRequest,
) -> Result<CommonReply, StoreError> {
    let now = batch::head(connection)?.epoch;
    let epoch = epoch::epochs(connection, now)?.ended().next().map(|_| now);
    let mut find = connection.prepare_cached(COMMON)?;
    for entry in request.log.iter().rev() {
        let asked = params![entry.op_id.bytes(), entry.hash.0, user.bytes()];
        let row = |row: &rusqlite::Row<'_>| Ok((DeviceId::from_bytes(row.get(0)?), row.get::<_, i64>(1)?));
        if let Some((device, seq)) = find.query_row(asked, row).optional()? {
            let seq = Seq(nat(seq)?);
            let common = Common { device, seq, hash: entry.hash };
            let lost = gaps(connection, device, user, seq)?;
            return Ok(CommonReply { common: Some(common), lost, epoch });
        }
    }
    Ok(CommonReply { common: None, lost: Vec::new(), epoch })
}

/// What is lost of a log, and of those that it began as a copy of, before a place.
fn gaps(
    connection: &Connection,
    device: DeviceId,
    user: UserId,
    before: Seq,
) -> Result<Vec<(Seq, Seq)>, StoreError> {
    let Some(line) = of_device(connection, device, user)? else { return Ok(Vec::new()) };
    let kin = kin(connection, line)?;
    let mut find = connection.prepare_cached(GAPS)?;
    let mut lost = Vec::new();
    for (line, last) in kin.logs() {
        let mut rows = find.query(params![line.0, int(before.0.min(last.0))])?;
        while let Some(row) = rows.next()? {
            lost.push((Seq(nat(row.get(0)?)?), Seq(nat(row.get(1)?)?)));
        }
    }
    lost.sort_unstable();
    Ok(lost)
}
