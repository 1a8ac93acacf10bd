//! Fieldbook as one of the peers of `bench/peers`: a client and a server that the harness speaks to in lines of JSON,
//! the limits of the machine, and the table of what was measured.
//!
//! The client is a plain user of the device crate, and the server is the real program: nothing is switched off for the
//! comparison. A second process tells the same times, for all are of the clock that processes share.

pub mod client;
pub mod limits;
pub mod lines;
pub mod machine;
pub mod server;
pub mod table;
pub mod watch;
