//! The files of an origin: a pool of handles, which one worker has alone.

use sqlite_wasm_rs::vfs::VfsFilesManager as _;
use sqlite_wasm_vfs::sahpool::{
    OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install as install_pool,
};
use wasm_bindgen::prelude::*;

use super::{Thrown, thrown};
use crate::failure::Failure;

/// How many files are kept ready: a database has two, and a third while it is written anew.
const FILES_READY: usize = 6;

/// Opens the files of this origin. The worker that calls it has them alone until it ends.
#[wasm_bindgen]
pub async fn install(directory: String) -> Thrown<Files> {
    let config = OpfsSAHPoolCfgBuilder::new().directory(&directory).initial_capacity(FILES_READY).build();
    install_pool::<sqlite_wasm_rs::WasmOsCallback>(&config, true).await.map(Files).map_err(no_storage)
}

fn no_storage(error: OpfsSAHError) -> JsValue {
    // The pool writes to its files when it takes them, and tells why that failed in words alone.
    if error.to_string().contains("QuotaExceededError") {
        let words = "There is no room left on this device: make room, then open this page again. What was saved is still there.";
        return thrown(Failure::ask("disk-full", words));
    }
    thrown(Failure::ask("no-storage", format!("The browser gives no place for data: {error}")))
}

/// The files of this origin, as this worker has them.
#[wasm_bindgen]
pub struct Files(OpfsSAHPoolUtil);

#[wasm_bindgen]
impl Files {
    /// Takes a database away, with its log, that nobody was shown as there. It must not be open.
    pub fn remove(&self, path: &str) -> Thrown<()> {
        for end in ["", "-wal", "-journal"] {
            self.0.remove(&format!("{path}{end}")).map_err(no_storage)?;
        }
        Ok(())
    }
}
