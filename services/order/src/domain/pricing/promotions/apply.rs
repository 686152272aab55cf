//! Walks the promotions in their order: each sees the prices that the ones before it have left.

use souk_types::Money;

use super::super::{Draft, Explanation, PricingError};
use super::shares::{Off, of_effect, units};
use super::{Applied, Effect, Promotion, Reason, Stacking, Unapplied, amount_in};

/// Promotions that apply to one cart.
const APPLIED_MAX: usize = 20;

pub(in super::super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    let (set, codes) = (draft.input.promotions, draft.input.codes);
    for code in codes.iter().filter(|code| set.by_code(code).is_none()) {
        let (code, title) = (Some(code.clone()), String::new());
        draft.unapplied.push(Unapplied { promotion: None, code, title, reason: Reason::Unknown });
    }
    let mut walk = Walk::default();
    for promotion in set.candidates(codes) {
        match walk.step(draft, promotion)? {
            Ok(off) => walk.take(draft, promotion, &off)?,
            Err(reason) => draft.unapplied.push(unapplied(promotion, reason)),
        }
    }
    Ok(())
}

/// What the promotions so far have decided for those that follow.
#[derive(Default)]
struct Walk<'a> {
    exclusive: bool,
    groups: Vec<&'a str>,
    lines: Vec<usize>,
}

impl<'a> Walk<'a> {
    /// What it takes off the lines that `self.lines` then names, or why it does nothing.
    fn step(&mut self, draft: &Draft<'_>, promotion: &'a Promotion) -> Result<Off, PricingError> {
        if let Err(reason) = self.may_stand_beside(draft, promotion).and(whatever_the_goods(draft, promotion))
        {
            return Ok(Err(reason));
        }
        let goods = &promotion.rule.goods;
        self.lines.clear();
        let held = draft.input.lines.iter().enumerate().filter(|(_, line)| goods.hold(&line.sold));
        self.lines.extend(held.map(|(at, _)| at));
        if self.lines.is_empty() {
            return Ok(Err(Reason::NoSuchGoods));
        }
        if let Err(reason) = enough(draft, promotion, &self.lines)? {
            return Ok(Err(reason));
        }
        let off = of_effect(&promotion.rule.effect, draft, &self.lines)?;
        let nothing = promotion.rule.effect != Effect::FreeShipping
            && off.as_ref().is_ok_and(|shares| shares.iter().all(|share| share.amount == 0));
        Ok(if nothing { Err(Reason::NothingOff) } else { off })
    }

    fn may_stand_beside(&self, draft: &Draft<'_>, promotion: &Promotion) -> Result<(), Reason> {
        if self.exclusive {
            return Err(Reason::StandsBack);
        }
        if promotion.rule.stacking == Stacking::Exclusive && !draft.applied.is_empty() {
            return Err(Reason::StandsAlone);
        }
        if promotion.rule.group.as_deref().is_some_and(|group| self.groups.contains(&group)) {
            return Err(Reason::GroupTaken);
        }
        if draft.applied.len() >= APPLIED_MAX { Err(Reason::TooMany) } else { Ok(()) }
    }

    fn take(
        &mut self,
        draft: &mut Draft<'_>,
        promotion: &'a Promotion,
        off: &[Money],
    ) -> Result<(), PricingError> {
        self.exclusive = promotion.rule.stacking == Stacking::Exclusive;
        self.groups.extend(promotion.rule.group.as_deref());
        let rule = promotion.rule_name();
        let mut amount = Money::zero(draft.input.currency);
        for (at, share) in self.lines.iter().zip(off).filter(|(_, share)| share.amount > 0) {
            let line = &mut draft.lines[*at];
            line.discount = line.discount.plus(*share)?;
            line.total = line.total.minus(*share)?;
            amount = amount.plus(*share)?;
            line.breakdown.push(Explanation {
                rule: rule.clone(),
                title: promotion.rule.title.clone(),
                amount: Money::new(-share.amount, share.currency),
                included: false,
            });
        }
        if promotion.rule.effect == Effect::FreeShipping {
            draft.frees_shipping.get_or_insert((draft.applied.len(), promotion.id));
        }
        draft.applied.push(Applied {
            promotion: promotion.id,
            code: promotion.rule.code.clone(),
            title: promotion.rule.title.clone(),
            amount,
            counted: promotion.is_limited(),
        });
        Ok(())
    }
}

