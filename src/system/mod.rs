//! The clock, the random number generator and hashing.

pub mod clock;
pub(crate) mod cookie_signer;
pub(crate) mod digest;
pub mod rng;
