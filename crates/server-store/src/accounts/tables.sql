-- Who may come in. Passwords and tokens stand here as hashes only.

CREATE TABLE workspace (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    file TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE member (
    workspace BLOB NOT NULL,
    user BLOB NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (workspace, user)
) STRICT, WITHOUT ROWID;

-- What an operator wants of members. The workspace's writer carries it into the log and says what became of it: an
-- empty text, or the refusal as JSON; NULL while it waits.
CREATE TABLE wanted (
    place INTEGER PRIMARY KEY,
    op BLOB NOT NULL UNIQUE,
    workspace BLOB NOT NULL,
    at INTEGER NOT NULL,
    payload TEXT NOT NULL,
    outcome TEXT
) STRICT;

CREATE TABLE device (
    id BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    user BLOB NOT NULL,
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    -- How many ops it had to send when it last said so.
    waiting INTEGER,
    -- Its public keys as JSON; NULL until it tells them.
    keys TEXT
) STRICT;

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
