//! What every provider must do. A provider's own test hands in an instance and the tokens that make it answer;
//! see tests/sandbox.rs and docs/guides/add-a-payment-provider.md.
#![allow(dead_code, unreachable_pub, reason = "shared by test binaries")]

use axum::http::HeaderMap;
use souk_payment::providers::{
    AuthorizeRequest, Authorized, Done, Found, ListPage, Operation, PaymentProvider, ProviderPayment,
    ProviderState, RefundRequest,
};
use souk_types::{Chance, Clock, Currency, Money, PaymentId, RefundId, Timestamp};

/// A provider to be tried, and what makes it say yes and no.
pub struct Candidate<'a> {
    pub provider: &'a dyn PaymentProvider,
    pub yes: &'a str,
    pub no: &'a str,
    /// The money comes by hand: somebody has to say so before it can be captured.
    pub by_hand: bool,
}

impl Candidate<'_> {
    /// What has to happen outside before a capture can succeed.
    async fn money_comes(&self, payment: PaymentId) {
        if self.by_hand {
            let early = self.provider.capture(&Operation::capture(payment, amount())).await;
            assert_eq!(early, Done::Awaited, "nobody takes what has not come");
            for _ in 0..2 {
                assert_eq!(self.provider.receive(&Operation::receive(payment, amount())).await, Done::Yes);
            }
        }
    }
}

/// Runs all of it.
pub async fn passes(candidate: &Candidate<'_>) {
    a_yes_is_a_yes_however_often_it_is_asked(candidate).await;
    a_no_has_a_reason_and_stays_a_no(candidate).await;
    a_capture_takes_all_of_it_once(candidate).await;
    what_was_voided_cannot_be_captured_nor_the_other_way_round(candidate).await;
    refunds_are_single_by_reference_and_never_exceed_the_capture(candidate).await;
    what_was_never_asked_for_is_not_found(candidate).await;
    everything_stands_on_the_list_in_pages(candidate).await;
    an_unsigned_webhook_is_refused(candidate).await;
}

pub fn new_payment() -> PaymentId {
    PaymentId::new(&Chance::system(), Clock::system().now())
}

pub fn new_refund() -> RefundId {
    RefundId::new(&Chance::system(), Clock::system().now())
}

fn amount() -> Money {
    Money::new(2_500, Currency::EUR)
}

pub fn asking(payment: PaymentId, token: &str) -> AuthorizeRequest {
    AuthorizeRequest {
        payment,
        amount: amount(),
        token: token.to_owned(),
        number: "1001".to_owned(),
        email: "ada@example.com".to_owned(),
        return_url: None,
    }
}

async fn authorized(candidate: &Candidate<'_>) -> PaymentId {
    let payment = new_payment();
    assert_eq!(candidate.provider.authorize(&asking(payment, candidate.yes)).await, Authorized::Yes);
    payment
}

async fn record(candidate: &Candidate<'_>, payment: PaymentId) -> ProviderPayment {
    match candidate.provider.lookup(payment).await {
        Found::Payment(found) => found,
        other => panic!("{payment} should be known, got {other:?}"),
    }
}

fn refunding(refund: RefundId, payment: PaymentId, amount: i64) -> RefundRequest {
    let amount = Money::new(amount, Currency::EUR);
    RefundRequest { payment, refund, amount, reason: "customer".to_owned() }
}

async fn a_yes_is_a_yes_however_often_it_is_asked(candidate: &Candidate<'_>) {
    let payment = authorized(candidate).await;
    let again = candidate.provider.authorize(&asking(payment, candidate.yes)).await;
    assert_eq!(again, Authorized::Yes);
    let found = record(candidate, payment).await;
    assert_eq!((found.state, found.amount, found.captured), (ProviderState::Authorized, amount(), 0));
}

async fn a_no_has_a_reason_and_stays_a_no(candidate: &Candidate<'_>) {
    let payment = new_payment();
    let first = candidate.provider.authorize(&asking(payment, candidate.no)).await;
    assert!(matches!(&first, Authorized::Declined { reason } if !reason.is_empty()), "{first:?}");
    assert_eq!(candidate.provider.authorize(&asking(payment, candidate.no)).await, first);
    let captured = candidate.provider.capture(&Operation::capture(payment, amount())).await;
    assert!(matches!(captured, Done::Refused { .. }), "{captured:?}");
}

