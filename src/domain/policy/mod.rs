//! The policy: its document tree, its versions, and what changed between two of them.

pub mod document;
pub mod editions;
pub mod lock;
pub mod notice;
pub mod plain_text;
pub mod section_id;
pub mod version;
