//! How mails leave the shop. An open set: implement [`Mailer`] and hand it to [`build_with`](crate::build_with).

mod mailbox;
mod smtp;

use async_trait::async_trait;
use souk_db::Batch;

pub use mailbox::MailboxMailer;
pub use smtp::SmtpMailer;

use crate::domain::Mail;

/// Takes mails from the shop.
#[async_trait]
pub trait Mailer: Send + Sync + 'static {
    /// Such as `smtp`, for logs and metrics.
    fn name(&self) -> &'static str;

    /// How many mails it takes at the same time.
    fn at_once(&self) -> u32;

    /// Takes one mail, for good: after `Ok` it is not handed over again. What it answers is committed together with
    /// the mark that the mail is sent. After a crash the same mail may come a second time, under the same id.
    async fn hand_over(&self, mail: &Mail) -> Result<Batch, Refused>;
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It will never be: there is no such mailbox, or the mail itself is at fault.
    #[error("refused for good: {0}")]
    Permanent(String),
    /// It may be later: the server is down, busy or wrongly set up.
    #[error("not taken now: {0}")]
    Transient(String),
}
