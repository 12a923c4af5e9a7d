//! Handlers, one file per topic.

pub(crate) mod cookies_json;
pub(crate) mod device_keys;
pub(crate) mod exports;
pub(crate) mod feeds;
pub(crate) mod form_targets;
pub(crate) mod gpc;
pub(crate) mod health;
pub(crate) mod identity_providers;
pub(crate) mod measurements;
pub(crate) mod openapi;
pub(crate) mod policy_json;
pub(crate) mod publisher;
pub(crate) mod receipts;
pub(crate) mod schemas;
pub(crate) mod scripts;
pub(crate) mod static_files;
pub(crate) mod statistics;
pub(crate) mod unsubscribe;
pub(crate) mod verify;
pub(crate) mod well_known;
