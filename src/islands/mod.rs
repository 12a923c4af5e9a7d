//! What runs in the browser: one island, and only on `/preferences`. Everything works before it has loaded and without it.

pub mod enhanced_forms;
