//! The wire against `golden/`: every shape reads and writes the same bytes, what is wrong is refused, what is
//! cut off is noticed, and no bytes at all make a reader panic.

mod codes;
mod cut;
mod echo;
mod fuzz;
mod keys;
mod shapes;
mod text;
