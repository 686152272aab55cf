//! HTTP manners: extractors that refuse with a problem naming field and rule, replies, conditional requests,
//! idempotency keys.

mod conditional;
mod extract;
mod idempotency;
mod openapi;
mod reply;
mod strict;

pub use conditional::{etag_of, names_etag, ready_bytes};
pub use extract::{Json, Path, Query, read_json};
pub use idempotency::{
    IDEMPOTENCY_KEY, IdempotencyKey, IdempotencyState, idempotent, read_key, reused, stored_reply,
};
pub use openapi::{IdempotencyParam, IdempotencyRequired, Problems};
pub use reply::{Created, fallback, method_not_allowed};
