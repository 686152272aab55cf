//! What was paid, part by part: each line and the shipping with its shares of tax and discount. The parts add up to
//! the payment, and the units of a line add up to the line, to the unit and in whatever order they are given back.

use souk_types::Money;

use super::split::in_proportion;
use super::{LineQuote, PricingError, ShippingQuote};

/// A part of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub amount: Money,
    /// Contained in `amount`.
    pub tax: Money,
    /// What it would have cost more.
    pub discount: Money,
}

/// The lines in their order, then the shipping. Where the total was rounded to a coin, the difference is shared out in
/// proportion, so that nobody has to give it back by itself.
pub fn parts<'a>(
    total: Money,
    lines: impl IntoIterator<Item = &'a LineQuote>,
    shipping: &ShippingQuote,
) -> Result<Vec<Part>, PricingError> {
    let none = Money::zero(total.currency);
    let of_line = |line: &LineQuote| Part { amount: line.total, tax: line.tax, discount: line.discount };
    let mut parts: Vec<Part> = lines.into_iter().map(of_line).collect();
    parts.push(Part { amount: shipping.total, tax: shipping.tax, discount: none });
    let weights: Vec<i64> = parts.iter().map(|part| part.amount.amount).collect();
    for (part, amount) in parts.iter_mut().zip(in_proportion(total, &weights)?) {
        part.amount = amount;
    }
    Ok(parts)
}

impl Part {
    /// `units` of the part's `all`, after `before` of them: what all of them up to here are worth, less what those
    /// before were.
    pub fn of_units(self, all: u32, before: u32, units: u32) -> Result<Part, PricingError> {
        let slice = |whole: Money| -> Result<Money, PricingError> {
            let until = |count: u32| i128::from(whole.amount) * i128::from(count) / i128::from(all.max(1));
            let amount = until(before.saturating_add(units)) - until(before);
            Ok(Money::new(i64::try_from(amount).map_err(|_| PricingError::TooLarge)?, whole.currency))
        };
        Ok(Part { amount: slice(self.amount)?, tax: slice(self.tax)?, discount: slice(self.discount)? })
    }

    pub fn plus(self, other: Part) -> Result<Part, PricingError> {
        Ok(Part {
            amount: self.amount.plus(other.amount)?,
            tax: self.tax.plus(other.tax)?,
            discount: self.discount.plus(other.discount)?,
        })
    }

    pub fn none(currency: souk_types::Currency) -> Part {
        let none = Money::zero(currency);
        Part { amount: none, tax: none, discount: none }
    }
}
