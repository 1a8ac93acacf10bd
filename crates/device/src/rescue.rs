//! What a home with a damaged database still gives.

use std::path::Path;

use fieldbook_device_store::{self as store, Rescued, StoreError};

use crate::error::DeviceError;
use crate::home::{Home, HomeFile};
use crate::keys::Keys;

/// Reads the ops that a home had not sent, as far as its pages can be read; and whose home it is. Nothing is changed.
///
/// # Errors
/// Where its keys or the beginning of its database do not open.
pub fn rescue(home: &Path) -> Result<(HomeFile, Rescued), DeviceError> {
    let home = Home::at(home);
    let file = home.read()?;
    let keys = match Keys::read(&home)? {
        Keys::Earlier(key) => vec![key],
        Keys::Held(held) => held.database,
    };
    for key in keys.iter().rev() {
        match store::rescue(&home.database(), key) {
            Err(StoreError::WrongKey) => {}
            read => return Ok((file, read?)),
        }
    }
    Err(StoreError::WrongKey.into())
}
