-- Every connection. The page cache is in KiB when negative: 4 MiB, of which there are some for each workspace.
PRAGMA foreign_keys = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -4096;
