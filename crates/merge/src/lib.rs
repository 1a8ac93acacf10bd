//! The merge rules as pure functions of rows and changes.
