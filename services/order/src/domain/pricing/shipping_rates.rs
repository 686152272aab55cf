//! Ways to send it: zones, tables of rates, delivery times; and what another source of rates has to answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use souk_types::{Currency, Money};
use utoipa::ToSchema;

use super::{Destination, LineInput};

/// Where shipping prices come from. A source that asks a carrier keeps what it was told: pricing never waits.
pub trait ShippingRates: Send + Sync {
    /// The ways to send a parcel there, in the order in which they are shown.
    fn offered(&self, to: &Destination<'_>, currency: Currency) -> Vec<ChosenShipping>;
}

/// A way to send an order, as the shop's configuration states it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShippingOption {
    /// Stable; the cart names it.
    pub code: String,
    pub title: String,
    /// ISO 3166-1 alpha-2 codes; empty for everywhere.
    #[serde(default)]
    pub countries: Vec<String>,
    /// ISO 4217 code → minor units. Without a price in the cart's currency it is not offered.
    #[serde(default)]
    pub prices: BTreeMap<String, i64>,
    /// ISO 4217 code → minor units: free of charge when the goods cost this or more.
    #[serde(default)]
    pub free_above: BTreeMap<String, i64>,
    /// The buyer comes for it.
    #[serde(default)]
    pub pick_up: bool,
    /// Days that it takes, as the buyer is told.
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// Places with prices of their own; the first that holds the address counts, and the above elsewhere.
    #[serde(default)]
    pub zones: Vec<ShippingZone>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    #[schema(minimum = 0)]
    pub days_min: u32,
    #[schema(minimum = 0)]
    pub days_max: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShippingZone {
    /// ISO 3166-1 alpha-2 codes; empty for everywhere.
    pub countries: Vec<String>,
    /// Regions as addresses state them; empty for the whole country.
    pub regions: Vec<String>,
    /// Beginnings of postal codes; empty for all.
    pub postal_prefixes: Vec<String>,
    /// ISO 4217 code → minor units.
    pub prices: BTreeMap<String, i64>,
    /// Steps instead of one price.
    pub table: Option<RateTable>,
    pub free_above: BTreeMap<String, i64>,
    pub delivery: Option<Delivery>,
}

/// Prices by what is in the parcel. The highest step that is reached counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateTable {
    pub by: RateBy,
    /// Beyond this it cannot be sent this way.
    #[serde(default)]
    pub max: Option<i64>,
    pub steps: Vec<RateStep>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateBy {
    /// Grams.
    Weight,
    /// Minor units of what the goods cost after discounts.
    Price,
    /// Units.
    Quantity,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateStep {
    /// From this on; a parcel below the first step cannot be sent this way.
    pub from: i64,
    /// ISO 4217 code → minor units.
    pub prices: BTreeMap<String, i64>,
}

/// A shipping option as it applies to a cart in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenShipping {
    pub code: String,
    pub title: String,
    pub price: ShippingPrice,
    pub free_above: Option<Money>,
    pub pick_up: bool,
    pub delivery: Option<Delivery>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShippingPrice {
    Flat(Money),
    /// The steps in the cart's currency, lowest first.
    Table {
        by: RateBy,
        max: Option<i64>,
        steps: Vec<(i64, Money)>,
    },
}

/// What is in the parcel, as far as its price depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// After discounts.
    pub goods: Money,
    pub weight_grams: u64,
    pub units: u64,
}

impl Contents {
    pub fn of(goods: Money, lines: &[LineInput]) -> Contents {
        let weight = |line: &LineInput| u64::from(line.weight_grams) * u64::from(line.quantity);
        Contents {
            goods,
            weight_grams: lines.iter().map(weight).fold(0, u64::saturating_add),
            units: lines.iter().map(|line| u64::from(line.quantity)).sum(),
        }
    }
}

fn money(amounts: &BTreeMap<String, i64>, currency: Currency) -> Option<Money> {
    amounts.get(currency.code()).map(|amount| Money::new(*amount, currency))
}

impl ShippingRates for [ShippingOption] {
    fn offered(&self, to: &Destination<'_>, currency: Currency) -> Vec<ChosenShipping> {
        self.iter().filter_map(|option| option.offered(to, currency)).collect()
    }
}

impl ShippingOption {
    /// What it means for a parcel that goes there and is paid in `currency`; `None` where it is not offered.
    pub fn offered(&self, to: &Destination<'_>, currency: Currency) -> Option<ChosenShipping> {
        let chosen = |price, free_above: &_, delivery: Option<Delivery>| ChosenShipping {
            code: self.code.clone(),
            title: self.title.clone(),
            price,
            free_above: money(free_above, currency),
            pick_up: self.pick_up,
            delivery: delivery.or(self.delivery),
        };
        if let Some(zone) = self.zones.iter().find(|zone| zone.holds(to)) {
            return Some(chosen(zone.price(currency)?, &zone.free_above, zone.delivery));
        }
        if !self.countries.is_empty() && !self.countries.iter().any(|code| code == to.country) {
            return None;
        }
        Some(chosen(ShippingPrice::Flat(money(&self.prices, currency)?), &self.free_above, None))
    }

