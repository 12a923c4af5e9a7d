//! The clock, the random number generator, hashing, signatures, countries of addresses, SMTP, and
//! the HTTP client.

pub mod clock;
pub mod consent_jwt;
pub(crate) mod cookie_signer;
pub mod country_database;
pub(crate) mod device_key;
pub(crate) mod digest;
pub(crate) mod http_client;
pub mod openid;
pub(crate) mod percent_encode;
pub(crate) mod pkce;
pub mod rng;
pub mod smtp;
