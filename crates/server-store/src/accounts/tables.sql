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
    waiting INTEGER
) STRICT;
