-- Version 8, behind lease: sessions that end, invitations, codes for a new password, and what was decided by whom.

-- When the device last signed in, and when its user last gave the password.
ALTER TABLE device ADD COLUMN session_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN confirmed_at INTEGER NOT NULL DEFAULT 0;
-- When its session was ended by hand; NULL: it lasts.
ALTER TABLE device ADD COLUMN ended_at INTEGER;
UPDATE device SET session_at = last_seen;

-- A deleted workspace lets nobody in. Its name is free again; what it was called stands here.
ALTER TABLE workspace ADD COLUMN deleted_at INTEGER;
ALTER TABLE workspace ADD COLUMN deleted_name TEXT;

-- Who wanted it, as JSON; NULL: an operator of an earlier program.
ALTER TABLE wanted ADD COLUMN by TEXT;
-- Whose rights decide whether it happens; NULL: nobody's.
ALTER TABLE wanted ADD COLUMN rights_of BLOB;

CREATE TABLE invite (
    -- Of its code; the first 8 bytes are what people and programs call it by.
    hash BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    role TEXT NOT NULL,
    -- Roles in parts of the workspace, as JSON.
    grants TEXT NOT NULL,
    -- Whoever takes it up has to give this address; NULL: anybody may.
    address TEXT,
    made_at INTEGER NOT NULL,
    -- As JSON.
    made_by TEXT NOT NULL,
    maker BLOB,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    used_at INTEGER,
    used_by BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX invite_workspace ON invite (workspace);

-- Codes with which a user may choose a new password.
CREATE TABLE reset (
    hash BLOB PRIMARY KEY,
    user BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

-- One row for each decision. Rows are added, never changed.
CREATE TABLE audit (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    workspace BLOB,
    -- As JSON.
    by TEXT NOT NULL,
    deed TEXT NOT NULL,
    about TEXT NOT NULL,
    is_done INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_workspace ON audit (workspace, place);
CREATE INDEX audit_deed ON audit (deed, place);

CREATE TRIGGER audit_stands BEFORE UPDATE ON audit BEGIN
    SELECT raise(ABORT, 'what was decided is never rewritten');
END;
