//! What may happen to an order, and what it states to the shop when it does.
//!
//! A transition that has happened already changes nothing and states nothing: events come more than once.

use souk_contract::events::{OrderCanceled, OrderPaid, OrderPlaced, OrderRefunded, OrderedLine};
use souk_types::{Money, RefundId};

use super::{
    CancelReason, FulfillmentStatus, Moment, Order, OrderEvent, OrderRule, OrderState, PaymentStatus,
};

type Outcome = Result<Option<OrderEvent>, OrderRule>;

/// What the payment service said to an authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payment {
    /// There was nothing to pay.
    NotNeeded,
    Authorized,
    NeedsBuyer {
        url: String,
    },
    Unknown,
}

impl Order {
    /// The payment has been asked for: the order is placed, or waits.
    pub fn settle(&mut self, payment: Payment, moment: &Moment) -> Outcome {
        if self.state != OrderState::Placing {
            return Err(OrderRule::WrongState(self.state));
        }
        let status = match payment {
            Payment::NotNeeded => return Ok(Some(self.place(PaymentStatus::None, moment))),
            Payment::Authorized => return Ok(Some(self.place(PaymentStatus::Authorized, moment))),
            Payment::NeedsBuyer { url } => {
                self.payment_url = Some(url);
                PaymentStatus::Pending
            }
            Payment::Unknown => PaymentStatus::Unknown,
        };
        self.state = OrderState::AwaitingPayment;
        self.payment_status = status;
        self.note(moment, "awaiting_payment", Some(format!("payment {}", status.as_str())));
        Ok(None)
    }

    fn place(&mut self, payment_status: PaymentStatus, moment: &Moment) -> OrderEvent {
        OrderEvent::Placed(self.stand(payment_status, moment))
    }

    fn stand(&mut self, payment_status: PaymentStatus, moment: &Moment) -> Box<OrderPlaced> {
        self.state = OrderState::Placed;
        self.payment_status = payment_status;
        self.payment_url = None;
        self.placed_at = Some(moment.now);
        self.note(moment, "placed", None);
        Box::new(self.placed(moment))
    }

    fn paid(&self) -> OrderPaid {
        OrderPaid {
            order: self.id,
            number: self.number.clone(),
            email: self.email.clone(),
            locale: self.locale.clone(),
            total: self.totals.total,
        }
    }

    /// The provider holds the money: a waiting order is placed. On a canceled one nothing happens, since the
    /// payment service, told of the cancellation, gives the money back by itself.
    pub fn payment_authorized(&mut self, moment: &Moment) -> Outcome {
        match self.state {
            OrderState::Placing => Err(OrderRule::StillPlacing),
            OrderState::AwaitingPayment => Ok(Some(self.place(PaymentStatus::Authorized, moment))),
            OrderState::Placed | OrderState::Completed | OrderState::Canceled => Ok(None),
        }
    }

    pub fn payment_declined(&mut self, why: &str, moment: &Moment) -> Outcome {
        match self.state {
            OrderState::Placing => Err(OrderRule::StillPlacing),
            OrderState::AwaitingPayment => {
                let canceled = self.canceled(CancelReason::PaymentDeclined, Some(why.to_owned()), moment);
                self.decline();
                Ok(Some(canceled))
            }
            OrderState::Placed | OrderState::Completed | OrderState::Canceled => Ok(None),
        }
    }

    fn decline(&mut self) {
        self.payment_status = PaymentStatus::Declined;
    }

    /// The provider said no while the order was being placed.
    pub fn declined_at_checkout(&mut self, why: &str, moment: &Moment) -> Outcome {
        if self.state != OrderState::Placing {
            return Err(OrderRule::WrongState(self.state));
        }
        self.decline();
        Ok(Some(self.canceled(CancelReason::PaymentDeclined, Some(why.to_owned()), moment)))
    }

    /// The money is ours. It may arrive for an order that is canceled by now; then a refund follows.
    pub fn payment_captured(&mut self, moment: &Moment) -> Outcome {
        let placed = match self.state {
            OrderState::Placing => return Err(OrderRule::StillPlacing),
            OrderState::AwaitingPayment => Some(self.stand(PaymentStatus::Authorized, moment)),
            OrderState::Placed | OrderState::Completed | OrderState::Canceled => None,
        };
        let earlier = matches!(
            self.payment_status,
            PaymentStatus::None | PaymentStatus::Pending | PaymentStatus::Unknown | PaymentStatus::Authorized
        );
        if !earlier {
            return Ok(None);
        }
        self.payment_status = PaymentStatus::Captured;
        self.note(moment, "payment.captured", None);
        self.complete_if_done(moment);
        // A canceled order is not paid: its money goes back, and that is told.
        let stands = self.state != OrderState::Canceled;
        Ok(stands.then(|| OrderEvent::Paid { placed, paid: self.paid() }))
    }

    pub fn payment_voided(&mut self, moment: &Moment) -> Outcome {
        match (self.state, self.payment_status) {
            (OrderState::Placing, _) => return Err(OrderRule::StillPlacing),
            // A declined attempt that is voided to be sure stays declined.
            (_, PaymentStatus::Voided | PaymentStatus::Declined) => {}
            (_, PaymentStatus::Captured | PaymentStatus::Refunded | PaymentStatus::PartiallyRefunded) => {}
            _ => {
                self.payment_status = PaymentStatus::Voided;
                self.note(moment, "payment.voided", None);
            }
        }
        Ok(None)
    }