/// The conditions that no line has a part in.
fn whatever_the_goods(draft: &Draft<'_>, promotion: &Promotion) -> Result<(), Reason> {
    let (input, rule) = (draft.input, &promotion.rule);
    let conditions = &rule.conditions;
    if !rule.enabled {
        return Err(Reason::Disabled);
    }
    if rule.starts_at.is_some_and(|from| input.now < from) {
        return Err(Reason::NotStarted);
    }
    if rule.ends_at.is_some_and(|to| input.now >= to) {
        return Err(Reason::Ended);
    }
    if let Some(used_up) = input.used_up.get(&promotion.id) {
        return Err(Reason::UsedUp(*used_up));
    }
    if !conditions.countries.is_empty() && !conditions.countries.contains(input.to.country) {
        return Err(Reason::OtherCountry);
    }
    match input.buyer {
        None if conditions.signed_in || !conditions.customers.is_empty() => return Err(Reason::SignInFirst),
        Some(user) if !conditions.customers.is_empty() && !conditions.customers.contains(&user) => {
            return Err(Reason::OtherCustomer);
        }
        _ => {}
    }
    if rule.effect != Effect::FreeShipping {
        return Ok(());
    }
    match &draft.input.shipping {
        None => Err(Reason::NoShipping),
        // One is enough: a second would hold its place for nothing.
        Some(_) if draft.frees_shipping.is_some() => Err(Reason::NothingOff),
        Some(_) => Ok(()),
    }
}

/// Whether the goods it looks at are enough of them. Counted before discounts, so that the order of promotions does
/// not decide who reaches a limit.
fn enough(
    draft: &Draft<'_>,
    promotion: &Promotion,
    lines: &[usize],
) -> Result<Result<(), Reason>, PricingError> {
    let conditions = &promotion.rule.conditions;
    if !conditions.amount_min.is_empty() {
        let Some(least) = amount_in(&conditions.amount_min, draft.input.currency) else {
            return Ok(Err(Reason::OtherCurrency));
        };
        let missing = least.minus(draft.sum_of(lines, |line| line.subtotal)?)?;
        if missing.amount > 0 {
            return Ok(Err(Reason::BelowAmount { missing }));
        }
    }
    let least = u64::from(conditions.quantity_min.unwrap_or(0));
    let missing = least.saturating_sub(units(draft, lines));
    let missing = u32::try_from(missing).unwrap_or(u32::MAX);
    Ok(if missing > 0 { Err(Reason::BelowQuantity { missing }) } else { Ok(()) })
}

/// The shipping has a price now: whoever makes it free says what that is worth.
pub(in super::super) fn settle_shipping(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    let Some((at, id)) = draft.frees_shipping else { return Ok(()) };
    let promotion = draft.input.promotions.candidates(draft.input.codes).find(|promotion| promotion.id == id);
    let (Some(promotion), Some(shipping)) = (promotion, &mut draft.shipping) else {
        return give_back(draft, at, Reason::NoShipping);
    };
    if shipping.price.amount == 0 {
        return give_back(draft, at, Reason::NothingOff);
    }
    let off = shipping.price;
    shipping.price = Money::zero(off.currency);
    shipping.total = shipping.price;
    shipping.breakdown.push(Explanation {
        rule: promotion.rule_name(),
        title: promotion.rule.title.clone(),
        amount: Money::new(-off.amount, off.currency),
        included: false,
    });
    draft.applied[at].amount = off;
    Ok(())
}

fn give_back(draft: &mut Draft<'_>, at: usize, reason: Reason) -> Result<(), PricingError> {
    let Applied { promotion, code, title, .. } = draft.applied.remove(at);
    draft.unapplied.push(Unapplied { promotion: Some(promotion), code, title, reason });
    Ok(())
}

fn unapplied(promotion: &Promotion, reason: Reason) -> Unapplied {
    let (code, title) = (promotion.rule.code.clone(), promotion.rule.title.clone());
    Unapplied { promotion: Some(promotion.id), code, title, reason }
}
