//! The time that buckets refill by.

use std::time::{Duration, Instant};

use souk_types::Clock;

/// Time that never runs backward: a corrected wall clock must not lock everybody out.
pub(crate) enum RefillClock {
    Machine { started: Instant },
    Shop(Clock),
}

impl RefillClock {
    pub(crate) fn machine() -> RefillClock {
        RefillClock::Machine { started: Instant::now() }
    }
}

impl governor::clock::Clock for RefillClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        match self {
            RefillClock::Machine { started } => started.elapsed(),
            RefillClock::Shop(clock) => {
                Duration::from_millis(u64::try_from(clock.now().millis()).unwrap_or(0))
            }
        }
    }
}
