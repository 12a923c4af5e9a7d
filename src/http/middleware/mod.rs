//! The steps that a request and its response pass through, one file per step.

pub(crate) mod csrf;
pub(crate) mod error_pages;
pub(crate) mod host_check;
pub(crate) mod idempotency;
pub mod limits;
pub(crate) mod load_shed;
pub(crate) mod locale;
pub(crate) mod page_cache;
pub(crate) mod request_telemetry;
pub mod security_headers;
pub mod set_cookie_gate;
