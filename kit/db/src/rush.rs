//! How many people wait for a commit of this process: in a rush, what nobody waits for stands back.
//!
//! All databases of a process share its processors, so they are counted together.

use std::sync::atomic::{AtomicUsize, Ordering};

/// From this many on it is a rush: more than the processors of a small machine work on at once, even if most
/// of them wait for the disk.
const RUSH: usize = 32;

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Whether so many people wait that work of the shop's own should let them pass. It must not wait without end.
pub fn is_on() -> bool {
    WAITING.load(Ordering::Relaxed) >= RUSH
}

/// Whether anybody waits.
pub(crate) fn somebody_waits() -> bool {
    WAITING.load(Ordering::Relaxed) > 0
}

/// Counts somebody who waits, until it is dropped.
pub(crate) struct Waiting(());

impl Waiting {
    pub(crate) fn begin() -> Waiting {
        WAITING.fetch_add(1, Ordering::Relaxed);
        Waiting(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}
