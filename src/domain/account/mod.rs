//! Accounts: e-mail addresses, password rules, sessions and security events.

pub mod attempts;
pub mod browser_name;
pub mod credentials;
pub mod device_key;
pub mod form_error;
pub mod id_token;
pub mod identity;
pub mod mail;
pub mod passkey;
pub mod security_event;
pub mod session;
pub mod sign_in_methods;
