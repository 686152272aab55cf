//! The sandbox: a payment provider that moves no money and plays an outside company. It keeps its own record of
//! truth in a database of its own, and its test tokens (see [`Token`]) make it fail in every way that the real
//! ones do.

mod challenge;
mod dispatcher;
mod record;
mod store;
mod tokens;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use souk_db::{Db, DbError};
use souk_types::{Chance, Clock, PaymentId, Timestamp};
use uuid::Uuid;

use super::signature::WebhookSecret;
use super::{
    AuthorizeRequest, Authorized, Done, Found, ListPage, ListUnknown, Operation, PaymentProvider,
    ProviderEvent, ProviderPayment, RefundRequest, WebhookRefused,
};
use crate::config::SandboxConfig;

pub use challenge::router as dev_routes;
pub use dispatcher::Parcels;
use dispatcher::{Announcement, Announcer};
pub(crate) use dispatcher::{Delivery, dispatch};
pub use record::Record;
use record::SandboxState;
pub use tokens::Token;

/// The header that carries the signature of a webhook.
pub const SIGNATURE_HEADER: &str = "sandbox-signature";

pub struct Sandbox {
    config: SandboxConfig,
    db: Db,
    clock: Clock,
    chance: Chance,
    secret: WebhookSecret,
    announcer: Announcer,
}

impl Sandbox {
    /// The provider, and the webhooks that [`dispatch`] has to deliver for it.
    pub fn new(config: SandboxConfig, db: Db, clock: Clock, chance: Chance) -> (Sandbox, Parcels) {
        let secret = match &config.webhook_secret {
            Some(secret) => WebhookSecret::new(secret.as_bytes()),
            None => WebhookSecret::new(chance.bytes::<32>()),
        };
        let (announcer, parcels) = dispatcher::channel(secret.clone(), clock.clone());
        (Sandbox { config, db, clock, chance, secret, announcer }, parcels)
    }

    /// Everything on record for a payment.
    pub async fn record(&self, payment: PaymentId) -> Result<Option<Record>, DbError> {
        store::get(&self.db, &payment.to_string()).await
    }

    /// What the buyer decides on the challenge page. `None` when there is no such challenge.
    async fn decide(&self, challenge: Uuid, approve: bool) -> Result<Option<Record>, DbError> {
        let decided = store::decide(&self.db, challenge, approve, self.clock.now()).await?;
        let record = store::by_challenge(&self.db, challenge).await?;
        if decided && let Some(record) = &record {
            self.announce(record, if approve { "authorized" } else { "declined" }, &record.reference);
        }
        Ok(record)
    }

    /// Sends a webhook where the payment's token says so; most outcomes were answered in the call already.
    fn announce(&self, record: &Record, what: &'static str, operation: &str) {
        let late = Duration::from_millis(self.config.webhook_late_ms);
        let (copies, delay) = match record.token() {
            Some(Token::NeedsBuyer) => (1, Duration::ZERO),
            Some(Token::WebhookTwice) => (2, Duration::ZERO),
            Some(Token::WebhookLate) => (1, late),
            // The later news travel faster.
            Some(Token::WebhookOutOfOrder) => (1, if what == "authorized" { late } else { Duration::ZERO }),
            _ => return,
        };
        for _ in 0..copies {
            let id = format!("evt-{operation}-{what}");
            self.announcer.send(Announcement { id, what, reference: record.reference.clone() }, delay);
        }
    }

    fn challenge_url(&self, challenge: Uuid) -> String {
        format!("{}/dev/sandbox/challenges/{challenge}", self.config.challenge_base_url.trim_end_matches('/'))
    }

    /// The answer to somebody who asks again: what the record says, without any tricks.
    fn answer_again(&self, record: &Record) -> Authorized {
        match record.state {
            SandboxState::NeedsBuyer => Authorized::NeedsBuyer {
                url: record.challenge.map(|id| self.challenge_url(id)).unwrap_or_default(),
            },
            SandboxState::Authorized | SandboxState::Captured => Authorized::Yes,
            SandboxState::Voided => Authorized::Declined { reason: "voided".to_owned() },
            SandboxState::Declined => Authorized::Declined { reason: record.reason().to_owned() },
        }
    }

    /// The answer to the first call, in the way the token asks for.
    async fn answer(&self, record: &Record) -> Authorized {
        let slowly = Duration::from_millis(self.config.slow_ms);
        match record.token() {
            Some(Token::Slow) => tokio::time::sleep(slowly).await,
            Some(Token::TimeoutThenSucceeds) => {
                tokio::time::sleep(slowly).await;
                return Authorized::Unknown { why: "the connection timed out".to_owned() };
            }
            Some(Token::FailsAfterSuccess) => return Authorized::Unknown { why: "500".to_owned() },
            Some(Token::WebhookLate) => {
                return Authorized::Unknown { why: "202, a webhook follows".to_owned() };
            }
            _ => {}
        }
        self.answer_again(record)
    }

