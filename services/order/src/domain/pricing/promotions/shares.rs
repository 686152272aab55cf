//! What an effect takes off each line. Nothing here knows of conditions or of other promotions.

use souk_types::Money;

use super::super::split::{in_proportion, portion};
use super::super::{Draft, PricingError};
use super::{AmountTier, Effect, QuantityTier, Reason, WHOLE, amount_in};

/// What comes off each of the lines at `lines`, in their order; or why nothing does.
pub(super) type Off = Result<Vec<Money>, Reason>;

pub(super) fn of_effect(effect: &Effect, draft: &Draft<'_>, lines: &[usize]) -> Result<Off, PricingError> {
    let left = draft.sum_of(lines, |line| line.total)?;
    match effect {
        Effect::PercentOff { basis_points } => percent(*basis_points, left, draft, lines),
        Effect::AmountOff { amounts } => match amount_in(amounts, draft.input.currency) {
            None => Ok(Err(Reason::OtherCurrency)),
            Some(off) if off.amount < 0 => Err(PricingError::NegativePrice),
            Some(off) => {
                let off = Money::new(off.amount.min(left.amount), off.currency);
                Ok(Ok(in_proportion(off, &weights(draft, lines))?))
            }
        },
        Effect::BuyGet { buy, get, basis_points } => bundle(*buy, *get, *basis_points, draft, lines),
        Effect::QuantityTiers { tiers } => match reached(tiers, units(draft, lines)) {
            Some(basis_points) => percent(basis_points, left, draft, lines),
            None => Ok(Err(Reason::BelowFirstStep)),
        },
        Effect::AmountTiers { tiers } => {
            let cost = draft.sum_of(lines, |line| line.subtotal)?;
            match reached_by_amount(tiers, cost) {
                Some(basis_points) => percent(basis_points, left, draft, lines),
                None => Ok(Err(Reason::BelowFirstStep)),
            }
        }
        // The shipping's price is found after the goods': see `settle_shipping`.
        Effect::FreeShipping => Ok(Ok(Vec::new())),
    }
}

/// Rounded once over all lines and shared out, so that ten lines give what one line of the same worth would.
fn percent(basis_points: u32, left: Money, draft: &Draft<'_>, lines: &[usize]) -> Result<Off, PricingError> {
    let off = portion(left, basis_points.min(WHOLE).into(), WHOLE.into())?;
    Ok(Ok(in_proportion(off, &weights(draft, lines))?))
}

/// The cheapest units go first, the earlier line among equals; what a unit costs is its part of the line.
fn bundle(
    buy: u32,
    get: u32,
    basis_points: u32,
    draft: &Draft<'_>,
    lines: &[usize],
) -> Result<Off, PricingError> {
    let bundle = u64::from(buy) + u64::from(get);
    let bundles = units(draft, lines).checked_div(bundle).unwrap_or(0);
    if bundles == 0 || get == 0 {
        return Ok(Err(Reason::BelowFirstStep));
    }
    let mut cheapest: Vec<usize> = (0..lines.len()).collect();
    cheapest.sort_by_key(|at| (draft.lines[lines[*at]].unit_price.amount, lines[*at]));
    let mut left = bundles.saturating_mul(get.into());
    let mut off = vec![Money::zero(draft.input.currency); lines.len()];
    for at in cheapest {
        let line = &draft.lines[lines[at]];
        let taken = left.min(line.quantity.into());
        left -= taken;
        let share = i128::from(taken) * i128::from(basis_points.min(WHOLE));
        off[at] = portion(line.total, share, i128::from(line.quantity.max(1)) * i128::from(WHOLE))?;
    }
    Ok(Ok(off))
}

fn reached(tiers: &[QuantityTier], units: u64) -> Option<u32> {
    let reached = tiers.iter().filter(|tier| u64::from(tier.quantity_min) <= units);
    reached.max_by_key(|tier| tier.quantity_min).map(|tier| tier.basis_points)
}

fn reached_by_amount(tiers: &[AmountTier], cost: Money) -> Option<u32> {
    let steps =
        tiers.iter().filter_map(|tier| Some((amount_in(&tier.amount_min, cost.currency)?.amount, tier)));
    let reached = steps.filter(|(from, _)| *from <= cost.amount);
    reached.max_by_key(|(from, _)| *from).map(|(_, tier)| tier.basis_points)
}

pub(super) fn units(draft: &Draft<'_>, lines: &[usize]) -> u64 {
    lines.iter().map(|at| u64::from(draft.lines[*at].quantity)).sum()
}

fn weights(draft: &Draft<'_>, lines: &[usize]) -> Vec<i64> {
    lines.iter().map(|at| draft.lines[*at].total.amount).collect()
}
