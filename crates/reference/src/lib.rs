//! A second, naive reading of the merge rules, which the real one is compared with.
