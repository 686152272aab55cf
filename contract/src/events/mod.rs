//! Everything that happens in the shop and who hears of it.

mod order;
mod payment;
mod product;
mod user;

pub use order::*;
pub use payment::*;
pub use product::*;
pub use user::*;

use souk_types::Event;

/// Event → its consumers. A consumer is a service, or a part of one: `product.search` lives in `product`.
///
/// This table is the whole of the shop's choreography; wiring and relay read it, and each service's tests
/// check that it reacts to exactly what stands here.
pub const ROUTES: &[(&str, &[&str])] = &[
    (VerificationRequested::TYPE, &["notification"]),
    (RegistrationRepeated::TYPE, &["notification"]),
    (PasswordResetRequested::TYPE, &["notification"]),
    (PasswordChanged::TYPE, &["notification"]),
    (ProductSaved::TYPE, &["product.search", "product.purge"]),
    (ProductRemoved::TYPE, &["product.search", "product.purge"]),
    (StockAllocationFailed::TYPE, &["order"]),
    (PaymentAuthorized::TYPE, &["order"]),
    (PaymentDeclined::TYPE, &["order"]),
    (PaymentCaptured::TYPE, &["order"]),
    (PaymentVoided::TYPE, &["order"]),
    (PaymentRefunded::TYPE, &["order"]),
    (OrderPlaced::TYPE, &["product", "payment", "notification", "notification.webhooks"]),
    (OrderPaid::TYPE, &["notification.webhooks"]),
    (OrderCanceled::TYPE, &["product", "payment", "notification", "notification.webhooks"]),
    (OrderShipped::TYPE, &["product", "notification", "notification.webhooks"]),
    (OrderRefunded::TYPE, &["notification", "notification.webhooks"]),
];

/// Names an event type and the field that identifies its aggregate.
macro_rules! event {
    ($name:ident = $kind:literal of $subject:ident) => {
        impl souk_types::Event for $name {
            const TYPE: &'static str = $kind;

            fn subject(&self) -> uuid::Uuid {
                self.$subject.into()
            }
        }
    };
}
use event;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_stands_twice_in_the_routes() {
        let mut kinds: Vec<&str> = ROUTES.iter().map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), ROUTES.len());
    }
}
