//! A payment and what it learns from the provider. What is wanted (capture, give back) is kept apart from what
//! is known (the state): only the provider's word moves the state.

use std::time::Duration;

use souk_contract::events::{
    PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded, PaymentVoided,
};
use souk_types::{Money, OrderId, PaymentId, Timestamp};

use super::{Refund, State};

/// What the reason says when the shop itself gave up on the order.
pub const ORDER_CANCELED: &str = "order_canceled";

/// One attempt to pay for one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Also the reference by which the provider knows it.
    pub id: PaymentId,
    pub order: OrderId,
    pub attempt: u32,
    /// The order's number, as people call it.
    pub number: String,
    pub provider: String,
    pub amount: Money,
    pub state: State,
    pub authorized: i64,
    pub captured: i64,
    /// Given back, confirmed by the provider.
    pub refunded: i64,
    /// Promised back, not confirmed yet.
    pub refunding: i64,
    pub reason: Option<String>,
    pub buyer_url: Option<String>,
    /// The money is to be taken, and the provider has not confirmed it.
    pub capturing: bool,
    /// Whatever was or will be taken is to be given back.
    pub unwanted: bool,
    pub due_at: Option<Timestamp>,
    pub looks: u32,
    pub events: i64,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What the provider says of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Unknown,
    NeedsBuyer { url: String },
    Authorized,
    Declined { reason: String },
    Captured,
    Voided,
}

/// Whether whoever asked for the authorization is being answered with this very fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Caller,
    Nobody,
}

/// What came of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// It was known, or is overtaken by what is known.
    Nothing,
    /// The payment moved; the event, if there is one, is to be stated with it.
    Moved(Option<PaymentEvent>),
    /// It cannot be true if our record is: somebody has to look.
    Contradiction,
}

/// An event about a payment, still without its place in the sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentEvent {
    Authorized(PaymentAuthorized),
    Declined(PaymentDeclined),
    Captured(PaymentCaptured),
    Voided(PaymentVoided),
    Refunded(PaymentRefunded),
}

/// What is to be done next, for whoever drives the payment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing, until something happens.
    Rest,
    /// Ask the provider where it stands.
    Look,
    Capture,
    Void,
    /// Confirm promised refunds, or give back what nobody wants.
    Refund,
}

/// How long to wait before looking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    pub first: Duration,
    pub longest: Duration,
}

impl Pace {
    /// Doubles with each look.
    pub fn pause(&self, looks: u32) -> Duration {
        self.first.saturating_mul(1 << looks.min(16)).min(self.longest)
    }
}

