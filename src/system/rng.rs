//! The injected random number generator. Only this module asks the system for random bytes.

use std::{cell::RefCell, fmt, sync::Arc};

/// How many bytes a thread of [`Rng::buffered`] asks the system for at once.
const BUFFER_BYTES: usize = 1_024;

/// Random bytes of the system, for one thread.
struct Buffer {
    bytes: [u8; BUFFER_BYTES],
    /// How many of them were given.
    given: usize,
}

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
    pub fn system() -> Self {
        Self::from_fn(fill)
    }

    /// Returns the system's generator with a buffer for each thread, for keys of forms: a system
    /// call takes longer than everything else that such a key needs. Not for secrets, which would
    /// lie in memory before they are used.
    pub fn buffered() -> Self {
        thread_local! {
            static BUFFER: RefCell<Buffer> =
                const { RefCell::new(Buffer { bytes: [0; BUFFER_BYTES], given: BUFFER_BYTES }) };
        }
        Self::from_fn(|wanted| BUFFER.with_borrow_mut(|buffer| buffer.give(wanted, fill)))
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

#[expect(clippy::disallowed_methods, reason = "the only module that asks the system")]
#[expect(clippy::expect_used, reason = "a machine without randomness can keep no promise: better to stop")]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system gives random bytes");
}

impl Buffer {
    /// Fills `wanted` with bytes that no one got before, and erases them here.
    fn give(&mut self, wanted: &mut [u8], fill: impl Fn(&mut [u8])) {
        if wanted.len() > BUFFER_BYTES {
            return fill(wanted);
        }
        if wanted.len() > BUFFER_BYTES - self.given {
            fill(&mut self.bytes);
            self.given = 0;
        }
        let next = &mut self.bytes[self.given..self.given + wanted.len()];
        wanted.copy_from_slice(next);
        next.fill(0);
        self.given += wanted.len();
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng")
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, collections::HashSet};

    use super::*;

    #[test]
    fn no_bytes_are_given_twice() {
        let calls = Cell::new(0);
        let mut buffer = Buffer { bytes: [0; BUFFER_BYTES], given: BUFFER_BYTES };
        let mut give = |length: usize| {
            let mut wanted = vec![0; length];
            buffer.give(&mut wanted, |bytes| {
                calls.set(calls.get() + 1);
                bytes.fill(calls.get());
            });
            (wanted, buffer.bytes.iter().filter(|byte| **byte != 0).count())
        };
        assert_eq!(give(1_000), (vec![1; 1_000], 24));
        assert_eq!(give(24), (vec![1; 24], 0));
        assert_eq!(give(1), (vec![2], 1_023));
        assert_eq!(give(1_024), (vec![3; 1_024], 0));
        assert_eq!(give(1_025), (vec![4; 1_025], 0), "more than the buffer holds comes from the system");
        assert_eq!(give(0), (vec![], 0));
    }

    #[test]
    fn a_token_is_128_bits_in_lower_case() {
        let rng = Rng::from_fn(|bytes| (0..).zip(bytes).for_each(|(place, byte)| *byte = place * 16 + 15 - place));
        assert_eq!(rng.token(), "f0e1d2c3b4a5968778695a4b3c2d1e0f");
        let tokens: HashSet<_> =
            (0..1_000).flat_map(|_| [Rng::system(), Rng::buffered()].map(|rng| rng.token())).collect();
        assert_eq!(tokens.len(), 2_000);
    }
}
