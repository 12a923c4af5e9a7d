//! The limit of requests that are worked on at once, and the page of those beyond it.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use axum::body::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    app::{concurrency_limit::ConcurrencyLimit, request_context::RequestLocale},
    domain::web::error::AppError,
};

/// The limit of requests that are worked on at once.
///
/// A rejected request costs next to nothing: its page is rendered once for each language.
#[derive(Debug)]
pub(crate) struct LoadShed {
    permits: ConcurrencyLimit,
    pages: RwLock<HashMap<RequestLocale, Bytes>>,
}

impl LoadShed {
    /// A limit of `max` requests.
    pub fn new(max: usize) -> Self {
        Self { permits: ConcurrencyLimit::new(max, "requests"), pages: RwLock::default() }
    }

    /// A permit to work on one request until it is dropped.
    ///
    /// # Errors
    /// [`AppError::Overloaded`] if none is left.
    pub(crate) fn try_acquire(&self) -> Result<OwnedSemaphorePermit, AppError> {
        self.permits.try_acquire().ok_or(AppError::Overloaded)
    }

    /// The page of a rejected request. `render` makes it the first time.
    pub(crate) fn page(&self, locale: RequestLocale, render: impl FnOnce() -> String) -> Bytes {
        if let Some(page) = self.pages.read().unwrap_or_else(PoisonError::into_inner).get(&locale) {
            return page.clone();
        }
        let page = Bytes::from(render());
        self.pages.write().unwrap_or_else(PoisonError::into_inner).insert(locale, page.clone());
        page
    }

    /// The number of free permits.
    #[cfg(test)]
    pub(crate) fn available(&self) -> usize {
        self.permits.available()
    }
}