impl Payment {
    /// What is left to be given back, promises included.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refunding
    }

    pub fn next_step(&self) -> Step {
        match self.state {
            // Asking it to be canceled is safe in every case; the answer tells what it was.
            State::NeedsBuyer if self.unwanted => Step::Void,
            State::Authorizing | State::Unknown | State::NeedsBuyer => Step::Look,
            State::Authorized if self.unwanted => Step::Void,
            State::Authorized if self.capturing => Step::Capture,
            State::Captured | State::PartiallyRefunded
                if self.refunding > 0 || (self.unwanted && self.refundable() > 0) =>
            {
                Step::Refund
            }
            _ => Step::Rest,
        }
    }

    /// Takes in what the provider says. Facts may come twice, late and out of order.
    pub fn learn(&mut self, fact: Fact, told: Told, now: Timestamp, pace: &Pace) -> Learned {
        // An outcome that goes back to the caller needs no event, unless he was told something else before.
        let silent = told == Told::Caller && self.state == State::Authorizing;
        let event = match (self.state, fact) {
            (State::Authorizing, Fact::Unknown) => self.enter(State::Unknown),
            (State::Authorizing | State::Unknown, Fact::NeedsBuyer { url }) => {
                self.buyer_url = Some(url);
                self.enter(State::NeedsBuyer)
            }
            (state, Fact::Authorized) if state.is_open() => self.authorize(silent),
            // He was told no, so the money must not stay away from him.
            (State::Declined, Fact::Authorized) => {
                self.unwanted = true;
                self.authorize(true)
            }
            (state, Fact::Declined { reason }) if state.is_open() => self.decline(reason, silent),
            (State::Authorized, Fact::Captured) => self.capture(),
            (State::Authorized, Fact::Voided) => self.void(),
            // It was canceled before the buyer confirmed.
            (state, Fact::Voided) if state.is_open() && self.unwanted => self.void(),
            (state, Fact::Voided) if state.is_open() => self.decline(ORDER_CANCELED.to_owned(), silent),
            // The provider let go of it by itself, by expiry for example.
            (State::Authorized, Fact::Declined { reason }) => {
                self.reason = Some(reason);
                self.void()
            }
            (State::Voided, Fact::Captured) => return Learned::Contradiction,
            (state, Fact::Voided | Fact::Declined { .. }) if state.was_captured() => {
                return Learned::Contradiction;
            }
            _ => return Learned::Nothing,
        };
        if event.is_some() {
            self.events += 1;
        }
        self.looks = 0;
        self.reschedule(now, pace);
        Learned::Moved(event)
    }

    /// The provider has confirmed a refund that was promised before.
    pub fn settle_refund(&mut self, refund: &Refund, now: Timestamp, pace: &Pace) -> PaymentEvent {
        self.refunding -= refund.amount.amount;
        self.refunded += refund.amount.amount;
        let all = self.refunded == self.captured;
        self.state = if all { State::Refunded } else { State::PartiallyRefunded };
        self.events += 1;
        self.looks = 0;
        self.reschedule(now, pace);
        PaymentEvent::Refunded(PaymentRefunded {
            payment: self.id,
            order: self.order,
            refund: refund.id,
            amount: refund.amount,
            refunded_total: Money::new(self.refunded, self.amount.currency),
            reason: refund.reason.clone(),
        })
    }

    /// The provider refused a refund: the promise is taken back.
    pub fn refuse_refund(&mut self, refund: &Refund, now: Timestamp, pace: &Pace) {
        self.refunding -= refund.amount.amount;
        self.wait(now, pace);
    }

    /// Says when to look again, after a look that found nothing new.
    pub fn wait(&mut self, now: Timestamp, pace: &Pace) {
        self.looks = self.looks.saturating_add(1);
        self.due_at = (self.next_step() != Step::Rest).then(|| now.plus(pace.pause(self.looks)));
    }

    fn reschedule(&mut self, now: Timestamp, pace: &Pace) {
        self.due_at = match self.next_step() {
            Step::Rest => None,
            Step::Look => Some(now.plus(pace.first)),
            Step::Capture | Step::Void | Step::Refund => Some(now),
        };
    }

    fn enter(&mut self, state: State) -> Option<PaymentEvent> {
        self.state = state;
        None
    }

    fn authorize(&mut self, silent: bool) -> Option<PaymentEvent> {
        self.state = State::Authorized;
        self.authorized = self.amount.amount;
        self.buyer_url = None;
        let Payment { id: payment, order, amount, .. } = *self;
        // Nobody is told of money that is given back at once.
        let event = PaymentEvent::Authorized(PaymentAuthorized { payment, order, amount });
        (!silent && !self.unwanted).then_some(event)
    }

    fn decline(&mut self, reason: String, silent: bool) -> Option<PaymentEvent> {
        self.state = State::Declined;
        self.buyer_url = None;
        self.reason = Some(reason.clone());
        let Payment { id: payment, order, .. } = *self;
        (!silent).then_some(PaymentEvent::Declined(PaymentDeclined { payment, order, reason }))
    }

    fn capture(&mut self) -> Option<PaymentEvent> {
        self.state = State::Captured;
        self.captured = self.authorized;
        self.capturing = false;
        let Payment { id: payment, order, amount, .. } = *self;
        Some(PaymentEvent::Captured(PaymentCaptured { payment, order, amount }))
    }

    fn void(&mut self) -> Option<PaymentEvent> {
        self.state = State::Voided;
        self.capturing = false;
        self.buyer_url = None;
        let Payment { id: payment, order, amount, .. } = *self;
        Some(PaymentEvent::Voided(PaymentVoided { payment, order, amount }))
    }
}

#[cfg(test)]
#[path = "payment_tests.rs"]
pub(crate) mod tests;
