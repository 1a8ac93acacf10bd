//! The server's stores: workspaces and accounts.
