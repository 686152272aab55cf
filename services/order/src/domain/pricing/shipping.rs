//! Ways to send it, and what they cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use souk_types::{Currency, Money};

use super::{Draft, Explanation, PricingError, ShippingQuote};

/// A way to send an order, as the shop's configuration states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingOption {
    /// Stable; the cart names it.
    pub code: String,
    pub title: String,
    /// ISO 3166-1 alpha-2 codes; empty for everywhere.
    #[serde(default)]
    pub countries: Vec<String>,
    /// ISO 4217 code → minor units. Without a price in the cart's currency it is not offered.
    pub prices: BTreeMap<String, i64>,
    /// ISO 4217 code → minor units: free of charge when the goods cost this or more.
    #[serde(default)]
    pub free_above: BTreeMap<String, i64>,
}

/// A shipping option as it applies to a cart in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenShipping {
    pub code: String,
    pub title: String,
    pub price: Money,
    pub free_above: Option<Money>,
}

impl ShippingOption {
    /// What it means for a parcel to `country` paid in `currency`; `None` where it is not offered.
    pub fn offered(&self, country: &str, currency: Currency) -> Option<ChosenShipping> {
        if !self.countries.is_empty() && !self.countries.iter().any(|code| code == country) {
            return None;
        }
        let money = |amounts: &BTreeMap<String, i64>| {
            amounts.get(currency.code()).map(|amount| Money::new(*amount, currency))
        };
        Some(ChosenShipping {
            code: self.code.clone(),
            title: self.title.clone(),
            price: money(&self.prices)?,
            free_above: money(&self.free_above),
        })
    }
}

impl ChosenShipping {
    /// The price for goods that cost `goods`.
    pub fn price_for(&self, goods: Money) -> Money {
        let free = self.free_above.is_some_and(|limit| goods.amount >= limit.amount);
        if free { Money::zero(self.price.currency) } else { self.price }
    }
}

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    let Some(chosen) = &draft.input.shipping else { return Ok(()) };
    if chosen.price.amount < 0 {
        return Err(PricingError::NegativePrice);
    }
    let none = Money::zero(draft.input.currency);
    let list_price = chosen.price.plus(none)?;
    let price = chosen.price_for(draft.sum(|line| line.total)?);
    let mut breakdown = vec![Explanation {
        rule: format!("shipping:{}", chosen.code),
        title: chosen.title.clone(),
        amount: list_price,
        included: false,
    }];
    if price.amount < list_price.amount {
        breakdown.push(Explanation {
            rule: "shipping:free_above".to_owned(),
            title: chosen.free_above.map_or_else(String::new, |limit| format!("free above {limit}")),
            amount: price.minus(list_price)?,
            included: false,
        });
    }
    let (code, title) = (chosen.code.clone(), chosen.title.clone());
    draft.shipping = Some(ShippingQuote { code, title, price, tax: none, total: price, breakdown });
    Ok(())
}
