//! Blobs that are here, and what is not.

use fieldbook_device_store::forms::BlobForm;
use fieldbook_model::chain::Hash;
use fieldbook_model::json;
use wasm_bindgen::prelude::*;

use super::{Engine, Thrown, list, thrown, wall};
use crate::failure::Failure;

#[wasm_bindgen]
impl Engine {
    /// The name of a blob.
    pub fn blob_sum(&self, bytes: &[u8]) -> String {
        Hash::of(bytes).to_string()
    }

    /// Keeps a blob of this device's own. Its name.
    pub fn put_blob(&mut self, bytes: &[u8]) -> Thrown<String> {
        Ok(self.engine.store().put_blob(bytes, wall()).map_err(thrown)?.to_string())
    }

    /// The bytes of a blob; nothing where they are not here.
    pub fn blob(&mut self, sum: &str) -> Thrown<Option<Vec<u8>>> {
        let words = "A blob is named by 64 hexadecimal digits in lower case.";
        let sum = Hash::parse(sum).ok_or_else(|| thrown(Failure::ask("wrong-call", words.to_owned())))?;
        self.engine.store().blob(sum, 0..u64::MAX).map_err(thrown)
    }

    /// Every blob that a record names, and how far it is.
    pub fn blobs(&mut self) -> Thrown<String> {
        let named = self.engine.store().blobs().map_err(thrown)?;
        Ok(list(named.into_iter().map(|blob| json::write(&BlobForm::from(blob)))))
    }

    /// How many bytes there is room for, as the browser says.
    pub fn room(&mut self, bytes: f64) {
        self.engine.store().set_room(Some(bytes as u64));
    }
}
