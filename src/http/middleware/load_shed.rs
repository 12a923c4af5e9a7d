//! Whoever cannot be answered in time is told so at once: so many requests are worked on, and those beyond wait for nothing.
//!
//! What is answered from memory is never counted and never refused. A refusal from here costs next to nothing, since its page is
//! rendered once for each language: if it cost as much as an answer, it would save nobody.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use axum::{body::Bytes, extract::Request};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    app::{AppState, concurrency_limit::ConcurrencyLimit},
    domain::web::error::AppError,
    http::{
        middleware::{locale::EarlyLocale, page_cache},
        routes::health,
    },
};

/// The places for requests that are worked on.
#[derive(Debug)]
pub(crate) struct LoadShed {
    places: ConcurrencyLimit,
    pages: RwLock<HashMap<EarlyLocale, Bytes>>,
}

impl LoadShed {
    /// So many places.
    pub fn new(most: usize) -> Self {
        Self { places: ConcurrencyLimit::new(most, "requests"), pages: RwLock::default() }
    }

    /// A place, for as long as it is held.
    ///
    /// # Errors
    /// [`AppError::Overloaded`] if there is none.
    pub(crate) fn enter(&self) -> Result<OwnedSemaphorePermit, AppError> {
        self.places.enter().ok_or(AppError::Overloaded)
    }

    /// The page of a refusal from here, rendered by `make` if it was not yet.
    pub(crate) fn page(&self, spoken: EarlyLocale, make: impl FnOnce() -> String) -> Bytes {
        if let Some(page) = self.pages.read().unwrap_or_else(PoisonError::into_inner).get(&spoken) {
            return page.clone();
        }
        let page = Bytes::from(make());
        self.pages.write().unwrap_or_else(PoisonError::into_inner).insert(spoken, page.clone());
        page
    }

    /// How many places are free.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.places.free()
    }
}

/// A place to work on that request. What only asks how the server is needs none, nor does a page that is rendered once for many.
///
/// # Errors
/// [`AppError::Overloaded`] if there is none.
pub(crate) fn enter(site: &AppState, request: &Request) -> Result<Option<OwnedSemaphorePermit>, AppError> {
    let is_free = health::stands_at(request.uri().path()) || page_cache::would_keep(site, request);
    if is_free { Ok(None) } else { site.load.enter().map(Some) }
}
