//! Bytes that nobody may see: gone from memory when they are dropped, compared in constant time, absent from every `Debug`.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes. Not `Clone`, so that there is no copy which nobody thought of; what moves may leave one behind in memory.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    /// From bytes of the caller's, who sees to it that no other copy of them stays.
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the one who passes them on to where they belong.
    pub const fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Filled in place, so that the bytes lie nowhere else meanwhile.
    pub(crate) fn filled(fill: impl FnOnce(&mut [u8; N])) -> Self {
        let mut secret = Self([0; N]);
        fill(&mut secret.0);
        secret
    }
}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A key with a name of its own around a [`Secret`] of 32 bytes.
macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(PartialEq, Eq)]
        pub struct $name(pub(crate) $crate::Secret<32>);

        impl $name {
            /// From the 32 bytes that [`Self::expose`] gives.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self($crate::Secret::new(bytes))
            }
            /// The 32 bytes, for where they are kept.
            pub const fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}
pub(crate) use key;
