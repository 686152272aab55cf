//! Gives an authorization back before it was captured.

use souk_rpc::{Context, Error};

use super::{in_time, learn, look};
use crate::Deps;
use crate::domain::{Fact, Payment, Told};
use crate::providers::{Done, Operation};

pub(crate) async fn void(cx: &Context, deps: &Deps, payment: Payment) -> Result<Payment, Error> {
    let Some(provider) = deps.providers.get(&payment.provider) else {
        return learn::wait(cx, deps, payment).await;
    };
    let operation = Operation::void(payment.id, payment.amount);
    match in_time(cx, deps, "provider void", provider.void(&operation), |why| Done::Unknown { why }).await {
        Done::Yes => learn::learn(cx, deps, payment, Fact::Voided, Told::Nobody).await,
        Done::Awaited => learn::wait(cx, deps, payment).await,
        Done::Unknown { why } => {
            tracing::warn!(payment.id = %payment.id, why, "void without an answer");
            learn::wait(cx, deps, payment).await
        }
        // It was captured, perhaps: then the record says so, and a refund is the next step.
        Done::Refused { reason } => {
            tracing::info!(payment.id = %payment.id, reason, "void refused, looking it up");
            look::look(cx, deps, payment).await
        }
    }
}
