//! Accounts, tested with forms and pages through the router.
//!
//! [`users`] creates users and reads what the database has about them.

mod blocked;
mod device_keys;
mod disabled;
mod enumeration;
mod erasing;
mod following;
mod forms;
mod identities;
pub(super) mod mail;
mod operator;
mod page;
mod passkeys;
mod passwords_off;
mod rate_limit;
mod remembering;
mod restoring;
mod return_to;
mod signing;
mod spelling;
mod targets;
mod tokens;
mod twice;
mod without_password;

pub(super) use super::support::users;
