//! Parts of pages that look the same for every visitor, on pages that do not. The preferences page
//! keeps its lists of cookies here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::domain::{cookies::inventory::Inventory, i18n::locale::Locale};

/// A rendered part, with the inventory that it was rendered from.
type Fragment = (Arc<Inventory>, Arc<str>);

/// The newest rendering of each part in each language.
#[derive(Debug, Default)]
pub struct FragmentCache(Mutex<HashMap<(Locale, String), Fragment>>);

impl FragmentCache {
    /// The part of that name. It is rendered if the inventory is another one than before.
    pub fn get(
        &self,
        (locale, name): (Locale, &str),
        of: &Arc<Inventory>,
        render: impl FnOnce() -> String,
    ) -> Arc<str> {
        let key = (locale, name.to_owned());
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, html)) = lock().get(&key).filter(|(inventory, _)| Arc::ptr_eq(inventory, of)) {
            return Arc::clone(html);
        }
        // Rendered without the lock: two at once do the same work, and neither waits.
        let html: Arc<str> = render().into();
        lock().insert(key, (Arc::clone(of), Arc::clone(&html)));
        html
    }
}
