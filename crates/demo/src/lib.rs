//! The demo shop: real data turned into ops.
