//! How it is done: content, store, and the layers of the server.

pub mod content;
