//! The plan, proved in five ways: a table of histories with what must be said to each, laws, knock-outs that show
//! that the table would notice, and all small worlds against a second reading of the rules.

mod agree;
mod bench;
mod copies;
mod knockouts;
mod language;
mod laws;
mod meanwhile;
mod names;
mod render;
mod schema;
mod server;
mod table;
mod worlds;
