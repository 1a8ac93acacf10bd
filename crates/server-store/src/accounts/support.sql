-- Version 5, behind keys.sql: the key to which devices encrypt their diagnostics: one row.
CREATE TABLE support_key (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    identity BLOB NOT NULL,
    -- When it was last given out in clear; NULL: never.
    exported_at INTEGER
) STRICT;
