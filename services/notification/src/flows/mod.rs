//! What the service does, one verb a file.

pub(crate) mod deliver;
pub(crate) mod queue_mail;
pub(crate) mod resend_mail;
pub(crate) mod send_mails;
pub(crate) mod tell_webhooks;
pub(crate) mod webhooks;
