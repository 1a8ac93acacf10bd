-- Version 6, behind support.sql: orders to wipe. What an order needs stands here once more: it outlives its device's token, its
-- user and the membership.

CREATE TABLE wipe (
    nonce BLOB PRIMARY KEY,
    device BLOB NOT NULL,
    workspace BLOB NOT NULL,
    device_name TEXT NOT NULL,
    user_name TEXT NOT NULL,
    -- By which its calls are known.
    token_hash BLOB NOT NULL,
    -- Its public keys as JSON, with which its confirmation is checked; NULL until it tells them.
    keys TEXT,
    -- The order as JSON, and the server's signature.
    text TEXT NOT NULL,
    signature BLOB NOT NULL,
    ordered_at INTEGER NOT NULL,
    ordered_by TEXT NOT NULL,
    -- Whether the device may send first what it has to send.
    rescue INTEGER NOT NULL,
    -- When the device was last seen before, and how many ops it then had to send, if it said so.
    last_seen INTEGER NOT NULL,
    waiting INTEGER,
    -- When a call with its token was answered with the order.
    reached_at INTEGER,
    -- When it said that it was done, and what.
    confirmed_at INTEGER,
    files INTEGER,
    unsent INTEGER,
    is_destroyed INTEGER,
    withdrawn_at INTEGER
) STRICT;

CREATE INDEX wipe_device ON wipe (device);
CREATE INDEX wipe_token ON wipe (token_hash);
