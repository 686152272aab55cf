//! Money, as the order service sees it.

use serde::{Deserialize, Serialize};
use souk_rpc::contract;
use souk_types::{Money, OrderId, PaymentId, RefundId};

use crate::Done;

contract! {
    /// Payments and the ledger.
    pub trait Payment = "payment" {
        /// Asks the provider to set the money aside. One payment per order and attempt, however often it is asked.
        authorize(Authorize) -> Authorization;
        /// Gives money back, once per `key`. Refuses more than was captured.
        refund(RefundOrder) -> Refunded;
        /// Whether the service and its database answer.
        ping(Done) -> Done;
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Authorize {
    pub order: OrderId,
    /// The number that people see, for the provider's statement.
    pub number: String,
    pub amount: Money,
    pub email: String,
    pub method: PaymentMethod,
    /// 1 for the first try; a buyer who was declined may try again with another method.
    pub attempt: u32,
    /// Where the provider sends the buyer back to.
    #[serde(default)]
    pub return_url: Option<String>,
}

/// How the buyer pays. The token comes from the provider; card numbers never enter the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentMethod {
    /// A configured provider, such as `sandbox`.
    #[schema(min_length = 1, max_length = 40, pattern = "^[!-~]+$", example = "sandbox")]
    pub provider: String,
    /// What the provider's form gave the buyer's browser.
    #[schema(min_length = 1, max_length = 200, pattern = "^[!-~]+$", example = "tok_approved")]
    pub token: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    pub payment: PaymentId,
    pub outcome: AuthorizationOutcome,
}

/// What the provider said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum AuthorizationOutcome {
    Authorized,
    /// `reason` is stable, such as `insufficient_funds`.
    Declined {
        reason: String,
    },
    /// The buyer has to confirm at this address first (3-D Secure, redirect).
    NeedsBuyer {
        url: String,
    },
    /// No answer. Never a failure: the reconciler finds out, and `payment.authorized` or `payment.declined` follows.
    Unknown,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefundOrder {
    pub order: OrderId,
    /// Chosen by the caller; the same key refunds once.
    pub key: String,
    pub amount: Money,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    pub refund: RefundId,
    pub amount: Money,
    /// False while the provider has not confirmed it yet.
    pub settled: bool,
}
