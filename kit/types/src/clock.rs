//! Time is an argument: whoever needs to know it is handed a [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Timestamp;

/// The time of day. Tests turn it; the shop reads the system's.
#[derive(Clone, Default)]
pub struct Clock {
    turned_ms: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Clock {
        Clock::default()
    }

    /// A clock that stands still at `start` until it is turned. Clones show the same time.
    pub fn turnable(start: Timestamp) -> Clock {
        Clock { turned_ms: Some(Arc::new(AtomicI64::new(start.millis()))) }
    }

    pub fn now(&self) -> Timestamp {
        if let Some(turned_ms) = &self.turned_ms {
            return Timestamp::from_millis(turned_ms.load(Ordering::SeqCst));
        }
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// Turns a turnable clock forward; the system's clock is left alone.
    pub fn turn(&self, by: Duration) {
        if let Some(turned_ms) = &self.turned_ms {
            let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            turned_ms.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}
