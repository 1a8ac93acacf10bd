//! Places: of an op in its device's log, and of an op in the workspace's total order.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::json::Words;

/// The last number that a database has room for. No log and no order comes near it, so one beyond is no place.
const PLACE_MAX: u64 = i64::MAX as u64;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let number = <$inner>::deserialize(d)?;
                match u64::from(number) <= PLACE_MAX {
                    true => Ok(Self(number)),
                    false => Err(de::Error::custom(Words("a place is at most 9223372036854775807"))),
                }
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// The history that `version` counts in.
    pub epoch: Epoch,
    /// The last version that the device has.
    pub version: Version,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn a_place_is_one_that_a_database_has_room_for() {
        assert_eq!(json::parse::<Seq>("9223372036854775807"), Ok(Seq(PLACE_MAX)));
        let beyond = json::parse::<Version>("9223372036854775808").expect_err("no place");
        assert_eq!(beyond.reason, "a place is at most 9223372036854775807");
        assert!(json::parse::<Epoch>("4294967296").is_err());
    }
}
