//! Which port the server gets: the one asked for, or the next that is free.

use std::net::{Ipv4Addr, TcpListener};

use crate::args::{PORT, UpOptions};
use crate::problem::Problem;

/// How many ports are tried, one after the other.
const TRIES: u16 = 50;

/// What would be welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// This one, or one soon after.
    From(u16),
    /// The one that the tills know already, or the usual one.
    Usual,
    /// Any that nobody uses.
    Any,
}

impl Wish {
    /// From the command line.
    pub fn of(options: &UpOptions) -> Self {
        options.port.map_or(Self::Usual, Self::From)
    }

    /// The first port to try; 0 lets the system choose.
    pub fn first(self, known: Option<u16>) -> u16 {
        match self {
            Self::From(port) => port,
            Self::Usual => known.unwrap_or(PORT),
            Self::Any => 0,
        }
    }
}

/// The first free port from this one on.
pub fn free_from(first: u16) -> Result<u16, Problem> {
    let last = first.saturating_add(TRIES);
    let free = (first..=last).find_map(|port| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?;
        Some(listener.local_addr().ok()?.port())
    });
    free.ok_or_else(|| {
        Problem::failed(format!("no port from {first} to {last} is free; name another with --port"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_way_to_a_later_one() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let taken = holder.local_addr().expect("an address").port();
        let found = free_from(taken).expect("a free port");
        assert!(found > taken, "{found} {taken}");
    }

    #[test]
    fn the_system_may_choose() {
        assert_ne!(free_from(0).expect("a free port"), 0);
    }

    #[test]
    fn the_tills_port_comes_before_the_usual_one_and_a_named_one_before_both() {
        let cases = [
            (Wish::Usual, None, PORT),
            (Wish::Usual, Some(4185), 4185),
            (Wish::From(5000), Some(4185), 5000),
            (Wish::Any, Some(4185), 0),
        ];
        for (wish, known, expected) in cases {
            assert_eq!(wish.first(known), expected, "{wish:?}");
        }
    }
}
