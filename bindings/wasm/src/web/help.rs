//! Diagnostics.

use fieldbook_device_store::Payloads;
use wasm_bindgen::prelude::*;

use super::{Engine, Thrown, fresh, thrown, wall};
use crate::help::{Diagnostics, no_recipient, recipient};

#[wasm_bindgen]
impl Engine {
    /// What diagnostics tell, and who opens them.
    pub fn diagnostics(&mut self, with_payloads: bool) -> Thrown<String> {
        let told = self.collect(with_payloads);
        Ok(told.told(recipient(self.engine.store()).map_err(thrown)?))
    }

    /// The file, encrypted to whom the server named.
    pub fn diagnostics_file(&mut self, with_payloads: bool) -> Thrown<Vec<u8>> {
        let to = recipient(self.engine.store()).map_err(thrown)?;
        let to = to.ok_or_else(|| thrown(no_recipient()))?;
        let told = self.collect(with_payloads);
        told.file(self.engine.caller(), &to, fresh()).map_err(thrown)
    }
}

impl Engine {
    fn collect(&mut self, with_payloads: bool) -> Diagnostics {
        let payloads = if with_payloads { Payloads::With } else { Payloads::Without };
        let server = self.engine.server().to_owned();
        Diagnostics::collect(self.engine.store(), &server, wall(), payloads)
    }
}
