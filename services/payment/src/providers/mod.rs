//! Payment providers: an open set. Each passes `tests/provider_suite`; docs/guides/add-a-payment-provider.md says how.

pub mod manual;
mod registry;
pub mod sandbox;
pub mod signature;
pub mod stripe;

use async_trait::async_trait;
use axum::http::HeaderMap;
use souk_types::{Money, PaymentId, RefundId, Timestamp};

pub use crate::domain::answers::{Authorized, Done, Found, ProviderEvent, ProviderPayment, ProviderState};
pub use registry::{ProviderParts, Providers, SandboxParts};

/// A company that moves money for us.
///
/// Every call carries a reference of ours, and repeating a call with the same reference changes nothing and
/// answers the same. Calls hold no database transaction, and may be dropped at any await: the caller limits
/// their time.
#[async_trait]
pub trait PaymentProvider: Send + Sync + 'static {
    /// Asks to set the money aside.
    async fn authorize(&self, request: &AuthorizeRequest) -> Authorized;

    /// Takes all of what is set aside.
    async fn capture(&self, request: &Operation) -> Done;

    /// People of the shop say that they have the money. Only a provider without a company behind it takes their word.
    async fn receive(&self, _request: &Operation) -> Done {
        Done::Refused { reason: "the provider says by itself when the money has come".to_owned() }
    }

    /// Gives back what is set aside. A payment that still waits for the buyer cannot be confirmed any more.
    async fn void(&self, request: &Operation) -> Done;

    /// Gives back a part of what was captured.
    async fn refund(&self, request: &RefundRequest) -> Done;

    /// Where a payment stands, by our reference.
    async fn lookup(&self, payment: PaymentId) -> Found;

    /// Reads a webhook, and refuses one that the provider has not signed.
    fn parse_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookRefused>;

    /// What changed in the provider's record since `since`, oldest first, at most `limit` payments.
    async fn list(&self, page: &ListPage) -> Result<Vec<ProviderPayment>, ListUnknown>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeRequest {
    /// Our reference.
    pub payment: PaymentId,
    pub amount: Money,
    /// What the provider's form gave the buyer's browser.
    pub token: String,
    /// The order's number, for the buyer's statement.
    pub number: String,
    pub email: String,
    /// Where the buyer is sent back to.
    pub return_url: Option<String>,
}

/// A capture or a void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub payment: PaymentId,
    pub amount: Money,
    /// Ours, for this operation.
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRequest {
    pub payment: PaymentId,
    /// Our reference of the refund.
    pub refund: RefundId,
    pub amount: Money,
    pub reason: String,
}

/// Payments changed at or after `since`, and of the same moment only those whose reference comes after `after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    pub since: Timestamp,
    pub after: Option<String>,
    pub limit: u32,
}

/// The list could not be had; the next comparison will try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider's record could not be listed: {0}")]
pub struct ListUnknown(pub String);

/// Why a webhook was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefused {
    #[error("the signature is missing or wrong")]
    Signature,
    #[error("the signature is too old or from the future")]
    Stale,
    #[error("the body is not one of the provider's events")]
    Unreadable,
}

impl Operation {
    pub fn capture(payment: PaymentId, amount: Money) -> Operation {
        Operation { payment, amount, reference: format!("{payment}-capture") }
    }

    pub fn receive(payment: PaymentId, amount: Money) -> Operation {
        Operation { payment, amount, reference: format!("{payment}-received") }
    }

    pub fn void(payment: PaymentId, amount: Money) -> Operation {
        Operation { payment, amount, reference: format!("{payment}-void") }
    }
}
