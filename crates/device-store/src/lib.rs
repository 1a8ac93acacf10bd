//! The device's encrypted SQLite database.
