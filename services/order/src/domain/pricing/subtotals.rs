//! Unit price × quantity.

use souk_types::Money;

use super::{Draft, Explanation, LineQuote, PricingError};

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    for line in draft.input.lines {
        if line.unit_price.amount < 0 {
            return Err(PricingError::NegativePrice);
        }
        // Adding to zero refuses a price in another currency than the cart's.
        let none = Money::zero(draft.input.currency);
        let subtotal = line.unit_price.times(line.quantity)?.plus(none)?;
        draft.lines.push(LineQuote {
            unit_price: line.unit_price,
            quantity: line.quantity,
            subtotal,
            discount: none,
            tax: none,
            total: subtotal,
            breakdown: vec![Explanation {
                rule: "price".to_owned(),
                title: format!("{} × {}", line.quantity, line.unit_price),
                amount: subtotal,
                included: false,
            }],
        });
    }
    Ok(())
}
