//! Arithmetic of shares: exact in 128 bits, rounded once, and nothing lost.

use souk_types::Money;

use super::PricingError;

/// `amount` × `part` ÷ `whole`, half away from zero, as commercial rounding is (DIN 1333). `whole` is positive.
pub(super) fn portion(amount: Money, part: i128, whole: i128) -> Result<Money, PricingError> {
    let product = i128::from(amount.amount).checked_mul(part).ok_or(PricingError::TooLarge)?;
    let rounded = (product.abs().checked_add(whole / 2).ok_or(PricingError::TooLarge)?) / whole;
    let rounded = i64::try_from(rounded * product.signum()).map_err(|_| PricingError::TooLarge)?;
    Ok(Money::new(rounded, amount.currency))
}

/// The nearest multiple of `unit`, half upwards, and how far away it is: 1.02 by 0.05 is 1.00 and −0.02.
pub(super) fn to_multiple(amount: Money, unit: i64) -> Result<(Money, Money), PricingError> {
    let unit = i128::from(unit.max(1));
    let rounded = (i128::from(amount.amount) + unit / 2).div_euclid(unit) * unit;
    let rounded = i64::try_from(rounded).map_err(|_| PricingError::TooLarge)?;
    let rounded = Money::new(rounded, amount.currency);
    Ok((rounded, rounded.minus(amount)?))
}

/// Shares `amount` (not negative) in proportion to `weights` (none negative): each share is rounded down, and the
/// units left over go to the largest remainders, the first among equals. The shares add up to `amount`; without any
/// weight the first one gets it all.
pub(crate) fn in_proportion(amount: Money, weights: &[i64]) -> Result<Vec<Money>, PricingError> {
    let all: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if all == 0 {
        let first = |at| if at == 0 { amount } else { Money::zero(amount.currency) };
        return Ok((0..weights.len()).map(first).collect());
    }
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (at, weight) in weights.iter().enumerate() {
        let product = i128::from(amount.amount) * i128::from(*weight);
        let share = i64::try_from(product / all).map_err(|_| PricingError::TooLarge)?;
        shares.push(Money::new(share, amount.currency));
        remainders.push((product % all, at));
    }
    let shared: i128 = shares.iter().map(|share| i128::from(share.amount)).sum();
    let left = usize::try_from(i128::from(amount.amount) - shared).map_err(|_| PricingError::TooLarge)?;
    remainders.sort_by_key(|(remainder, at)| (std::cmp::Reverse(*remainder), *at));
    for (_, at) in remainders.into_iter().take(left) {
        shares[at].amount += 1;
    }
    Ok(shares)
}
