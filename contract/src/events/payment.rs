//! What happens to money.

use serde::{Deserialize, Serialize};
use souk_types::{Money, OrderId, PaymentId, RefundId};

use super::event;

/// The provider holds the money for us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAuthorized {
    pub payment: PaymentId,
    pub order: OrderId,
    pub amount: Money,
}
event!(PaymentAuthorized = "payment.authorized" of payment);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDeclined {
    pub payment: PaymentId,
    pub order: OrderId,
    /// Stable, such as `insufficient_funds`.
    pub reason: String,
}
event!(PaymentDeclined = "payment.declined" of payment);

/// The money is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCaptured {
    pub payment: PaymentId,
    pub order: OrderId,
    pub amount: Money,
}
event!(PaymentCaptured = "payment.captured" of payment);

/// An authorization was given back before it was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentVoided {
    pub payment: PaymentId,
    pub order: OrderId,
    pub amount: Money,
}
event!(PaymentVoided = "payment.voided" of payment);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRefunded {
    pub payment: PaymentId,
    pub order: OrderId,
    pub refund: RefundId,
    pub amount: Money,
    /// Of this payment, this refund included.
    pub refunded_total: Money,
    pub reason: String,
}
event!(PaymentRefunded = "payment.refunded" of payment);
