//! Scripts on a disk that fails: what a device or a server does step by step, cut off at every point at which something can
//! go wrong on its disk, and gone on with. The stores are the real ones, on real files under `fieldbook-faulty-disk`.
//!
//! ```text
//!   Script ──► once undisturbed: the points, what was shown at each moment, the end ──► Course
//!      └─────► once for each point and kind of fault ──► checks ──► played to the end ──► the same end
//! ```

pub mod base;
pub mod checks;
pub mod course;
pub mod device;
pub mod runs;
pub mod script;
pub mod scripts;
pub mod server;
pub mod stage;
pub mod trouble;

pub use course::{Case, Course, Kind};
pub use runs::{Report, Share, run_all};
pub use script::{Script, Step};
pub use scripts::scripts;
