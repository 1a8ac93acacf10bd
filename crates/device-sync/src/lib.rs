//! The device's decisions: session machine, rebase, status. Knows no SQL, socket or clock.
