//! A refund: promised to the buyer in one step, confirmed by the provider in another.

use serde::Serialize;
use souk_types::{Money, OrderId, PaymentId, RefundId, Timestamp};

use super::state::NotAState;

/// Money on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Also the reference by which the provider does it once.
    pub id: RefundId,
    pub payment: PaymentId,
    pub order: OrderId,
    /// Chosen by who asked: the same key refunds once per order.
    pub key: String,
    pub amount: Money,
    pub reason: String,
    pub state: RefundState,
    /// Why the provider refused.
    pub refusal: Option<String>,
    pub created_at: Timestamp,
    pub settled_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    /// The amount is set aside; the provider has not confirmed.
    Pending,
    Settled,
    /// The provider said no, and the amount may be refunded otherwise.
    Refused,
}

impl RefundState {
    pub const fn as_str(self) -> &'static str {
        match self {
            RefundState::Pending => "pending",
            RefundState::Settled => "settled",
            RefundState::Refused => "refused",
        }
    }
}

impl std::str::FromStr for RefundState {
    type Err = NotAState;

    fn from_str(word: &str) -> Result<RefundState, NotAState> {
        [RefundState::Pending, RefundState::Settled, RefundState::Refused]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(NotAState)
    }
}
