//! A second, naive reading of the merge rules, which the real one is compared with.
//!
//! Written from the design and its exact rules, and from nothing else: it depends on the words
//! (`fieldbook-model`) and on none of the code that it judges. A workspace is one list of all that ever
//! happened. Whatever is asked (what does this field hold, who changed it last, had that device seen it) is
//! answered by reading the list from its beginning. There is no stamp, no image, no index that could be wrong.
//!
//! Never used by the product, only by tests.
//!
//! ```text
//! Offer ─▶ Reference::offer ─▶ Said          the server: one more event at the end of the list
//!             History: [Event, Event, …]
//! Device::shown(&history) ◀──────┘           a device: the list up to its cursor, its own ops on top
//! ```

pub mod act;
pub mod asked;
mod back;
mod bounds;
mod children;
pub mod clash;
pub mod conflict;
mod count;
mod depends;
pub mod device;
pub mod eyes;
mod forgotten;
mod gaps;
pub mod history;
mod inverse;
mod judge;
mod keys;
mod life;
mod lost;
mod make;
mod memo;
pub mod offer;
pub mod people;
mod play;
mod ranks;
mod rungs;
pub mod said;
pub mod server;
mod sets;
mod settle;
mod stamps;
pub mod state;
mod undo;
mod upgrade;

pub use conflict::{ConflictSeen, UnitSeen};
pub use device::{Device, LeftOut, Read, Shown, is_left_out};
pub use history::{Deed, Event, Held, History, Key, Standing, What};
pub use offer::{Content, Member, Offer};
pub use people::Person;
pub use said::{Answered, Author, Fate, Part, Ruling, Said, Same, Settled, SettledState};
pub use server::Reference;
