//! The fingerprint of a server's certificate: what a device that trusts no authority for it goes by.
//!
//! ```text
//! 5E:0C:…:91   SHA-256 of the certificate, as the server prints it and a person passes it on
//! ```

use std::fmt;
use std::str::FromStr;

use fieldbook_model::chain::Hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// SHA-256 of a certificate's DER bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// Why a text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint has 64 hexadecimal digits, with or without colons between them")]
pub struct NoFingerprint;

impl Fingerprint {
    /// Of a certificate.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Hash::of(certificate).0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    /// Reads it as it is printed here or by other programs: large or small digits, with colons or without.
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(NoFingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn digit(byte: u8) -> Result<u8, NoFingerprint> {
    let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digit.ok_or(NoFingerprint)
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_people_pass_it_on() {
        let printed = Fingerprint::of(b"a certificate");
        let text = printed.to_string();
        assert_eq!(text.len(), 95);
        let check = |text: &str, expected: Result<Fingerprint, NoFingerprint>| {
            assert_eq!(text.parse(), expected, "{text}");
        };
        check(&text, Ok(printed));
        check(&format!(" {}\n", text.to_lowercase()), Ok(printed));
        check(&text.replace(':', ""), Ok(printed));
        check(&text[..94], Err(NoFingerprint));
        check(&format!("{text}:00"), Err(NoFingerprint));
        check(&text.replacen(':', "é", 1), Err(NoFingerprint));
        check(&format!("G{}", &text[1..]), Err(NoFingerprint));
        check("", Err(NoFingerprint));
    }
}