async fn a_capture_takes_all_of_it_once(candidate: &Candidate<'_>) {
    let payment = authorized(candidate).await;
    candidate.money_comes(payment).await;
    let capture = Operation::capture(payment, amount());
    for _ in 0..3 {
        assert_eq!(candidate.provider.capture(&capture).await, Done::Yes);
    }
    let found = record(candidate, payment).await;
    assert_eq!((found.state, found.captured, found.refunded), (ProviderState::Captured, 2_500, 0));
}

async fn what_was_voided_cannot_be_captured_nor_the_other_way_round(candidate: &Candidate<'_>) {
    let voided = authorized(candidate).await;
    for _ in 0..2 {
        assert_eq!(candidate.provider.void(&Operation::void(voided, amount())).await, Done::Yes);
    }
    let captured = candidate.provider.capture(&Operation::capture(voided, amount())).await;
    assert!(matches!(captured, Done::Refused { .. }), "{captured:?}");
    assert_eq!(record(candidate, voided).await.state, ProviderState::Voided);
    let late = candidate.provider.receive(&Operation::receive(voided, amount())).await;
    assert!(matches!(late, Done::Refused { .. }), "{late:?}");
    let captured = authorized(candidate).await;
    candidate.money_comes(captured).await;
    candidate.provider.capture(&Operation::capture(captured, amount())).await;
    let refused = candidate.provider.void(&Operation::void(captured, amount())).await;
    assert!(matches!(refused, Done::Refused { .. }), "{refused:?}");
}

async fn refunds_are_single_by_reference_and_never_exceed_the_capture(candidate: &Candidate<'_>) {
    let payment = authorized(candidate).await;
    let early = candidate.provider.refund(&refunding(new_refund(), payment, 1)).await;
    assert!(matches!(early, Done::Refused { .. }), "{early:?}");
    candidate.money_comes(payment).await;
    candidate.provider.capture(&Operation::capture(payment, amount())).await;
    let refund = new_refund();
    for _ in 0..3 {
        assert_eq!(candidate.provider.refund(&refunding(refund, payment, 2_000)).await, Done::Yes);
    }
    let too_much = candidate.provider.refund(&refunding(new_refund(), payment, 501)).await;
    assert!(matches!(too_much, Done::Refused { .. }), "{too_much:?}");
    assert_eq!(candidate.provider.refund(&refunding(new_refund(), payment, 500)).await, Done::Yes);
    assert_eq!(record(candidate, payment).await.refunded, 2_500);
}

async fn what_was_never_asked_for_is_not_found(candidate: &Candidate<'_>) {
    assert_eq!(candidate.provider.lookup(new_payment()).await, Found::Nothing);
    let payment = new_payment();
    let captured = candidate.provider.capture(&Operation::capture(payment, amount())).await;
    assert!(matches!(captured, Done::Refused { .. }), "{captured:?}");
}

async fn everything_stands_on_the_list_in_pages(candidate: &Candidate<'_>) {
    let mut wanted: Vec<PaymentId> = Vec::new();
    for _ in 0..5 {
        wanted.push(authorized(candidate).await);
    }
    let mut page = ListPage { since: Timestamp(0), after: None, limit: 3 };
    loop {
        let listed = candidate.provider.list(&page).await.expect("the list");
        let Some(last) = listed.last() else { break };
        assert!(listed.len() <= 3 && listed.is_sorted_by_key(|found| found.updated_at));
        page = ListPage { since: last.updated_at, after: Some(last.reference.clone()), limit: 3 };
        wanted.retain(|id| listed.iter().all(|found| found.id() != Some(*id)));
    }
    assert!(wanted.is_empty(), "missing from the list: {wanted:?}");
}

async fn an_unsigned_webhook_is_refused(candidate: &Candidate<'_>) {
    let now = Clock::system().now();
    assert!(candidate.provider.parse_webhook(&HeaderMap::new(), b"{}", now).is_err());
}
