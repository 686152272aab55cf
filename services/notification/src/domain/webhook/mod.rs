//! Where a merchant wants to be told of the shop's events, and how; pure.

pub mod address;
mod schedule;
mod secret;
mod target;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use souk_trace::TraceParent;
use souk_types::{EventId, Timestamp, WebhookId};
use utoipa::ToSchema;

pub use schedule::pause_after;
pub use secret::{Secret, signatures};
pub use target::{TargetRefused, URL_CHARS_MAX, target};

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum $name { $($(#[$about])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<$name, ()> {
                $name::ALL.iter().copied().find(|one| one.as_str() == text).ok_or(())
            }
        }
    };
}

texts! {
    /// What a merchant may want to hear of.
    WebhookKind {
        OrderPlaced = "order.placed",
        OrderPaid = "order.paid",
        OrderShipped = "order.shipped",
        OrderCanceled = "order.canceled",
        OrderRefunded = "order.refunded",
    }
}

/// What a test delivery says it is.
pub const TEST_KIND: &str = "webhook.test";

texts! {
    /// Whether deliveries go out.
    WebhookState {
        Enabled = "enabled",
        /// By staff, or because the receiver answered 410 Gone. What was pending is parked, and what happens meanwhile
        /// can be replayed.
        Disabled = "disabled",
        /// Gone from the lists; what was sent to it is kept.
        Removed = "removed",
    }
}

texts! {
    /// How far a delivery has come.
    DeliveryState {
        /// Waits for its turn, or for its next attempt.
        Pending = "pending",
        /// Answered with 2xx.
        Delivered = "delivered",
        /// Tried for three days, or its webhook was disabled: it waits for a replay.
        Parked = "parked",
    }
}

/// Where the shop's events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
    pub state: WebhookState,
    pub disabled_reason: Option<String>,
    /// Sorted, each once.
    pub kinds: Vec<WebhookKind>,
    pub secret: Secret,
    pub old_secret: Option<Secret>,
    pub old_secret_until: Timestamp,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Webhook {
    /// What deliveries are signed with at this moment, the newest first.
    pub fn signing(&self, now: Timestamp) -> Vec<&Secret> {
        let old = self.old_secret.as_ref().filter(|_| now < self.old_secret_until);
        std::iter::once(&self.secret).chain(old).collect()
    }
}

/// An event on its way to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub webhook: WebhookId,
    pub event: EventId,
    /// This attempt included.
    pub attempts: u32,
    pub replays: u32,
    pub kind: String,
    /// The same bytes on every attempt.
    pub body: String,
    pub traceparent: Option<TraceParent>,
}

/// What came of one attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// What the receiver answered, if it did.
    pub status: Option<u16>,
    pub duration_ms: u32,
    /// How its answer begins.
    pub response: Option<String>,
    pub error: Option<String>,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    Later,
    /// The receiver never wants to hear from us again.
    Gone,
}

impl Attempt {
    pub fn verdict(&self) -> Verdict {
        match self.status {
            Some(200..=299) => Verdict::Delivered,
            Some(410) => Verdict::Gone,
            _ => Verdict::Later,
        }
    }
}

/// What is sent: `data` is what the event says, as it was written.
pub fn body(kind: &str, happened_at: Timestamp, data: &str) -> String {
    format!(r#"{{"type":"{kind}","timestamp":"{happened_at}","data":{data}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Verdict {
        Attempt { status: Some(status), ..Attempt::default() }.verdict()
    }

    #[test]
    fn only_two_hundreds_are_taken_for_a_yes() {
        assert_eq!([200, 204, 299].map(answered), [Verdict::Delivered; 3]);
        assert_eq!([199, 301, 302, 307, 400, 404, 429, 500, 503].map(answered), [Verdict::Later; 9]);
        assert_eq!(answered(410), Verdict::Gone);
        assert_eq!(Attempt::default().verdict(), Verdict::Later);
    }

    #[test]
    fn a_body_is_json_with_the_data_as_it_was_written() {
        let body = body("order.paid", Timestamp::from_millis(0), r#"{"total": 1.10}"#);
        let value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(value["type"], "order.paid");
        assert_eq!(value["timestamp"], "1970-01-01T00:00:00.000Z");
        assert!(body.ends_with(r#""data":{"total": 1.10}}"#));
    }
}
