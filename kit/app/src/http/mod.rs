//! HTTP manners: extractors that refuse with a problem naming field and rule, replies, conditional requests,
//! idempotency keys.

mod conditional;
mod extract;
mod idempotency;
mod reply;

pub use conditional::{etag_of, ready_bytes};
pub use extract::{Json, Path, Query};
pub use idempotency::{IdempotencyKey, idempotent};
pub use reply::{Created, fallback, method_not_allowed};
