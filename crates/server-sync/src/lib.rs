//! The server's decisions: what an op does to the workspace. Knows no SQL, socket or clock.
