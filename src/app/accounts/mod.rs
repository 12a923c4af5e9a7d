//! What members do: sign up, sign in, be recognised, see and end their sessions, leave. And what an operator does for them.
//!
//! Called by `api` for every form about accounts, by `http` to recognise a member with each request, and by the
//! command line. Nothing here knows a statement: `store` does.

pub mod admin;
pub(crate) mod export;
pub mod passwords;
pub(crate) mod service;
pub(crate) mod session_tokens;
pub(crate) mod sessions;
