//! Accounts as their members meet them, each form and page through the router.
//!
//! [`members`] makes members and looks at what is stored of them; the rest are the tests, by topic.

mod blocked;
mod disabled;
mod enumeration;
mod erasing;
mod following;
mod forms;
mod guessing;
pub(super) mod members;
mod operator;
mod page;
mod remembering;
mod restoring;
mod return_to;
mod signing;
mod spelling;
mod targets;
mod tokens;
mod twice;
