//! The file: lines of JSON in an age file. The first says who wrote the others, and signs them.
//!
//! ```text
//!   {"v":1,"device":…,"hash":…,"signed":{"keys":…,"signature":…}}    hash: of all lines below
//!   {"program":{…}}
//!   {"op":{…}} …
//! ```

use fieldbook_crypto::age::{self, Identity, Recipient};
use fieldbook_crypto::{Bundle, DeviceKeys, DevicePublic, Fresh, KeyError, Signature};
use fieldbook_model::{DeviceId, Hash, json};
use serde::{Deserialize, Serialize};

use super::parts::Part;

/// The bytes of a file that is sent or opened. What a device makes stays far below.
pub const FILE_BYTES_MAX: usize = 16 << 20;
/// The number of the form. It grows with every part and every field.
const VERSION: u64 = 1;
/// How an age file begins.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    v: u64,
    device: DeviceId,
    hash: Hash,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed: Option<By>,
}

/// As much of the first line as every form has.
#[derive(Deserialize)]
struct Form {
    v: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    keys: DevicePublic,
    signature: Signature,
}

/// What a server answers to whom it kept a file for.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiagnosticsReply {
    /// What the server calls it: somebody tells that to whoever helps.
    pub name: String,
    /// The bytes that it took.
    pub bytes: u64,
}

/// By whom a file is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// By nobody: the device had no keys, or could not read them.
    Not,
    /// By whoever has the secret of these keys. Whether they are the device's says nothing in the file.
    By(DevicePublic),
}

/// A file that was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The device that says it made it.
    pub device: DeviceId,
    /// Who signed that.
    pub signed: Signed,
    /// What it tells.
    pub parts: Vec<Part>,
}

/// Why a file was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is nothing of the kind.
    #[error("this is no diagnostics file: it does not begin as an age file does")]
    Foreign,
    /// Its end is missing, or it was changed.
    #[error(
        "this file was cut off or changed on its way: have it sent again, as a file and not within a mail"
    )]
    Damaged,
    /// It is for somebody else.
    #[error("this key does not open the file: it was made for another server's support key")]
    WrongKey,
    /// A newer program wrote it.
    #[error("the file has the form {0} of a newer program; update this one")]
    Newer(u64),
    /// It opened, and holds something else.
    #[error("the file opened, and what is in it is not what a device writes: {0}")]
    Content(String),
    /// It is not signed by the keys that it names.
    #[error("the file says that it is signed, and the signature is not by the keys that it names")]
    Signature,
}

/// What is encrypted: the head and the parts.
pub fn text(device: DeviceId, parts: &[Part], signer: Option<&DeviceKeys>) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        json::append(&mut body, part);
        body.push(b'\n');
    }
    let hash = Hash::of(&body);
    let signed =
        signer.map(|keys| By { keys: keys.public(), signature: keys.sign_bundle(&Bundle { device, hash }) });
    let mut text = Vec::with_capacity(body.len() + 1024);
    json::append(&mut text, &Head { v: VERSION, device, hash, signed });
    text.push(b'\n');
    text.extend(body);
    text
}

/// The file of some parts, for one reader.
///
/// # Errors
/// [`KeyError::Public`] for a recipient that nobody has the identity of.
pub fn seal(
    (device, signer): (DeviceId, Option<&DeviceKeys>),
    parts: &[Part],
    to: &Recipient,
    fresh: Fresh,
) -> Result<Vec<u8>, KeyError> {
    age::encrypt(to, &text(device, parts, signer), fresh)
}

/// Opens a file and checks its signature by the keys that it names.
///
/// # Errors
/// See [`OpenError`]: each says what is wrong with the file.
pub fn open(by: &Identity, file: &[u8]) -> Result<Opened, OpenError> {
    let plain = age::decrypt(by, file).map_err(|error| match error {
        KeyError::WrongKey(_) => OpenError::WrongKey,
        KeyError::Form { .. } if !begins_as_one(file) => OpenError::Foreign,
        _ => OpenError::Damaged,
    })?;
    read(&plain)
}

/// Whether a file is as an age file is from its first byte on, however few are left of it.
pub fn begins_as_one(file: &[u8]) -> bool {
    !file.is_empty() && file.iter().zip(MAGIC).all(|(found, wanted)| found == wanted)
}

/// Reads what was encrypted, and checks its signature.
///
/// # Errors
/// [`OpenError::Newer`], [`OpenError::Content`] and [`OpenError::Signature`].
pub fn read(plain: &[u8]) -> Result<Opened, OpenError> {
    let content = |words: &str| OpenError::Content(words.to_owned());
    let text = std::str::from_utf8(plain).map_err(|_| content("no text"))?;
    let (head, body) = text.split_once('\n').ok_or_else(|| content("no first line"))?;
    let wrong = |line: usize, error: json::JsonError| {
        OpenError::Content(format!("in line {}: {}", line + 1, error.reason))
    };
    let Form { v } = json::parse(head).map_err(|error| wrong(0, error))?;
    if v != VERSION {
        return Err(OpenError::Newer(v));
    }
    let head: Head = json::parse(head).map_err(|error| wrong(0, error))?;
    if Hash::of(body.as_bytes()) != head.hash {
        return Err(content("the parts are not those that the first line was written for"));
    }
    if !body.is_empty() && !body.ends_with('\n') {
        return Err(content("the last line does not end"));
    }
    let parts = body.lines().enumerate();
    let parts = parts.map(|(at, line)| json::parse(line).map_err(|error| wrong(at + 1, error)));
    let parts = parts.collect::<Result<Vec<Part>, _>>()?;
    let device = head.device;
    let signed = match head.signed {
        None => Signed::Not,
        Some(By { keys, signature }) => {
            let checked = keys.check_bundle(&Bundle { device, hash: head.hash }, &signature);
            checked.map_err(|_| OpenError::Signature)?;
            Signed::By(keys)
        }
    };
    Ok(Opened { device, signed, parts })
}
