//! The time, handed in: the only room that asks the system for it.

use std::{fmt, sync::Arc};

use crate::domain::Timestamp;

/// Tells the time. Tests hand in one that stands still.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The system's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the room that may ask the system")]
    pub fn system() -> Self {
        Self::from_fn(|| Timestamp(time::OffsetDateTime::now_utc().unix_timestamp()))
    }

    /// A clock that tells whatever `tell` tells.
    pub fn from_fn(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now().0)
    }
}
