//! The server as devices meet it: a real one on a free port, spoken to over TCP.

mod client;
mod device;
mod diagnostics;
mod doors;
mod history;
mod keeping;
mod keys;
mod limits;
mod live;
mod logs;
mod members;
mod metrics;
mod origin;
mod packed;
mod people;
mod policy;
mod pull;
mod push;
mod raw;
mod refusals;
mod scopes;
mod sign_in;
mod stop;
mod tls;
mod wipe;
mod world;
