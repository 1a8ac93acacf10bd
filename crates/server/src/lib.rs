//! The server: HTTP, sign-in, one writer per workspace.
