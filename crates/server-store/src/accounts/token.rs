//! Tokens and codes: 32 random bytes each. A device shows its token with every call; an invitation or a new password is had for a
//! code, once. Only hashes are stored.

use sha2::{Digest, Sha256};

/// What a text of 32 random bytes is for. Each kind begins with letters of its own, so that a leaked one is recognised and none is
/// taken for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A device's session.
    Session,
    /// An invitation.
    Invite,
    /// A new password.
    Reset,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Session => "fb1_",
            Self::Invite => "fbi_",
            Self::Reset => "fbr_",
        }
    }
}

/// The text of a token or code.
pub fn write(kind: Kind, token: [u8; 32]) -> String {
    kind.prefix().to_owned() + &hex(&token)
}

/// What is stored of it.
pub fn hash(token: [u8; 32]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Reads its text; `None` when it cannot be one of this kind.
pub fn read(kind: Kind, text: &str) -> Option<[u8; 32]> {
    bytes(text.strip_prefix(kind.prefix())?)?.try_into().ok()
}

/// Bytes as small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads [`hex`].
pub fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digit = |b: &u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(&pair[0])? << 4 | digit(pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let token: [u8; 32] = std::array::from_fn(|place| place as u8 * 7);
        let text = write(Kind::Session, token);
        assert_eq!(read(Kind::Session, &text), Some(token));
        for wrong in ["", "fb1_", &text[1..], &text[..67], &format!("{text}0"), &text.to_uppercase()] {
            assert_eq!(read(Kind::Session, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_kind_is_taken_for_another() {
        let all = [Kind::Session, Kind::Invite, Kind::Reset];
        for (a, b) in all.into_iter().flat_map(|a| all.map(|b| (a, b))) {
            assert_eq!(read(b, &write(a, [7; 32])).is_some(), a == b);
        }
    }
}
