//! Accounts as their members meet them, each form and page through the router.
//!
//! [`members`] makes members and looks at what is stored of them; the rest are the tests, by topic.

mod blocked;
mod disabled;
mod enumeration;
mod erasing;
mod following;
mod forms;
mod operator;
mod page;
mod rate_limit;
mod remembering;
mod restoring;
mod return_to;
mod signing;
mod spelling;
mod targets;
mod tokens;
mod twice;

pub(super) use super::support::members;
