//! SQL, and nothing else.

pub(crate) mod deliveries;
pub(crate) mod mailbox;
pub(crate) mod mails;
pub(crate) mod webhooks;
