//! The world: devices and a server from one seed, under a virtual clock.
