//! Tokens: 32 random bytes that a device shows with every call. Only their hash is stored.

use sha2::{Digest, Sha256};

/// What every token begins with, so that a leaked one is recognised.
const PREFIX: &str = "fb1_";

/// The text of a token.
pub fn write(token: [u8; 32]) -> String {
    let digits = token.iter().map(|byte| format!("{byte:02x}"));
    PREFIX.to_owned() + &digits.collect::<String>()
}

/// What is stored of a token.
pub fn hash(token: [u8; 32]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Reads a token's text; `None` when it cannot be one.
pub fn read(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix(PREFIX)?.as_bytes();
    let digit = |b: &u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let bytes: Option<Vec<u8>> =
        digits.chunks(2).map(|pair| Some(digit(&pair[0])? << 4 | digit(pair.get(1)?)?)).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let token: [u8; 32] = std::array::from_fn(|place| place as u8 * 7);
        let text = write(token);
        assert_eq!(read(&text), Some(token));
        for wrong in ["", "fb1_", &text[1..], &text[..67], &format!("{text}0"), &text.to_uppercase()] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
