//! The answer of a limiter, in the words of the `RateLimit` headers.

use std::time::Duration;

/// Whether somebody may go on, and what to tell them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// The bucket's size: what may be done at once after a rest.
    pub limit: u32,
    /// What may still be done at once.
    pub remaining: u32,
    /// Until the bucket is full again.
    pub reset_after: Duration,
    /// Until the refused request would be allowed; zero if it was.
    pub retry_after: Duration,
}