    /// `refunded_total` is what has been given back so far, this refund included.
    pub fn payment_refunded(
        &mut self,
        refund: RefundId,
        amount: Money,
        refunded_total: Money,
        reason: &str,
        moment: &Moment,
    ) -> Outcome {
        if self.state == OrderState::Placing {
            return Err(OrderRule::StillPlacing);
        }
        if refunded_total.amount <= self.refunded {
            return Ok(None);
        }
        self.refunded = refunded_total.amount;
        self.payment_status = match self.refunded >= self.totals.total.amount {
            true => PaymentStatus::Refunded,
            false => PaymentStatus::PartiallyRefunded,
        };
        self.note(moment, "payment.refunded", Some(format!("{amount}: {reason}")));
        Ok(Some(OrderEvent::Refunded(OrderRefunded {
            order: self.id,
            number: self.number.clone(),
            email: self.email.clone(),
            locale: self.locale.clone(),
            refund,
            amount,
            reason: reason.to_owned(),
        })))
    }

    /// Whether `amount` may be given back, as far as the order knows; the payment service knows exactly.
    pub fn check_refund(&self, amount: Money) -> Result<(), OrderRule> {
        if !matches!(self.payment_status, PaymentStatus::Captured | PaymentStatus::PartiallyRefunded) {
            return Err(OrderRule::NotPaid(self.payment_status));
        }
        let left = Money::new(self.totals.total.amount - self.refunded, self.currency);
        if amount.currency != self.currency || amount.amount > left.amount {
            return Err(OrderRule::MoreThanPaid(left));
        }
        Ok(())
    }

    pub fn refund_requested(&mut self, amount: Money, reason: &str, moment: &Moment) {
        self.note(moment, "refund.requested", Some(format!("{amount}: {reason}")));
    }

    /// Somebody wants it undone. Once a parcel has left it is a return, not a cancellation.
    pub fn cancel(&mut self, reason: CancelReason, note: Option<String>, moment: &Moment) -> Outcome {
        match self.state {
            OrderState::Placing => return Err(OrderRule::StillPlacing),
            OrderState::Completed => return Err(OrderRule::AlreadyShipped),
            OrderState::Canceled => return Ok(None),
            OrderState::AwaitingPayment | OrderState::Placed => {}
        }
        if self.fulfillment_status != FulfillmentStatus::Unfulfilled {
            return Err(OrderRule::AlreadyShipped);
        }
        Ok(Some(self.canceled(reason, note, moment)))
    }

    /// The attempt to place it has failed, or took too long.
    pub fn give_up(&mut self, reason: CancelReason, note: Option<String>, moment: &Moment) -> Outcome {
        match self.state {
            OrderState::Placing | OrderState::AwaitingPayment => {
                Ok(Some(self.canceled(reason, note, moment)))
            }
            state => Err(OrderRule::WrongState(state)),
        }
    }

    /// The hold had expired and the stock went to somebody else. Goods that have left are not taken back.
    pub fn stock_failed(&mut self, moment: &Moment) -> Outcome {
        match self.state {
            OrderState::Placing => Err(OrderRule::StillPlacing),
            OrderState::AwaitingPayment | OrderState::Placed
                if self.fulfillment_status == FulfillmentStatus::Unfulfilled =>
            {
                Ok(Some(self.canceled(CancelReason::SoldOut, None, moment)))
            }
            _ => Ok(None),
        }
    }

    fn canceled(&mut self, reason: CancelReason, note: Option<String>, moment: &Moment) -> OrderEvent {
        // Whoever was told that the payment is being looked into has left, and takes the order for accepted.
        let was_placed = self.placed_at.is_some() || self.payment_status == PaymentStatus::Unknown;
        self.state = OrderState::Canceled;
        self.canceled_reason = Some(reason);
        self.payment_url = None;
        let detail =
            note.map_or_else(|| reason.as_str().to_owned(), |note| format!("{}: {note}", reason.as_str()));
        self.note(moment, "canceled", Some(detail));
        OrderEvent::Canceled(OrderCanceled {
            order: self.id,
            number: self.number.clone(),
            email: self.email.clone(),
            locale: self.locale.clone(),
            reason: reason.as_str().to_owned(),
            was_placed,
            total: self.totals.total,
        })
    }

    pub(super) fn complete_if_done(&mut self, moment: &Moment) {
        let paid = match self.payment_status {
            PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => true,
            PaymentStatus::None => self.totals.total.amount == 0,
            _ => false,
        };
        if self.state == OrderState::Placed && paid && self.fulfillment_status == FulfillmentStatus::Fulfilled
        {
            self.state = OrderState::Completed;
            self.note(moment, "completed", None);
        }
    }

    fn placed(&self, moment: &Moment) -> OrderPlaced {
        let line = |line: &super::OrderLine| OrderedLine {
            variant: line.variant,
            sku: line.sold.sku.clone(),
            title: line.sold.title.clone(),
            variant_title: line.sold.variant_title.clone(),
            quantity: line.quantity,
            unit_price: line.sold.price.unit_price,
            total: line.sold.price.total,
        };
        OrderPlaced {
            order: self.id,
            number: self.number.clone(),
            user: self.user,
            email: self.email.clone(),
            locale: self.locale.clone(),
            placed_at: moment.now,
            lines: self.lines.iter().map(line).collect(),
            totals: self.totals.into(),
            shipping_address: self.shipping_address.clone(),
            shipping_method: self.shipping.title.clone(),
        }
    }
}