    async fn why_not_captured(&self, operation: &Operation) -> Result<Done, DbError> {
        let Some(record) = store::get(&self.db, &operation.payment.to_string()).await? else {
            return Ok(refused("no such payment"));
        };
        Ok(match record.state {
            SandboxState::Captured if record.operation.as_deref() == Some(&*operation.reference) => Done::Yes,
            SandboxState::Authorized if record.amount != operation.amount => {
                refused("captured in full or not at all")
            }
            SandboxState::Authorized => {
                store::note_capture_failure(&self.db, &record.reference, self.clock.now()).await?;
                unknown("500")
            }
            other => refused(other.as_str()),
        })
    }

    async fn why_not_voided(&self, operation: &Operation) -> Result<Done, DbError> {
        let record = store::get(&self.db, &operation.payment.to_string()).await?;
        Ok(match record.map(|record| record.state) {
            Some(SandboxState::Voided) => Done::Yes,
            Some(other) => refused(other.as_str()),
            None => refused("no such payment"),
        })
    }
}

#[async_trait]
impl PaymentProvider for Sandbox {
    async fn authorize(&self, request: &AuthorizeRequest) -> Authorized {
        let record = Record::new(request, self.chance.uuid_v4(), self.clock.now());
        let first = match store::insert(&self.db, &record).await {
            Ok(first) => first,
            Err(error) => return Authorized::Unknown { why: error.to_string() },
        };
        if first {
            if record.state != SandboxState::NeedsBuyer {
                self.announce(&record, record.state.as_str(), &record.reference);
            }
            return self.answer(&record).await;
        }
        match store::get(&self.db, &record.reference).await {
            Ok(Some(known)) => self.answer_again(&known),
            Ok(None) => Authorized::Unknown { why: "the record has vanished".to_owned() },
            Err(error) => Authorized::Unknown { why: error.to_string() },
        }
    }

    async fn capture(&self, request: &Operation) -> Done {
        match store::capture(&self.db, request, self.clock.now()).await {
            Ok(Some(record)) => {
                self.announce(&record, "captured", &request.reference);
                Done::Yes
            }
            Ok(None) => self.why_not_captured(request).await.unwrap_or_else(unknown),
            Err(error) => unknown(error),
        }
    }

    async fn void(&self, request: &Operation) -> Done {
        match store::void(&self.db, request, self.clock.now()).await {
            Ok(Some(record)) => {
                self.announce(&record, "voided", &request.reference);
                Done::Yes
            }
            Ok(None) => self.why_not_voided(request).await.unwrap_or_else(unknown),
            Err(error) => unknown(error),
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Done {
        match store::refund(&self.db, request, self.clock.now()).await {
            Ok(store::Refunding::Done(record)) => {
                self.announce(&record, "refunded", &request.refund.to_string());
                Done::Yes
            }
            Ok(store::Refunding::DoneBefore) => Done::Yes,
            Ok(store::Refunding::Refused(why)) => refused(why),
            Err(error) => unknown(error),
        }
    }

    async fn lookup(&self, payment: PaymentId) -> Found {
        match self.record(payment).await {
            Ok(Some(record)) => {
                let url = record.challenge.map(|id| self.challenge_url(id));
                Found::Payment(record.for_shop(url))
            }
            Ok(None) => Found::Nothing,
            Err(error) => Found::Unknown { why: error.to_string() },
        }
    }

    fn parse_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookRefused> {
        let header = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        let tolerance = Duration::from_secs(self.config.webhook_tolerance_s);
        self.secret.check(header.ok_or(WebhookRefused::Signature)?, body, now, tolerance)?;
        dispatcher::read(body).ok_or(WebhookRefused::Unreadable)
    }

    async fn list(&self, page: &ListPage) -> Result<Vec<ProviderPayment>, ListUnknown> {
        let records = store::list(&self.db, page).await.map_err(|error| ListUnknown(error.to_string()))?;
        Ok(records
            .into_iter()
            .map(|record| {
                let url = record.challenge.map(|id| self.challenge_url(id));
                record.for_shop(url)
            })
            .collect())
    }
}

fn refused(reason: impl Into<String>) -> Done {
    Done::Refused { reason: reason.into() }
}

fn unknown(why: impl ToString) -> Done {
    Done::Unknown { why: why.to_string() }
}
