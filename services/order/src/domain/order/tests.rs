use souk_contract::Address;
use souk_types::{
    CartId, Chance, Currency, LineId, Money, OrderId, ProductId, RefundId, ShipmentId, Timestamp, VariantId,
};

use super::*;
use crate::domain::pricing::{
    ChosenShipping, Destination, Input, LineInput, PromotionSet, ShippingPrice, Sold, TaxTable, UsesLeft,
    quote,
};

const NOW: Timestamp = Timestamp(1_000);

fn moment() -> Moment {
    Moment { now: NOW, actor: "system".to_owned() }
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

fn berlin() -> Address {
    Address {
        name: "Ada".to_owned(),
        company: None,
        line1: "Street 1".to_owned(),
        line2: None,
        city: "Berlin".to_owned(),
        region: None,
        postal_code: None,
        country: "DE".to_owned(),
        phone: None,
    }
}

/// Two shirts at 10 EUR and a hat at 5, being placed.
fn placing() -> Order {
    let chance = Chance::seeded(7);
    let inputs = [(1_000, 2), (500, 1)].map(|(price, quantity)| LineInput {
        unit_price: eur(price),
        quantity,
        tax_category: "standard".to_owned(),
        weight_grams: 200,
        sold: Sold::default(),
    });
    let chosen = ChosenShipping {
        code: "standard".to_owned(),
        title: "Standard".to_owned(),
        price: ShippingPrice::Flat(eur(500)),
        free_above: None,
        pick_up: false,
        delivery: None,
    };
    let quote = quote(&Input {
        currency: Currency::EUR,
        lines: &inputs,
        to: Destination::country("DE"),
        shipping: Some(chosen),
        promotions: &PromotionSet::default(),
        codes: &[],
        buyer: None,
        used_up: &UsesLeft::new(),
        now: NOW,
        taxes: &TaxTable::default(),
        exempt: false,
        cash_unit: None,
    })
    .expect("priced");
    let line = |price: &LineQuote| OrderLine {
        id: LineId::new(&chance, NOW),
        variant: VariantId::new(&chance, NOW),
        quantity: price.quantity,
        shipped: 0,
        sold: SoldAs {
            product: ProductId::new(&chance, NOW),
            sku: "SKU".to_owned(),
            title: "Shirt".to_owned(),
            variant_title: String::new(),
            slug: "shirt".to_owned(),
            image: None,
            price: price.clone(),
        },
    };
    Order {
        id: OrderId::new(&chance, NOW),
        number: "0123456789".to_owned(),
        cart: CartId::secret(&chance),
        user: None,
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        currency: Currency::EUR,
        lines: quote.lines.iter().map(line).collect(),
        shipping: quote.shipping.expect("chosen"),
        shipping_address: berlin(),
        totals: quote.totals,
        promotions: quote.applied,
        tax_lines: quote.tax_lines,
        state: OrderState::Placing,
        canceled_reason: None,
        payment_status: PaymentStatus::None,
        fulfillment_status: FulfillmentStatus::Unfulfilled,
        payment_url: None,
        refunded: 0,
        version: 1,
        events: 0,
        lease_until: NOW,
        expires_at: NOW,
        created_at: NOW,
        placed_at: None,
        updated_at: NOW,
        changes: Vec::new(),
    }
}

fn placed() -> Order {
    let mut order = placing();
    let event = order.settle(Payment::Authorized, &moment()).expect("placing");
    assert!(matches!(event, Some(OrderEvent::Placed(_))));
    order
}

fn parcel() -> Parcel {
    Parcel { carrier: "DHL".to_owned(), tracking_number: None, tracking_url: None }
}

fn parcel_id() -> ShipmentId {
    ShipmentId::new(&Chance::seeded(9), NOW)
}

#[test]
fn an_order_is_complete_when_it_is_paid_and_shipped_in_either_order() {
    let mut order = placed();
    order.ship(parcel_id(), parcel(), &[], &moment()).expect("all that is left");
    assert_eq!(order.state, OrderState::Placed);
    order.payment_captured(&moment()).expect("placed");
    assert_eq!(order.state, OrderState::Completed);

    let mut order = placed();
    order.payment_captured(&moment()).expect("placed");
    order.ship(parcel_id(), parcel(), &[], &moment()).expect("all that is left");
    assert_eq!(order.state, OrderState::Completed);
}

#[test]
fn an_order_that_costs_nothing_needs_no_payment_to_be_complete() {
    let mut order = placing();
    order.totals.total = eur(0);
    order.settle(Payment::NotNeeded, &moment()).expect("placing");
    order.ship(parcel_id(), parcel(), &[], &moment()).expect("all that is left");
    assert_eq!(order.state, OrderState::Completed);
}

#[test]
fn parcels_hold_no_more_than_was_sold() {
    let mut order = placed();
    let shirt = order.lines[0].id;
    let of_shirts = |quantity| [ShipmentLine { line_id: shirt, quantity }];
    let (_, event) = order.ship(parcel_id(), parcel(), &of_shirts(1), &moment()).expect("one of two");
    assert!(matches!(event, OrderEvent::Shipped(shipped) if !shipped.complete));
    assert_eq!(order.fulfillment_status, FulfillmentStatus::Partial);
    let twice = [of_shirts(1)[0], of_shirts(1)[0]];
    let refused = order.ship(parcel_id(), parcel(), &twice, &moment()).map(|_| ());
    assert_eq!(refused, Err(OrderRule::MoreThanLeft { line: shirt, left: 1 }));
    let (shipment, event) = order.ship(parcel_id(), parcel(), &[], &moment()).expect("the rest");
    assert_eq!(shipment.lines.iter().map(|line| line.quantity).sum::<u32>(), 2);
    assert!(matches!(event, OrderEvent::Shipped(shipped) if shipped.complete));
}

#[test]
fn once_a_parcel_has_left_it_is_too_late_to_cancel() {
    let mut order = placed();
    let line = ShipmentLine { line_id: order.lines[1].id, quantity: 1 };
    order.ship(parcel_id(), parcel(), &[line], &moment()).expect("in stock");
    let refused = order.cancel(CancelReason::Customer, None, &moment());
    assert_eq!(refused, Err(OrderRule::AlreadyShipped));
    assert_eq!(order.stock_failed(&moment()), Ok(None));
}

#[test]
fn only_a_buyer_who_was_told_that_the_order_stands_gets_a_mail_that_it_does_not() {
    let told = |event: Option<OrderEvent>| match event {
        Some(OrderEvent::Canceled(canceled)) => canceled.was_placed,
        other => panic!("not canceled: {other:?}"),
    };
    assert!(told(placed().cancel(CancelReason::Staff, None, &moment()).expect("may be canceled")));
    assert!(!told(placing().give_up(CancelReason::SoldOut, None, &moment()).expect("may be given up")));
    assert!(!told(placing().declined_at_checkout("insufficient_funds", &moment()).expect("placing")));
}

#[test]
fn a_buyer_who_was_told_that_the_payment_is_looked_into_gets_a_mail_when_it_comes_to_nothing() {
    let told = |payment: Payment| {
        let mut order = placing();
        order.settle(payment, &moment()).expect("placing");
        match order.payment_declined("provider_not_reached", &moment()).expect("awaiting payment") {
            Some(OrderEvent::Canceled(canceled)) => (canceled.was_placed, order.payment_status),
            other => panic!("not canceled: {other:?}"),
        }
    };
    assert_eq!(told(Payment::Unknown), (true, PaymentStatus::Declined));
    // Whom the bank has refused, the bank has told.
    let url = "https://bank.example".to_owned();
    assert_eq!(told(Payment::NeedsBuyer { url }), (false, PaymentStatus::Declined));
}

#[test]
fn money_that_arrives_for_a_canceled_order_is_noted_and_its_refund_too() {
    let mut order = placed();
    order.cancel(CancelReason::Customer, None, &moment()).expect("may be canceled");
    assert_eq!(order.payment_captured(&moment()), Ok(None));
    assert_eq!((order.state, order.payment_status), (OrderState::Canceled, PaymentStatus::Captured));
    let refund = RefundId::new(&Chance::seeded(3), NOW);
    let total = order.totals.total;
    let event = order.payment_refunded(refund, total, total, "canceled", &moment()).expect("paid");
    assert!(matches!(event, Some(OrderEvent::Refunded(_))));
    assert_eq!(order.payment_status, PaymentStatus::Refunded);
    assert_eq!(order.payment_refunded(refund, total, total, "canceled", &moment()), Ok(None));
}

#[test]
fn an_event_that_comes_again_changes_nothing() {
    let mut order = placed();
    order.changes.clear();
    assert_eq!(order.payment_authorized(&moment()), Ok(None));
    assert_eq!(order.payment_declined("late", &moment()), Ok(None));
    assert!(order.changes.is_empty());
    order.payment_captured(&moment()).expect("placed");
    order.changes.clear();
    assert_eq!(order.payment_captured(&moment()), Ok(None));
    assert_eq!(order.payment_voided(&moment()), Ok(None));
    assert!(order.changes.is_empty());
}

#[test]
fn no_more_is_given_back_than_was_paid() {
    let mut order = placed();
    assert_eq!(order.check_refund(eur(1)), Err(OrderRule::NotPaid(PaymentStatus::Authorized)));
    order.payment_captured(&moment()).expect("placed");
    let total = order.totals.total;
    assert_eq!(order.check_refund(total), Ok(()));
    assert_eq!(order.check_refund(eur(total.amount + 1)), Err(OrderRule::MoreThanPaid(total)));
    assert_eq!(order.check_refund(Money::new(1, Currency::USD)), Err(OrderRule::MoreThanPaid(total)));
    let refund = RefundId::new(&Chance::seeded(3), NOW);
    order.payment_refunded(refund, eur(100), eur(100), "late", &moment()).expect("paid");
    assert_eq!(order.payment_status, PaymentStatus::PartiallyRefunded);
    assert_eq!(order.check_refund(total), Err(OrderRule::MoreThanPaid(eur(total.amount - 100))));
}

#[test]
fn an_event_waits_while_the_order_is_being_placed() {
    let mut order = placing();
    assert_eq!(order.payment_authorized(&moment()), Err(OrderRule::StillPlacing));
    assert_eq!(order.payment_captured(&moment()), Err(OrderRule::StillPlacing));
    assert_eq!(order.cancel(CancelReason::Staff, None, &moment()), Err(OrderRule::StillPlacing));
}
