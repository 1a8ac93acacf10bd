//! What a device says to programs, as JSON: a command's output and a browser's screens say the same. The fields keep their names and
//! meanings; there may be more of them one day.

mod acted;
mod again;
mod blob;
mod conflict;
mod log;
mod part;
mod status;

pub use acted::ActedForm;
pub use again::{MadeForm, StackForm, exported, written_at};
pub use blob::{BlobForm, BlobsForm};
pub use conflict::ConflictForm;
pub use log::LogForm;
pub use part::{LeftOutForm, PartForm, PrunedForm, PrunedTypeForm};
pub use status::{StatusForm, Whose};
