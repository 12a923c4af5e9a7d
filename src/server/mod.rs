//! How it is done: what the server knows and does, room by room.
//!
//! - [`content`] turns Markdown and TOML into the model, checked.
//! - [`store`] keeps counts in SQLite.
//! - [`consent`], [`appearance`] and [`insight`] do what a visitor asks for.
//! - [`http`] is the way of every request: the layers, and the router behind them.
//! - [`config`], [`clock`] and [`chance`] are what is handed in.

pub(crate) mod appearance;
pub(crate) mod assets;
pub mod chance;
pub mod clock;
pub mod config;
pub(crate) mod consent;
pub mod content;
pub mod http;
pub(crate) mod insight;
pub mod store;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
};

use leptos::config::LeptosOptions;

use self::{
    assets::Assets,
    chance::Chance,
    clock::Clock,
    content::{Content, Mistake},
    http::{cached_pages::CachedPages, gate::Seal},
    store::Store,
};
use crate::model::{
    Timestamp,
    policy::{self, Edition},
    version::Version,
};

/// All that one running server holds.
#[derive(Debug)]
pub struct State {
    content: Library,
    pub(crate) assets: Assets,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    pub(crate) seal: Arc<Seal>,
    pub(crate) store: Store,
    pub(crate) cached_pages: CachedPages,
    pub(crate) leptos: LeptosOptions,
    /// How often the gate withheld a cookie or put one right. Anything but 0 is a mistake in the code.
    pub gate_faults: AtomicU64,
}

/// What a [`State`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The folder of the policy and the inventory.
    pub content: PathBuf,
    /// The folder of the built site: style, scripts, icons.
    pub site: PathBuf,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub chance: Chance,
    /// What marks consent cookies.
    pub seal: Seal,
    /// Where counts are kept.
    pub store: Store,
}

impl State {
    /// A server made of these parts.
    ///
    /// # Errors
    /// Every mistake in the content.
    pub fn new(parts: Parts) -> Result<Arc<Self>, Vec<Mistake>> {
        let library = Library::open(parts.content)?;
        let assets = Assets::read();
        let leptos = LeptosOptions::builder()
            .output_name("harmony")
            .site_root(parts.site.to_string_lossy().into_owned())
            .hash_files(assets.are_hashed())
            .build();
        Ok(Arc::new(Self {
            content: library,
            assets,
            clock: parts.clock,
            chance: parts.chance,
            seal: Arc::new(parts.seal),
            store: parts.store,
            cached_pages: CachedPages::default(),
            leptos,
            gate_faults: AtomicU64::new(0),
        }))
    }

    /// The content as it stands now.
    pub(crate) fn content(&self) -> Arc<Content> {
        self.content.current()
    }

    /// The edition in force now. Before the first edition's day, the first.
    pub(crate) fn edition_in_force(&self) -> EditionInForce {
        let content = self.content();
        let today = self.clock.now().day();
        let version = policy::in_force(&content.editions, today).or(content.editions.first()).map(|e| e.version);
        EditionInForce { content, version: version.unwrap_or(Version { major: 0, minor: 0 }) }
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The content, with the version of the edition that is in force.
pub(crate) struct EditionInForce {
    /// All content.
    pub content: Arc<Content>,
    /// Which edition is in force.
    pub version: Version,
}

impl EditionInForce {
    /// The edition itself.
    pub fn edition(&self) -> Option<&Edition> {
        self.content.edition(self.version)
    }
}

/// The content folder, read at start; in a debug build read anew whenever it is asked for, so that a publisher sees
/// what was just saved.
#[derive(Debug)]
struct Library {
    folder: PathBuf,
    current: Mutex<Arc<Content>>,
}

impl Library {
    fn open(folder: PathBuf) -> Result<Self, Vec<Mistake>> {
        let content = Content::load(&folder)?;
        Ok(Self { folder, current: Mutex::new(Arc::new(content)) })
    }

    fn current(&self) -> Arc<Content> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if cfg!(debug_assertions) {
            match Content::load(&self.folder) {
                Ok(content) => *current = Arc::new(content),
                Err(mistakes) => {
                    for mistake in mistakes {
                        tracing::error!(%mistake, "the content has a mistake; the last good content is served");
                    }
                }
            }
        }
        Arc::clone(&current)
    }
}
