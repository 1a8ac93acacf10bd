//! The native driver of the device: a home folder, a sync loop, live queries.
