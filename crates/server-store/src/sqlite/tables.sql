-- One workspace. Numbers instead of ids wherever a thing is named often: types, lines, records.

-- What never changes.
CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    workspace BLOB NOT NULL,
    schema TEXT NOT NULL
) STRICT;

-- Where the workspace stands. Apart from `meta`, so that a commit does not write the schema again.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT;

-- Record types by number, so that their places in the schema may move.
CREATE TABLE type (
    of INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The logs of devices.
CREATE TABLE line (
    line INTEGER PRIMARY KEY,
    device BLOB NOT NULL UNIQUE,
    user BLOB NOT NULL,
    last_seq INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    has_parked INTEGER NOT NULL
) STRICT;

-- Every op at its place in the total order. `answer` is NULL when the op was plainly committed, `effects` when
-- it only made new records: then its text says everything. `links` names, for each older record that the op
-- touched, the version that touched it before: history walks back from `record.touched`, so that no index of
-- (record, version) has to be kept.
CREATE TABLE op (
    version INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    op_id BLOB NOT NULL,
    hash BLOB NOT NULL,
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
    UNIQUE (of, id)
) STRICT;

CREATE INDEX record_by_version ON record (version);

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
    made INTEGER NOT NULL,
    PRIMARY KEY (line, of, id)
) STRICT, WITHOUT ROWID;
