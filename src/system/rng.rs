//! Randomness, handed in: the only room that asks the system for it.

use std::{fmt, sync::Arc};

/// What fills bytes with random ones.
type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// A source of random bytes. Tests hand in one that repeats itself.
#[derive(Clone)]
pub struct Rng(Arc<Fill>);

impl Rng {
    /// The system's source, fit for keys.
    ///
    /// # Panics
    /// The source does when the system gives no random bytes: without them the server can keep no promise.
    #[expect(clippy::disallowed_methods, reason = "this is the room that may ask the system")]
    #[expect(clippy::expect_used, reason = "a machine without randomness can keep no promise: better to stop")]
    pub fn system() -> Self {
        Self::from_fn(|bytes| getrandom::fill(bytes).expect("the system gives random bytes"))
    }

    /// A source that fills as `fill` fills.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// 128 random bits as 32 hexadecimal digits.
    pub fn token(&self) -> String {
        format!("{:032x}", u128::from_le_bytes(self.bytes()))
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
