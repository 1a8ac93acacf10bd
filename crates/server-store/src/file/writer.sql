-- The one that writes. An answer is sent only for what survives a power cut: FULL syncs the log at each commit.
-- The cache is 64 MiB, used as far as it is needed, and a large batch stays in memory until its commit; the log is moved into the file every 16 MiB,
-- and cut back to 32 MiB after one that was larger.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;
PRAGMA cache_spill = OFF;
PRAGMA wal_autocheckpoint = 4000;
