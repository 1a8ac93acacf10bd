//! Places: of an op in its device's log, and of an op in the workspace's total order.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// Before the first.
            pub const ZERO: Self = Self(0);
            /// The one after this.
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(/// An op's place in its device's log: 1, 2, 3 … without gaps.
    Seq(u64));
number!(/// A place in the workspace's total order: 1, 2, 3 …; 0 is the empty workspace.
    Version(u64));
number!(/// Which history a version belongs to: it grows when a server came back from an old backup.
    Epoch(u32));

/// The version up to which a device has everything in its scopes. Ordered within an epoch only.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The history that `version` counts in.
    pub epoch: Epoch,
    /// The last version that the device has.
    pub version: Version,
}
