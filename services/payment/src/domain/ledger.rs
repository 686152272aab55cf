//! Double entry. Money moves between accounts by templates only, and a leg that does not balance cannot be said:
//! it names the account that is debited, the one that is credited, and one amount.

use std::fmt;

use serde::Serialize;
use souk_types::{Money, PaymentId, RefundId};
use uuid::Uuid;

use super::{Payment, Refund};

/// The chart of accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a provider owes us: captured and not paid out, less what it gave back to buyers.
    ProviderReceivable(String),
    /// What buyers paid us, less what they got back.
    Sales,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::ProviderReceivable(provider) => write!(f, "provider_receivable:{provider}"),
            Account::Sales => f.write_str("sales"),
        }
    }
}

/// Why money moved. An authorization moves none, so it has no template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    Capture,
    Refund,
}

impl Template {
    pub const fn as_str(self) -> &'static str {
        match self {
            Template::Capture => "capture",
            Template::Refund => "refund",
        }
    }
}

/// An amount from `credit` to `debit`. The amount is positive; the database checks it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    pub debit: Account,
    pub credit: Account,
    pub amount: Money,
}

/// What one business fact does to the accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub template: Template,
    /// The capture's payment or the refund: each is posted once.
    pub source: Uuid,
    pub payment: PaymentId,
    pub legs: Vec<Leg>,
}

/// The provider now owes us what the buyer paid.
pub fn capture(payment: &Payment) -> Posting {
    let leg = Leg {
        debit: Account::ProviderReceivable(payment.provider.clone()),
        credit: Account::Sales,
        amount: Money::new(payment.captured, payment.amount.currency),
    };
    let PaymentId(source) = payment.id;
    Posting { template: Template::Capture, source, payment: payment.id, legs: vec![leg] }
}

/// The capture backwards, for the part that goes back.
pub fn refund(payment: &Payment, refund: &Refund) -> Posting {
    let leg = Leg {
        debit: Account::Sales,
        credit: Account::ProviderReceivable(payment.provider.clone()),
        amount: refund.amount,
    };
    let RefundId(source) = refund.id;
    Posting { template: Template::Refund, source, payment: payment.id, legs: vec![leg] }
}

/// One side of a leg: debits are positive, credits negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub account: Account,
    pub amount: Money,
}

impl Posting {
    /// Both sides of every leg.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        self.legs.iter().flat_map(|leg| {
            let credit = Money { amount: -leg.amount.amount, ..leg.amount };
            [
                Entry { account: leg.debit.clone(), amount: leg.amount },
                Entry { account: leg.credit.clone(), amount: credit },
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use souk_types::{Currency, Timestamp};

    use super::*;
    use crate::domain::payment::tests::payment_of;
    use crate::domain::{RefundState, State};

    fn refund_of(payment: &Payment, amount: i64, n: u128) -> Refund {
        Refund {
            id: RefundId(Uuid::from_u128(n)),
            payment: payment.id,
            order: payment.order,
            key: n.to_string(),
            amount: Money::new(amount, payment.amount.currency),
            reason: "customer".to_owned(),
            state: RefundState::Pending,
            refusal: None,
            created_at: Timestamp(0),
            settled_at: None,
        }
    }

    fn sums(postings: &[Posting]) -> HashMap<&'static str, i128> {
        let mut sums = HashMap::new();
        for entry in postings.iter().flat_map(Posting::entries) {
            *sums.entry(entry.amount.currency.code()).or_default() += i128::from(entry.amount.amount);
        }
        sums
    }

    proptest! {
        #[test]
        fn every_posting_sums_to_zero_per_currency(
            payments in proptest::collection::vec((1..=i64::MAX / 4, 0..4usize, proptest::collection::vec(1..100u8, 0..6)), 1..20),
        ) {
            let currencies = [Currency::EUR, Currency::USD, Currency::JPY, Currency::KWD];
            let mut postings = Vec::new();
            for (amount, currency, shares) in payments {
                let mut payment = payment_of(Money::new(amount, currencies[currency]), State::Captured);
                postings.push(capture(&payment));
                let mut left = amount;
                for (n, share) in shares.into_iter().enumerate() {
                    let part = (left / 100).saturating_mul(i64::from(share)).clamp(1, left.max(1));
                    if part > left {
                        break;
                    }
                    left -= part;
                    payment.refunding += part;
                    postings.push(refund(&payment, &refund_of(&payment, part, n as u128)));
                }
            }
            for posting in &postings {
                prop_assert!(sums(std::slice::from_ref(posting)).values().all(|sum| *sum == 0));
            }
            prop_assert!(sums(&postings).values().all(|sum| *sum == 0));
        }

        #[test]
        fn a_full_refund_leaves_every_account_as_it_was_before(amount in 1..=i64::MAX / 2) {
            let payment = payment_of(Money::new(amount, Currency::EUR), State::Captured);
            let mut accounts: HashMap<Account, i128> = HashMap::new();
            for posting in [capture(&payment), refund(&payment, &refund_of(&payment, amount, 1))] {
                for entry in posting.entries() {
                    *accounts.entry(entry.account).or_default() += i128::from(entry.amount.amount);
                }
            }
            prop_assert!(accounts.values().all(|balance| *balance == 0));
        }
    }
}
