//! How much is allowed.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Keys that a limiter remembers apart, unless told otherwise; each takes about 40 bytes.
pub const KEYS_MAX: usize = 100_000;

/// What each key may do: `burst` at once, and `per_minute` in the long run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub per_minute: NonZeroU32,
    pub burst: NonZeroU32,
}

impl Quota {
    /// For constants: zero counts as one, since a limiter that lets nothing through is a switch.
    pub const fn new(per_minute: u32, burst: u32) -> Quota {
        Quota { per_minute: at_least_one(per_minute), burst: at_least_one(burst) }
    }

    /// How long it takes to earn the right to one more.
    pub(crate) fn refill_one(self) -> Duration {
        Duration::from_secs(60) / self.per_minute.get()
    }
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}
