-- Version 4, behind tables.sql: keys.

-- A device's public keys as JSON; NULL until it tells them.
ALTER TABLE device ADD COLUMN keys TEXT;

-- The server's half of what opens a device's database, made when the first device of a workspace needs it.
CREATE TABLE content_key (
    workspace BLOB NOT NULL,
    number INTEGER NOT NULL,
    key BLOB NOT NULL,
    PRIMARY KEY (workspace, number)
) STRICT, WITHOUT ROWID;

-- The key with which the server signs its orders: one row.
CREATE TABLE server_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    key BLOB NOT NULL
) STRICT;
