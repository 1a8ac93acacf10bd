//! A call, as whoever makes it sees it.

use fieldbook_device_sync::CallId;
use fieldbook_model::json;
use wasm_bindgen::prelude::*;

use crate::call::Order;

/// A call to be made, or one to be ended.
#[wasm_bindgen]
pub struct Call(pub(super) Order);

#[wasm_bindgen]
impl Call {
    /// Its name.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> f64 {
        let (Order::Cancel(CallId(id)) | Order::Make(crate::call::Outgoing { id: CallId(id), .. })) = &self.0;
        *id as f64
    }

    /// The path behind the server's address; nothing where a call is to be ended.
    #[wasm_bindgen(getter)]
    pub fn path(&self) -> Option<String> {
        self.made().map(|call| call.path.clone())
    }

    /// The headers, as a JSON list of pairs.
    #[wasm_bindgen(getter)]
    pub fn headers(&self) -> Option<String> {
        self.made().map(|call| json::write(&call.headers))
    }

    /// What is sent; nothing with a GET.
    #[wasm_bindgen(getter)]
    pub fn body(&self) -> Option<String> {
        self.made().and_then(|call| call.body.clone())
    }

    fn made(&self) -> Option<&crate::call::Outgoing> {
        match &self.0 {
            Order::Make(call) => Some(call),
            Order::Cancel(_) => None,
        }
    }
}
