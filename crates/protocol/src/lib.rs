//! The wire: requests, replies and streams of sync-v2.
