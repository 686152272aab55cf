//! What is remembered, in SQL. One file per thing; reads answer domain types, writes are statements of a batch.

pub(crate) mod addresses;
pub(crate) mod api_keys;
pub(crate) mod login_failures;
pub(crate) mod mail_requests;
pub(crate) mod mail_tokens;
pub(crate) mod sessions;
pub(crate) mod staff;
pub(crate) mod users;
