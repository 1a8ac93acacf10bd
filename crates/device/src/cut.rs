//! Where a change of the files of a home can be cut off. Only tests do that: one asks for the cut at each place in turn.

/// A place. Elsewhere than in a test nothing happens here.
#[cfg(not(test))]
#[inline]
pub fn here() -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub use asked::{after, here, is_over};

#[cfg(test)]
mod asked {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// From now on this thread passes so many places, and is cut off at the next one.
    pub fn after(places: u32) {
        LEFT.set(Some(places + 1));
    }

    /// Ends it, and tells whether it came to the cut.
    pub fn is_over() -> bool {
        LEFT.replace(None) == Some(0)
    }

    /// A place. What comes behind the cut does not happen either.
    pub fn here() -> io::Result<()> {
        match LEFT.get() {
            Some(0 | 1) => {
                LEFT.set(Some(0));
                Err(io::Error::other("the power is cut"))
            }
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}
