//! The clock, the random number generator, hashing and signatures.

pub mod clock;
pub mod consent_jwt;
pub(crate) mod cookie_signer;
pub(crate) mod digest;
pub(crate) mod percent_encode;
pub mod rng;
