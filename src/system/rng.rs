//! The injected random number generator. Only this module asks the system for random bytes.

use std::{fmt, sync::Arc};

/// Fills a buffer with random bytes.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// A random number generator. Tests inject a deterministic one.
#[derive(Clone)]
pub struct Rng(Arc<Fill>);

impl Rng {
    /// Returns the system's generator, which is fit for keys.
    ///
    /// # Panics
    /// Generating bytes panics if the system provides none, because the server could then keep no
    /// promise.
    #[expect(clippy::disallowed_methods, reason = "the only module that asks the system")]
    #[expect(clippy::expect_used, reason = "a machine without randomness can keep no promise: better to stop")]
    pub fn system() -> Self {
        Self::from_fn(|bytes| getrandom::fill(bytes).expect("the system gives random bytes"))
    }

    /// Returns a generator that calls `fill`.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// Returns `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// Returns 128 random bits as 32 hexadecimal digits.
    pub fn token(&self) -> String {
        format!("{:032x}", u128::from_le_bytes(self.bytes()))
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng")
    }
}
