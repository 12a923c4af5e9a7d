//! The whole site through its router, as a browser without JavaScript meets it.
//!
//! [`site`] builds a site of its own for each test, [`browser`] visits it and keeps its cookies, [`page`] is what it sees.
//! The rest are the tests, by topic.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there and then")]

mod accounts;
mod addresses;
mod appearance;
mod asking_again;
mod at_once;
mod browser;
mod cached;
mod consent_cookie;
mod consent_mode;
mod cookie_store;
mod counting;
mod decisions;
mod deleting;
mod documents;
mod editions;
mod export_load;
mod files;
mod foreign;
mod gate;
mod gpc;
mod headers;
mod history;
mod hostile;
mod hosts;
mod inline_text;
mod inventory;
mod languages;
mod limiting;
mod limits;
mod load;
mod logs;
mod machines;
mod metrics;
mod notices;
mod outage;
mod page;
mod pages;
mod prompts;
mod properties;
mod receipts;
mod records;
mod refusals;
mod retention;
mod servers;
mod siblings;
mod signals;
mod site;
mod strings;
mod threats;
mod timestamps;
mod traces;
mod transparency;
mod vary;
mod verify;
mod well_known;
mod wire;
