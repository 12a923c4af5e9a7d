//! Accounts and sessions: sign-up, sign-in, authentication of a request, export, erasure.
//!
//! `api` calls these modules for each account form, `http` to authenticate each request, and the
//! command line for the operator. Only `store` contains SQL.

pub mod admin;
pub(crate) mod device_keys;
pub(crate) mod export;
pub(crate) mod identities;
pub(crate) mod links;
pub(crate) mod passkeys;
pub mod passwords;
pub(crate) mod providers;
pub(crate) mod service;
pub(crate) mod session_tokens;
pub(crate) mod sessions;
