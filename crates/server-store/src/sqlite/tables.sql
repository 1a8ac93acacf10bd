-- One workspace. Numbers instead of ids wherever a thing is named often: types, lines, records.

-- What never changes.
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    workspace BLOB NOT NULL
) STRICT;

-- Every version of the schema that the workspace had, and the place in the total order from which on it is in force.
-- `log` is the running hash there.
-- The newest is the one that the rows have; what was dropped stands in it, marked as retired.
CREATE TABLE schema (
    version INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    log BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Where the workspace stands, and the version of its schema, by which whoever has the file open notices another.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL,
    schema INTEGER NOT NULL
) STRICT;

-- Where the histories before the one in force ended: up to `fork` they have the same ops as it.
CREATE TABLE epoch (
    epoch INTEGER PRIMARY KEY,
    fork INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;

-- Record types by number, so that their places in the schema may move.
CREATE TABLE type (
    of INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The logs of devices. One that began as a copy of another names that one, its last common op, and where that stands in
-- the total order.
CREATE TABLE line (
    line INTEGER PRIMARY KEY,
    device BLOB NOT NULL UNIQUE,
    user BLOB NOT NULL,
    name TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    has_parked INTEGER NOT NULL,
    parent INTEGER,
    parted_seq INTEGER,
    parted_at INTEGER
) STRICT;

-- Every op at its place in the total order. `answer` is NULL when the op was plainly committed, `effects` when
-- it only made new records: then its text says everything. `links` names, for each older record that the op
-- touched, the version that touched it before: history walks back from `record.touched`, so that no index of
-- (record, version) has to be kept. `log` is the running hash of all ops up to this one.
CREATE TABLE op (
    version INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    op_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    log BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    answer TEXT,
    links BLOB,
    effects BLOB,
    text TEXT NOT NULL
) STRICT;

-- Not unique: an altered op under a known id takes its place in its log too.
CREATE INDEX op_by_id ON op (op_id);
-- For a device's own answers between two versions.
CREATE UNIQUE INDEX op_by_line ON op (line, version);

-- Every record, deleted ones too. `row` is the JSON list that a page sends.
CREATE TABLE record (
    rid INTEGER PRIMARY KEY,
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    stamps BLOB NOT NULL,
    row TEXT NOT NULL,
    scope INTEGER NOT NULL DEFAULT 0,
    UNIQUE (of, id)
) STRICT;

CREATE INDEX record_by_version ON record (version);
-- A workspace whose records all lie at the root pays nothing for it.
CREATE INDEX record_by_scope ON record (scope, version) WHERE scope > 0;

-- Scopes by number: the records that open them, and the scopes in which those lie. 0 is the root.
CREATE TABLE scope (
    n INTEGER PRIMARY KEY,
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    parent INTEGER NOT NULL,
    UNIQUE (of, id)
) STRICT;

CREATE INDEX scope_by_parent ON scope (parent);

-- Scopes that came to lie in others, and where they lay before.
CREATE TABLE scope_moved (
    version INTEGER NOT NULL,
    n INTEGER NOT NULL,
    parent INTEGER NOT NULL,
    PRIMARY KEY (version, n)
) STRICT, WITHOUT ROWID;

-- Records that left a scope: a device that has it, and not the one where they are now, is told.
CREATE TABLE record_left (
    version INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    PRIMARY KEY (version, rid)
) STRICT, WITHOUT ROWID;

-- The acts that idempotency keys stand for, where the key is more than the op's own id.
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    op BLOB NOT NULL,
    action TEXT NOT NULL,
    fields TEXT NOT NULL,
    made TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Ids that duplicates made, and the ids in force.
CREATE TABLE alias (
    of INTEGER NOT NULL,
    own BLOB NOT NULL,
    existing BLOB NOT NULL,
    PRIMARY KEY (of, own)
) STRICT, WITHOUT ROWID;

-- What refused ops would have done.
CREATE TABLE parked (
    line INTEGER NOT NULL,
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    op BLOB NOT NULL,
    seq INTEGER NOT NULL,
    inserts INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    PRIMARY KEY (line, of, id, version, op)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_insert ON parked (line, of, id) WHERE inserts;
CREATE INDEX parked_op ON parked (op);

-- Ops that wait for a person, each in one conflict: the one of the op that met another's change. A ghost does not
-- wait itself: a refused resolution upon which later ops may build. `role` is that of the author then. One that is
-- `lost` waits for what the server lost, and for no person.
CREATE TABLE held (
    op BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    line INTEGER NOT NULL,
    conflict BLOB NOT NULL,
    ghost INTEGER NOT NULL,
    role TEXT NOT NULL,
    lost INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX held_by_conflict ON held (conflict, version);

-- The records that held ops touch.
CREATE TABLE held_touch (
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    op BLOB NOT NULL,
    made INTEGER NOT NULL,
    PRIMARY KEY (of, id, op)
) STRICT, WITHOUT ROWID;

CREATE INDEX held_touch_by_op ON held_touch (op);

-- The records that held ops name and that the server lost.
CREATE TABLE lack (
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    op BLOB NOT NULL,
    PRIMARY KEY (of, id, op)
) STRICT, WITHOUT ROWID;

CREATE INDEX lack_by_op ON lack (op);

-- Where owners closed recoveries: nobody waits any longer for what was lost with the epochs before one.
CREATE TABLE recovery (
    version INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL
) STRICT;

-- Ops that were acknowledged, that the server lost and that their devices do not have any more: from `first` on those
-- before `next`. `numbers` are those of series that they gave out, as far as their device knows; `version` is where the
-- workspace stood when it was told.
CREATE TABLE gap (
    line INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    numbers TEXT NOT NULL,
    PRIMARY KEY (line, first)
) STRICT, WITHOUT ROWID;

-- Up to where a backup of the workspace is known to be safe.
CREATE TABLE backup_mark (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- The records that ops touched in vain, or not at once: those that were refused or held, whatever became of them. The
-- history of a record tells of these too.
CREATE TABLE attempt (
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (of, id, version)
) STRICT, WITHOUT ROWID;

-- What became of ops that were held or refused, as a page sends it.
CREATE TABLE settled (
    place INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,
    version INTEGER NOT NULL,
    op BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX settled_by_line ON settled (line, version);
CREATE INDEX settled_by_op ON settled (op);

-- Records by the keys that their rows have, deleted ones too; only of types that have keys.
CREATE TABLE key_of (
    of INTEGER NOT NULL,
    key INTEGER NOT NULL,
    value TEXT NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (of, key, value, id)
) STRICT, WITHOUT ROWID;

-- Pairs of records that may share a key, since a person said so. Each stands in both orders.
CREATE TABLE accepted (
    of INTEGER NOT NULL,
    a BLOB NOT NULL,
    b BLOB NOT NULL,
    PRIMARY KEY (of, a, b)
) STRICT, WITHOUT ROWID;

-- What a person may, as JSON, after each change of it: its last row up to a version is what holds there.
CREATE TABLE access (
    user BLOB NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (user, version)
) STRICT, WITHOUT ROWID;

-- The last undo or redo of an op that took anything back: whether the op is taken back by it, or done again.
CREATE TABLE toggled (
    op BLOB PRIMARY KEY,
    by BLOB NOT NULL,
    back INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Up to this version deleted records may be forgotten: a page that begins below it would not tell of them. `rid` is the
-- highest number of a record that is: none is given twice.
CREATE TABLE horizon (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    rid INTEGER NOT NULL
) STRICT;
INSERT INTO horizon (one, version, rid) VALUES (1, 0, 0);

-- Deleted records that are forgotten: their ids, for good. By whom and when each was deleted, the number that its history
-- knows it by, the last op that this tells of, and where it lay.
CREATE TABLE gone (
    of INTEGER NOT NULL,
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    line INTEGER NOT NULL,
    rid INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    scope INTEGER NOT NULL,
    PRIMARY KEY (of, id)
) STRICT, WITHOUT ROWID;

-- The deleted records, which are forgotten when they are old.
CREATE INDEX record_deleted ON record (version, rid) WHERE deleted;
