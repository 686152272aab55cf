//! Discounts on the whole cart, shared out over its lines. The shop has none yet; this is where they come in.

use souk_types::Money;

use super::{Draft, Explanation, PricingError, split};

/// A rule that makes a cart cheaper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// Stable; stands in the breakdown as `promotion:CODE`.
    pub code: String,
    pub title: String,
    pub effect: Effect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Of what the lines cost so far, in basis points; more than 10,000 count as 10,000.
    PercentOff(u32),
    /// Never more than what is left to pay.
    AmountOff(Money),
}

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    for promotion in draft.input.promotions {
        let left = draft.sum(|line| line.total)?;
        let off = match promotion.effect {
            Effect::PercentOff(basis_points) => left.basis_points(basis_points.min(10_000))?,
            // Subtracting refuses another currency than the cart's.
            Effect::AmountOff(off) if left.minus(off)?.amount < 0 => left,
            Effect::AmountOff(off) if off.amount < 0 => return Err(PricingError::NegativePrice),
            Effect::AmountOff(off) => off,
        };
        share_out(draft, promotion, off)?;
    }
    Ok(())
}

fn share_out(draft: &mut Draft<'_>, promotion: &Promotion, off: Money) -> Result<(), PricingError> {
    let weights: Vec<i64> = draft.lines.iter().map(|line| line.total.amount).collect();
    let shares = split::in_proportion(off, &weights)?;
    for (line, share) in draft.lines.iter_mut().zip(shares).filter(|(_, share)| share.amount > 0) {
        line.discount = line.discount.plus(share)?;
        line.total = line.total.minus(share)?;
        line.breakdown.push(Explanation {
            rule: format!("promotion:{}", promotion.code),
            title: promotion.title.clone(),
            amount: Money::new(-share.amount, share.currency),
            included: false,
        });
    }
    Ok(())
}
