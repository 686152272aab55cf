//! Keeps repeats below a tenth of the traffic, so that a struggling role is not finished off by those who call it.

use std::sync::atomic::{AtomicI64, Ordering};

/// In tenths of a retry: each success earns one, each retry costs ten.
pub(super) struct RetryBudget(AtomicI64);

const BUDGET_MAX: i64 = 1_000;
const COST: i64 = 10;

impl Default for RetryBudget {
    fn default() -> RetryBudget {
        RetryBudget(AtomicI64::new(BUDGET_MAX))
    }
}

impl RetryBudget {
    pub(super) fn deposit(&self) {
        if self.0.load(Ordering::Relaxed) < BUDGET_MAX {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether one more retry is affordable; if so, it is paid for.
    pub(super) fn take(&self) -> bool {
        self.0
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left >= COST).then(|| left - COST))
            .is_ok()
    }
}
