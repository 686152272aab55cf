//! Prices open carts by the promotions of the shop and by others, before these count. Nothing is written, and nobody's
//! uses are counted: limits are left out on both sides.

use souk_contract::order::{PriceChange, PricesReplayed, ReplayPrices};
use souk_rpc::{Context, Error, FieldError};
use souk_types::PromotionId;

use super::price_cart::{PricedCart, Rules, offers, price};
use crate::Deps;
use crate::domain::cart::Cart;
use crate::domain::pricing::{PROMOTIONS_MAX, Promotion, PromotionSet, Rule, UsesLeft};
use crate::error::OrderError;
use crate::store;

/// Carts of a page.
const CARTS_MAX: u32 = 100;

pub(crate) async fn replay_prices(
    cx: &Context,
    deps: &Deps,
    request: ReplayPrices,
) -> Result<PricesReplayed, OrderError> {
    let (now, then) = (deps.promotions.get(deps).await?, read(deps, &request.rules)?);
    let limit = request.limit.clamp(1, CARTS_MAX);
    let carts = store::carts::page(&deps.db, request.after, limit).await?;
    let full = u32::try_from(carts.len()).is_ok_and(|read| read == limit);
    let next = carts.last().filter(|_| full).map(|cart| cart.id);
    let mut replayed = PricesReplayed { carts: 0, unpriced: 0, changes: Vec::new(), next };
    for cart in carts {
        match both(cx, deps, &now, &then, cart).await {
            Ok((before, after)) => {
                replayed.carts += 1;
                replayed.changes.extend(change(&before, &after));
            }
            // One cart that nobody can price does not hide the others.
            Err(OrderError::Pricing(_)) => replayed.unpriced += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(replayed)
}

fn read(deps: &Deps, rules: &str) -> Result<PromotionSet, OrderError> {
    let rules: Vec<Rule> =
        serde_json::from_str(rules).map_err(|error| Error::invalid("rules", "json", error.to_string()))?;
    if rules.len() > PROMOTIONS_MAX {
        return Err(Error::invalid("rules", "max_items", "must be 2000 at most").into());
    }
    let fault = |at: usize, (field, rule, detail): (String, &str, String)| FieldError {
        field: format!("rules[{at}].{field}"),
        rule: rule.to_owned(),
        detail,
    };
    let faults: Vec<FieldError> = rules
        .iter()
        .enumerate()
        .flat_map(|(at, rule)| rule.faults().into_iter().map(move |found| fault(at, found)))
        .collect();
    if !faults.is_empty() {
        return Err(Error::invalid_fields(faults).into());
    }
    let named = |rule| Promotion { id: PromotionId::new(&deps.chance, deps.clock.now()), rule };
    let mut promotions: Vec<Promotion> = rules.into_iter().map(named).collect();
    // By age, the first of the file is the oldest, however fast the ids were made.
    let mut ids: Vec<PromotionId> = promotions.iter().map(|promotion| promotion.id).collect();
    ids.sort_unstable();
    promotions.iter_mut().zip(ids).for_each(|(promotion, id)| promotion.id = id);
    Ok(PromotionSet::new(promotions))
}

async fn both(
    cx: &Context,
    deps: &Deps,
    now: &PromotionSet,
    then: &PromotionSet,
    cart: Cart,
) -> Result<(PricedCart, PricedCart), OrderError> {
    let variants = cart.lines.iter().map(|line| line.variant).collect();
    let groups = now.looks_at_groups() || then.looks_at_groups();
    let offers = offers(cx, deps, cart.currency, variants, groups).await?;
    let used_up = UsesLeft::new();
    let rules = |promotions| Rules {
        config: &deps.config,
        promotions,
        used_up: &used_up,
        buyer: cart.user,
        now: deps.clock.now(),
    };
    let before = price(&rules(now), cart.clone(), offers.clone())?;
    let after = price(&rules(then), cart.clone(), offers)?;
    Ok((before, after))
}

fn change(before: &PricedCart, after: &PricedCart) -> Option<PriceChange> {
    let titles = |priced: &PricedCart| -> Vec<String> {
        priced.applied.iter().map(|applied| applied.title.clone()).collect()
    };
    let (promotions_before, promotions_after) = (titles(before), titles(after));
    if before.totals == after.totals && promotions_before == promotions_after {
        return None;
    }
    Some(PriceChange {
        cart: before.cart.id,
        before: before.totals.total,
        after: after.totals.total,
        promotions_before,
        promotions_after,
    })
}
