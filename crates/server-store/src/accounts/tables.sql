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

CREATE TABLE device (
    id BLOB PRIMARY KEY,
    workspace BLOB NOT NULL,
    user BLOB NOT NULL,
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL
) STRICT;
