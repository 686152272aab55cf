//! What is remembered, in SQL. One file per thing; reads answer domain types, writes are statements of a batch.

pub mod addresses;
pub mod api_keys;
pub mod login_failures;
pub mod mail_requests;
pub mod mail_tokens;
pub mod sessions;
pub mod staff;
pub mod users;
