//! The saved ones.
