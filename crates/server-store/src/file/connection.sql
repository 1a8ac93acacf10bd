-- Every connection. The page cache is in KiB when negative: about 64 MiB, used only as far as it is needed.
PRAGMA foreign_keys = OFF;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -65536;
