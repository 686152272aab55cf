//! SQL, and nothing else.

pub(crate) mod mailbox;
pub(crate) mod mails;