    /// Why it makes no sense, if it does not.
    pub fn fault(&self) -> Option<&'static str> {
        let tables = || self.zones.iter().filter_map(|zone| zone.table.as_ref());
        let flat = self.zones.iter().map(|zone| &zone.prices).chain([&self.prices, &self.free_above]);
        let stepped = tables().flat_map(|table| table.steps.iter().map(|step| &step.prices));
        let limits = self.zones.iter().map(|zone| &zone.free_above);
        if flat.chain(stepped).chain(limits).flat_map(BTreeMap::values).any(|amount| *amount < 0) {
            return Some("an amount is negative");
        }
        if tables().any(|table| table.steps.is_empty() || !table.steps.is_sorted_by(|a, b| a.from < b.from)) {
            return Some("a table has steps, each from more than the one before");
        }
        let delivery = self.zones.iter().filter_map(|zone| zone.delivery).chain(self.delivery);
        if delivery.into_iter().any(|days| days.days_min > days.days_max) {
            return Some("days_min is more than days_max");
        }
        (self.prices.is_empty() && self.zones.is_empty()).then_some("an option has neither prices nor zones")
    }
}

impl ShippingZone {
    fn holds(&self, to: &Destination<'_>) -> bool {
        let any = |listed: &[String], fits: &dyn Fn(&str) -> bool| {
            listed.is_empty() || listed.iter().any(|entry| fits(entry))
        };
        any(&self.countries, &|country| to.is_in(country, "", ""))
            && any(&self.regions, &|region| to.is_in(to.country, region, ""))
            && any(&self.postal_prefixes, &|prefix| to.is_in(to.country, "", prefix))
    }

    fn price(&self, currency: Currency) -> Option<ShippingPrice> {
        let Some(table) = &self.table else {
            return Some(ShippingPrice::Flat(money(&self.prices, currency)?));
        };
        let steps = table.steps.iter().map(|step| Some((step.from, money(&step.prices, currency)?)));
        Some(ShippingPrice::Table { by: table.by, max: table.max, steps: steps.collect::<Option<_>>()? })
    }
}

impl ChosenShipping {
    /// Before the limit above which it is free; `None` when it cannot be sent this way.
    pub fn list_price(&self, parcel: &Contents) -> Option<Money> {
        let (by, max, steps) = match &self.price {
            ShippingPrice::Flat(price) => return Some(*price),
            ShippingPrice::Table { by, max, steps } => (by, max, steps),
        };
        let measure = match by {
            RateBy::Weight => i64::try_from(parcel.weight_grams).ok()?,
            RateBy::Price => parcel.goods.amount,
            RateBy::Quantity => i64::try_from(parcel.units).ok()?,
        };
        if max.is_some_and(|max| measure > max) {
            return None;
        }
        steps.iter().rev().find(|(from, _)| *from <= measure).map(|(_, price)| *price)
    }

    pub fn is_free_for(&self, goods: Money) -> bool {
        self.free_above.is_some_and(|limit| goods.amount >= limit.amount)
    }

    /// The price for this parcel; `None` when it cannot be sent this way.
    pub fn price_for(&self, parcel: &Contents) -> Option<Money> {
        let price = self.list_price(parcel)?;
        Some(if self.is_free_for(parcel.goods) { Money::zero(price.currency) } else { price })
    }
}
