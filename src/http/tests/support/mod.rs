//! What the tests share: a site, the browsers and users that visit it, and what they receive.
//!
//! - [`site`] builds a site for one test, with its own database and a fake clock.
//! - [`authenticator`] creates a passkey and signs with it.
//! - [`browser`] sends requests as Chromium does, and keeps cookies in a [`cookie_store`].
//! - [`identity_provider`] is one that answers as a test says.
//! - [`page`] is a response, with selectors for its HTML and forms that a test fills in.
//! - [`users`] signs users up and in, and reads what the database has about them.
//! - [`raw_client`] sends and receives bytes over TCP.
//! - [`urls`] lists all pages and forms.

pub(super) mod authenticator;
pub(super) mod browser;
pub(super) mod cookie_store;
pub(super) mod identity_provider;
pub(super) mod page;
pub(super) mod raw_client;
pub(super) mod site;
pub(super) mod urls;
pub(super) mod users;
