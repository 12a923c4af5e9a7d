//! The layout of every page: the HTML document and its head.

pub(crate) mod document;
pub(crate) mod head;
mod inline_scripts;
