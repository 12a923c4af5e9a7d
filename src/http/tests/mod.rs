//! Tests of the whole site through its router, as a browser without JavaScript sees it.
//!
//! [`support`] has what the tests share; every other module tests one topic.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there and then")]

mod accounts;
mod addresses;
mod api_routes;
mod appearance;
mod choices;
mod concurrency;
mod connect;
mod consent_cookie;
mod consent_mode;
mod cookie_names;
mod csrf;
mod decisions;
mod deleting;
mod dpv;
mod editions;
mod error_pages;
mod export_load;
mod feeds;
mod files;
mod flash;
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
mod load_shed;
mod logs;
mod measurement;
mod metrics;
mod multi_server;
mod outage;
mod page_cache;
mod page_views;
mod pages;
mod partner_api;
mod policy_text;
mod prompts;
mod properties;
mod publisher;
mod purposes;
mod raw_http;
mod receipts;
mod reconsent;
mod records;
mod retention;
mod security_md;
mod service_entries;
mod set_cookie_gate;
mod signals;
mod statistics;
mod strings;
mod subscriptions;
mod support;
mod timestamps;
mod traces;
mod transparency;
mod vary;
mod verify;
mod well_known;

use support::{authenticator, browser, cookie_store, identity_provider, page, raw_client, site, urls};
