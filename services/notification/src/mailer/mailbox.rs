//! The embedded default: mails land in a table of the service's own database.

use async_trait::async_trait;
use souk_db::Batch;
use souk_types::Clock;

use super::{Mailer, Refused};
use crate::domain::Mail;
use crate::store;

/// Delivers exactly once: the arrival is part of the commit that marks the mail sent.
pub struct MailboxMailer {
    clock: Clock,
}

impl MailboxMailer {
    pub fn new(clock: Clock) -> MailboxMailer {
        MailboxMailer { clock }
    }
}

#[async_trait]
impl Mailer for MailboxMailer {
    fn name(&self) -> &'static str {
        "mailbox"
    }

    fn at_once(&self) -> u32 {
        64
    }

    async fn hand_over(&self, mail: &Mail) -> Result<Batch, Refused> {
        Ok(store::mailbox::deliver(mail, self.clock.now()).into())
    }
}
