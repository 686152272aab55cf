//! SQL, and nothing but SQL: one file per table of ours.

pub mod exceptions;
pub mod ledger;
pub mod payments;
pub mod refunds;
pub mod unwanted;
pub mod webhooks;

use souk_db::Statement;
use souk_db::outbox;
use souk_rpc::Context;

use crate::Deps;
use crate::domain::PaymentEvent;

const SOURCE: &str = "payment";

/// The outbox row of an event, at its place in the payment's sequence.
pub(crate) fn emit(cx: &Context, deps: &Deps, sequence: i64, event: &PaymentEvent) -> Statement {
    let (now, chance) = (deps.clock.now(), &deps.chance);
    match event {
        PaymentEvent::Authorized(event) => outbox::emit(cx, now, chance, SOURCE, sequence, event),
        PaymentEvent::Declined(event) => outbox::emit(cx, now, chance, SOURCE, sequence, event),
        PaymentEvent::Captured(event) => outbox::emit(cx, now, chance, SOURCE, sequence, event),
        PaymentEvent::Voided(event) => outbox::emit(cx, now, chance, SOURCE, sequence, event),
        PaymentEvent::Refunded(event) => outbox::emit(cx, now, chance, SOURCE, sequence, event),
    }
}
