//! A blob: bytes that a field of kind `blob` names by their SHA-256.
//!
//! `PUT /v2/workspaces/{w}/blobs/{sum}` brings one, `GET …/blobs/{sum}?type=T&id=ID&schema=N` reads one by way of a record that names it.

use fieldbook_model::RecordId;
use fieldbook_model::chain::Hash;
use serde::{Deserialize, Serialize};

/// The bytes that one blob may have, where the server says no other number.
pub const BLOB_BYTES_MAX: u64 = 64 << 20;

/// The reply to a `PUT`: 201 where the blob was not there before, else 200.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobReply {
    /// The SHA-256 of its bytes.
    pub sum: Hash,
    /// How many there are.
    pub bytes: u64,
}

/// So much of a blob a device asks for at a time: it keeps what has come, and goes on there after a cut.
pub const BLOB_PIECE_BYTES: u64 = 1 << 20;

/// What a device asks for: a piece of a blob, by way of a record that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobAsk {
    /// Which.
    pub sum: Hash,
    /// The type of the record.
    pub of: String,
    /// Its id.
    pub id: RecordId,
    /// The version of the schema that the device has.
    pub schema: u32,
    /// The first byte that is not there yet.
    pub first: u64,
}

impl BlobAsk {
    /// The path behind that of the workspace.
    pub fn path(&self) -> String {
        format!("blobs/{}?type={}&id={}&schema={}", self.sum, self.of, self.id, self.schema)
    }

    /// What the header `Range` says.
    pub fn range(&self) -> String {
        format!("bytes={}-{}", self.first, self.first + BLOB_PIECE_BYTES - 1)
    }
}

/// The path of a blob that is brought, behind that of the workspace.
pub fn path_of(sum: Hash) -> String {
    format!("blobs/{sum}")
}

/// What `Content-Range` says: the first byte, and how many there are in all. `None` where it is no part of bytes.
pub fn range_of(header: &str) -> Option<(u64, u64)> {
    let (place, total) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = place.split_once('-')?;
    let (first, last, total) = (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (first <= last && last < total).then_some((first, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_begins_and_how_much_there_is() {
        for (header, expected) in [
            ("bytes 0-0/1", Some((0, 1))),
            ("bytes 5-9/10", Some((5, 10))),
            ("bytes 5-9/9", None),
            ("bytes 9-5/10", None),
            ("bytes */10", None),
            ("bytes 0-4/*", None),
            ("lines 0-4/5", None),
            ("", None),
        ] {
            assert_eq!(range_of(header), expected, "{header}");
        }
        let id = RecordId::from_bytes([1; 16]);
        let ask = BlobAsk { sum: Hash::ZERO, of: "floor".to_owned(), id, schema: 3, first: 1 << 20 };
        assert!(ask.path().ends_with(&format!("?type=floor&id={id}&schema=3")), "{}", ask.path());
        assert_eq!(ask.range(), "bytes=1048576-2097151");
    }
}
