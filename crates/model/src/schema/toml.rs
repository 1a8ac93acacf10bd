//! Reads `schema.toml`.
