//! Exact decimals: a whole number of 10^-scale, so that sums are exact and SQLite can add them.

use std::fmt;

/// The most digits that a decimal has in all, so that a sum of many still fits 64 bits with a check.
pub const DIGITS_MAX: u32 = 18;
/// The greatest magnitude of a scaled number.
pub const SCALED_MAX: i64 = 999_999_999_999_999_999;

/// Why a text is no decimal of the wanted scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalError {
    /// Not digits with at most one sign and one point.
    Form,
    /// More places behind the point than the field has.
    Places,
    /// More than [`DIGITS_MAX`] digits.
    Range,
}

/// Reads `-12.5` at scale 2 as -1250. Zeros beyond the scale are accepted, other digits are not.
pub fn parse(text: &str, scale: u8) -> Result<i64, DecimalError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(part) || digits.ends_with('.') {
        return Err(DecimalError::Form);
    }
    let scale = usize::from(scale);
    let (kept, cut) = part.split_at(part.len().min(scale));
    if cut.bytes().any(|b| b != b'0') {
        return Err(DecimalError::Places);
    }
    let mut scaled: i64 = 0;
    for digit in whole.bytes().chain(kept.bytes()).chain(std::iter::repeat_n(b'0', scale - kept.len())) {
        scaled = scaled
            .checked_mul(10)
            .and_then(|n| n.checked_add(i64::from(digit - b'0')))
            .filter(|n| *n <= SCALED_MAX)
            .ok_or(DecimalError::Range)?;
    }
    Ok(if text.starts_with('-') { -scaled } else { scaled })
}

/// A scaled number as text with exactly `scale` places: -1250 at scale 2 is `-12.50`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scaled(pub i64, pub u8);

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, scale) = *self;
        if scale == 0 {
            return number.fmt(f);
        }
        let unit = 10_u64.saturating_pow(u32::from(scale));
        let size = number.unsigned_abs();
        let sign = if number < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:0width$}", size / unit, size % unit, width = usize::from(scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_read_and_write_exactly() {
        for (text, scale, scaled, back) in [
            ("118.50", 2, 11850, "118.50"),
            ("118.5", 2, 11850, "118.50"),
            ("-0.05", 2, -5, "-0.05"),
            ("7", 0, 7, "7"),
            ("7.000", 0, 7, "7"),
            ("0.0300", 2, 3, "0.03"),
        ] {
            assert_eq!(parse(text, scale), Ok(scaled), "{text}");
            assert_eq!(Scaled(scaled, scale).to_string(), back);
        }
        for (text, scale, why) in [
            ("1.234", 2, DecimalError::Places),
            ("1.", 2, DecimalError::Form),
            (".5", 2, DecimalError::Form),
            ("1e3", 2, DecimalError::Form),
            ("+1", 2, DecimalError::Form),
            ("--1", 2, DecimalError::Form),
            ("", 2, DecimalError::Form),
            ("1234567890123456789", 0, DecimalError::Range),
            ("99999999999999999999999", 0, DecimalError::Range),
        ] {
            assert_eq!(parse(text, scale), Err(why), "{text}");
        }
    }
}
