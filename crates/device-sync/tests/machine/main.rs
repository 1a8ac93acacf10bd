//! The session machine by transcripts: what it is told, and all that it says to that.
//!
//! ```text
//!   begin 1:10            => collect; pull #1
//!   none                                          nothing is waiting: no output
//!   pull #1 ends          => live #2 at 1:10
//!   +500                                          half a second goes by; nobody tells the machine
//!   wait                  => …                    the clock goes to the deadline, and the machine hears a tick
//!   is quiet                                      a look at it, as are `stuck sending`, `deadline +30000` …
//! ```
//!
//! `language` reads the inputs and writes the outputs, `bench` plays them and checks after each one what must
//! hold always. `table`, `trouble` and `conditions` are the cases, `waits` measures the waits, `parting` and `removal` are about a server that
//! has another log or does not know the person any more, `blobs` about what comes last of all, `random` throws anything at it.

mod bench;
mod blobs;
mod comparing;
mod conditions;
mod language;
mod loading;
mod parting;
mod random;
mod removal;
mod table;
mod trouble;
mod waits;
