//! Money that people take in by hand: a bank transfer, cash on delivery. There is no company to ask, so the record is the
//! shop's own, and the word that moves it is a staff member's (`POST /v1/admin/payments/{id}/received`).

mod store;

use async_trait::async_trait;
use axum::http::HeaderMap;
use souk_db::Db;
use souk_types::{Clock, PaymentId, Timestamp};

use super::{
    AuthorizeRequest, Authorized, Done, Found, ListPage, ListUnknown, Operation, PaymentProvider,
    ProviderEvent, ProviderPayment, ProviderState, RefundRequest, WebhookRefused,
};
use crate::config::ManualConfig;
use store::Record;

pub struct Manual {
    config: ManualConfig,
    db: Db,
    clock: Clock,
}

/// How far the money has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ManualState {
    /// The buyer has promised it.
    Awaiting,
    /// It is in the shop's hands.
    Received,
    /// Nobody waits for it any more.
    Voided,
}

impl Manual {
    pub fn new(config: ManualConfig, db: Db, clock: Clock) -> Manual {
        Manual { config, db, clock }
    }

    async fn move_on(&self, request: &Operation, to: ManualState) -> Done {
        let moved = store::move_on(&self.db, request, to, self.clock.now()).await;
        let record = match moved {
            Ok(true) => return Done::Yes,
            Ok(false) => store::get(&self.db, request.payment).await,
            Err(error) => Err(error),
        };
        match record {
            Ok(Some(record)) if record.state == to => Done::Yes,
            Ok(Some(record)) => refused(record.state.as_str()),
            Ok(None) => refused("no such payment"),
            Err(error) => Done::Unknown { why: error.to_string() },
        }
    }
}

#[async_trait]
impl PaymentProvider for Manual {
    /// A promise is taken for what it is: the order is placed, and waits for its money.
    async fn authorize(&self, request: &AuthorizeRequest) -> Authorized {
        if !self.config.methods.contains_key(&request.token) {
            return Authorized::Declined { reason: "unknown_token".to_owned() };
        }
        if let Err(error) = store::insert(&self.db, request, self.clock.now()).await {
            return Authorized::Unknown { why: error.to_string() };
        }
        match store::get(&self.db, request.payment).await {
            Ok(Some(record)) if record.state == ManualState::Voided => {
                Authorized::Declined { reason: "voided".to_owned() }
            }
            Ok(Some(_)) => Authorized::Yes,
            Ok(None) => Authorized::Unknown { why: "the record has vanished".to_owned() },
            Err(error) => Authorized::Unknown { why: error.to_string() },
        }
    }

    /// Nothing can be taken before it is there.
    async fn capture(&self, request: &Operation) -> Done {
        match store::get(&self.db, request.payment).await {
            Ok(Some(record)) if record.amount != request.amount => refused("another amount was promised"),
            Ok(Some(record)) => match record.state {
                ManualState::Received => Done::Yes,
                ManualState::Awaiting => Done::Awaited,
                ManualState::Voided => refused(record.state.as_str()),
            },
            Ok(None) => refused("no such payment"),
            Err(error) => Done::Unknown { why: error.to_string() },
        }
    }

    async fn receive(&self, request: &Operation) -> Done {
        self.move_on(request, ManualState::Received).await
    }

    async fn void(&self, request: &Operation) -> Done {
        self.move_on(request, ManualState::Voided).await
    }

    /// Written down as done: whoever says so has given the money back, or will.
    async fn refund(&self, request: &RefundRequest) -> Done {
        match store::refund(&self.db, request, self.clock.now()).await {
            Ok(true) => Done::Yes,
            Ok(false) => refused("more than was received"),
            Err(error) => Done::Unknown { why: error.to_string() },
        }
    }

    async fn lookup(&self, payment: PaymentId) -> Found {
        match store::get(&self.db, payment).await {
            Ok(Some(record)) => Found::Payment(record.for_shop()),
            Ok(None) => Found::Nothing,
            Err(error) => Found::Unknown { why: error.to_string() },
        }
    }

    /// Nobody rings for it.
    fn parse_webhook(
        &self,
        _headers: &HeaderMap,
        _body: &[u8],
        _now: Timestamp,
    ) -> Result<ProviderEvent, WebhookRefused> {
        Err(WebhookRefused::Signature)
    }

    async fn list(&self, page: &ListPage) -> Result<Vec<ProviderPayment>, ListUnknown> {
        let records = store::list(&self.db, page).await.map_err(|error| ListUnknown(error.to_string()))?;
        Ok(records.iter().map(Record::for_shop).collect())
    }
}

impl ManualState {
    const ALL: [ManualState; 3] = [ManualState::Awaiting, ManualState::Received, ManualState::Voided];

    const fn as_str(self) -> &'static str {
        match self {
            ManualState::Awaiting => "awaiting",
            ManualState::Received => "received",
            ManualState::Voided => "voided",
        }
    }
}

impl std::str::FromStr for ManualState {
    type Err = crate::domain::NotAState;

    fn from_str(word: &str) -> Result<ManualState, Self::Err> {
        ManualState::ALL.into_iter().find(|state| state.as_str() == word).ok_or(crate::domain::NotAState)
    }
}

impl Record {
    fn for_shop(&self) -> ProviderPayment {
        let received = self.state == ManualState::Received;
        ProviderPayment {
            reference: self.payment.to_string(),
            amount: self.amount,
            state: match self.state {
                ManualState::Awaiting => ProviderState::Authorized,
                ManualState::Received => ProviderState::Captured,
                ManualState::Voided => ProviderState::Voided,
            },
            captured: if received { self.amount.amount } else { 0 },
            refunded: self.refunded,
            updated_at: self.updated_at,
        }
    }
}

fn refused(reason: &str) -> Done {
    Done::Refused { reason: reason.to_owned() }
}
