//! A mail on its way.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use souk_trace::TraceParent;
use souk_types::{MailId, Timestamp};

/// What a template made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    pub html: String,
    /// The same as plain text.
    pub body: String,
}

/// A mail as it is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub id: MailId,
    /// The event it tells of, such as `order.placed`.
    pub kind: String,
    pub recipient: String,
    pub content: Rendered,
    /// This attempt included.
    pub attempts: u32,
    /// How often staff has sent it again.
    pub resends: u32,
    pub created_at: Timestamp,
    /// The span in which it was written down.
    pub traceparent: Option<TraceParent>,
}

impl Mail {
    /// The same for every attempt, so that a mail that was handed over twice around a crash can be recognized.
    pub fn message_id(&self, domain: &str) -> String {
        message_id(self.id, self.resends, domain)
    }
}

fn message_id(id: MailId, resends: u32, domain: &str) -> String {
    match resends {
        0 => format!("<{id}@{domain}>"),
        resends => format!("<{id}.{resends}@{domain}>"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Waits for its turn, or for its next attempt.
    Pending,
    /// Handed over.
    Sent,
    /// Refused for good, or tried too often.
    Failed,
}

impl MailState {
    pub const fn as_str(self) -> &'static str {
        match self {
            MailState::Pending => "pending",
            MailState::Sent => "sent",
            MailState::Failed => "failed",
        }
    }
}

impl FromStr for MailState {
    type Err = ();

    fn from_str(text: &str) -> Result<MailState, ()> {
        match text {
            "pending" => Ok(MailState::Pending),
            "sent" => Ok(MailState::Sent),
            "failed" => Ok(MailState::Failed),
            _ => Err(()),
        }
    }
}
