//! How often somebody may ask, checked on the hottest path there is.
//!
//! A [`Limiter`] gives each key a bucket of [`Quota::burst`] that refills by [`Quota::per_minute`] (GCRA).
//! Its [`Decision`] holds what the standard `RateLimit` headers say.
//!
//! Architecture invariant: a limiter never fails, is never open and never shut. A crowd of keys beyond its
//! bound shares buckets; it is neither let through nor locked out.

mod clock;
mod decision;
mod limiter;
mod memory;
mod quota;
mod redis;

pub use decision::Decision;
pub use limiter::Limiter;
pub use quota::{KEYS_MAX, Quota};
