//! Every event, as it stands in outboxes, on the bus and in inboxes.

use souk_contract::events::*;
use souk_contract::product::Shortage;
use souk_types::{Event, OrderId, PaymentId, ProductId, RefundId, ShipmentId, UserId, VariantId};

use crate::examples::{NOW, address, euros, id, some, text};
use crate::speaks;

/// Lists the shop's events, each with an example: snapshots it, and knows them all.
macro_rules! events {
    ($($name:ident { $($field:ident: $value:expr),* $(,)? })*) => {
        const KINDS: &[&str] = &[$($name::TYPE),*];

        /// The types' own names, to be compared with the source.
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        #[test]
        fn every_event_is_written_as_ever() {
            $(speaks($name::TYPE, &$name { $($field: $value),* });)*
        }
    };
}

events! {
    VerificationRequested {
        user: UserId(id(1)), email: text("ada@example.com"), name: text("Ada"), locale: text("en"),
        token: text("v-token"), expires_at: NOW,
    }
    RegistrationRepeated {
        user: UserId(id(1)), email: text("ada@example.com"), name: text("Ada"), locale: text("en"),
    }
    PasswordResetRequested {
        user: UserId(id(1)), email: text("ada@example.com"), name: text("Ada"), locale: text("en"),
        token: text("p-token"), expires_at: NOW,
    }
    PasswordChanged {
        user: UserId(id(1)), email: text("ada@example.com"), name: text("Ada"), locale: text("en"),
    }
    ProductSaved { product: ProductId(id(2)), version: 7 }
    ProductRemoved { product: ProductId(id(2)), slug: some("t-shirt") }
    StockAllocationFailed {
        order: OrderId(id(3)),
        shortages: vec![Shortage { variant: VariantId(id(4)), requested: 2, available: 1 }],
    }
    PaymentAuthorized { payment: PaymentId(id(5)), order: OrderId(id(3)), amount: euros(4380) }
    PaymentDeclined { payment: PaymentId(id(5)), order: OrderId(id(3)), reason: text("insufficient_funds") }
    PaymentCaptured { payment: PaymentId(id(5)), order: OrderId(id(3)), amount: euros(4380) }
    PaymentVoided { payment: PaymentId(id(5)), order: OrderId(id(3)), amount: euros(4380) }
    PaymentRefunded {
        payment: PaymentId(id(5)), order: OrderId(id(3)), refund: RefundId(id(6)), amount: euros(1999),
        refunded_total: euros(1999), reason: text("too_small"),
    }
    OrderPlaced {
        order: OrderId(id(3)), number: text("S-1001"), user: Some(UserId(id(1))), email: text("ada@example.com"),
        locale: text("en"), placed_at: NOW, lines: vec![ordered_line()], totals: totals(),
        shipping_address: address(), shipping_method: text("standard"),
    }
    OrderCanceled {
        order: OrderId(id(3)), number: text("S-1001"), email: text("ada@example.com"), locale: text("en"),
        reason: text("customer"), was_placed: true, total: euros(4380),
    }
    OrderShipped {
        order: OrderId(id(3)), number: text("S-1001"), email: text("ada@example.com"), locale: text("en"),
        shipment: ShipmentId(id(7)), carrier: text("Royal Mail"), tracking_number: some("RM123"),
        tracking_url: some("https://track.example/RM123"), lines: vec![shipped_line()], complete: true,
    }
    OrderRefunded {
        order: OrderId(id(3)), number: text("S-1001"), email: text("ada@example.com"), locale: text("en"),
        refund: RefundId(id(6)), amount: euros(1999), reason: text("too_small"),
    }
}

fn ordered_line() -> OrderedLine {
    OrderedLine {
        variant: VariantId(id(4)),
        sku: text("TEE-M"),
        title: text("T-shirt"),
        variant_title: text("M"),
        quantity: 2,
        unit_price: euros(1999),
        total: euros(3998),
    }
}

fn shipped_line() -> ShippedLine {
    ShippedLine { variant: VariantId(id(4)), sku: text("TEE-M"), title: text("T-shirt"), quantity: 2 }
}

fn totals() -> OrderTotals {
    OrderTotals {
        subtotal: euros(3998),
        discount: euros(118),
        shipping: euros(500),
        tax: euros(0),
        tax_included: euros(699),
        rounding: None,
        total: euros(4380),
    }
}

#[test]
fn every_event_stands_in_the_routes_exactly_once() {
    for kind in KINDS {
        let routes = ROUTES.iter().filter(|(routed, _)| routed == kind).count();
        assert_eq!(routes, 1, "`{kind}` stands {routes} times in events::ROUTES");
    }
    assert_eq!(ROUTES.len(), KINDS.len(), "a route without an event in this list");
}

/// Rust cannot list the implementors of a trait, but the source can be read.
#[test]
fn no_event_of_the_source_is_missing_here() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/events");
    let mut declared = Vec::new();
    for file in std::fs::read_dir(folder).expect("the events' folder") {
        let source = std::fs::read_to_string(file.expect("a file").path()).expect("a source file");
        let calls = source.lines().filter_map(|line| line.strip_prefix("event!("));
        declared.extend(calls.filter_map(|call| Some(call.split_once(" = ")?.0.to_owned())));
    }
    let mut listed = NAMES.to_vec();
    declared.sort_unstable();
    listed.sort_unstable();
    assert_eq!(declared, listed);
}

#[test]
fn consumers_of_a_route_are_told_once() {
    for (kind, consumers) in ROUTES {
        let mut once = consumers.to_vec();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), consumers.len(), "{kind}");
        assert!(!consumers.is_empty(), "nobody hears of {kind}");
    }
}
