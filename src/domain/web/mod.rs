//! Web rules that need no framework: pages, hosts, origins, flash messages, and the errors of the
//! site.

pub mod appearance;
pub mod color;
pub mod csp;
pub(crate) mod device;
pub mod error;
pub mod flash;
pub mod form_route;
pub mod forwarded;
pub mod host;
pub mod origin;
pub mod page;
pub mod path;
pub mod route;
pub mod security_txt;
