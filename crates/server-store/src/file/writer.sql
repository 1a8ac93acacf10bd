-- The one that writes. An answer is sent only for what survives a power cut: FULL syncs the log at each commit.
-- A large batch stays in memory until its commit, and 32 MiB of what was read stay too;
-- the log is moved into the file every 16 MiB, and cut back to 32 MiB after one that was larger.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -32768;
PRAGMA cache_spill = OFF;
PRAGMA wal_autocheckpoint = 4000;
