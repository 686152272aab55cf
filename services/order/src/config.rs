//! What a shop can decide about carts, prices and orders. The doc comments are the manual.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use souk_types::Currency;

use crate::domain::pricing::{ShippingOption, TaxTable};

/// `[order]` in souk.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderConfig {
    /// What the shop sells in; the first one is a new cart's unless it states another.
    pub currencies: Vec<Currency>,
    /// Where a parcel is taken to go until the buyer has said so (ISO 3166-1 alpha-2): it decides the tax shown.
    pub country: String,
    /// The language of mails to guests (BCP 47).
    pub locale: String,
    /// Tax rates in basis points by country and category, and whether prices contain them.
    pub tax: TaxTable,
    /// How parcels can be sent.
    pub shipping: Vec<ShippingOption>,
    /// ISO 4217 code → the smallest coin in minor units, which totals are rounded to (CHF = 5). Elsewhere they are exact.
    pub cash_units: BTreeMap<String, i64>,
    /// How long an order may wait for its payment. Afterwards it is canceled.
    pub payment_minutes: u32,
    /// How long stock is held for an order that is not placed yet; longer than `payment_minutes`, so that what is
    /// paid at the last moment is still there.
    pub hold_minutes: u32,
    /// How long an attempt to place an order is taken to be alive; afterwards another replica goes on with it.
    pub lease_seconds: u32,
    /// How long a repeated checkout waits for the first one before it is told to come back.
    pub repeat_wait_ms: u32,
    /// How often interrupted checkouts and unpaid orders are looked for.
    pub sweep_seconds: u32,
    /// Carts that nobody has touched for so long are removed, and the replies to checkouts with them.
    pub cart_days: u32,
}

impl Default for OrderConfig {
    fn default() -> OrderConfig {
        let prices = |amounts: &[(&str, i64)]| -> BTreeMap<String, i64> {
            amounts.iter().map(|(code, amount)| ((*code).to_owned(), *amount)).collect()
        };
        let option = |code: &str, title: &str, price: &[_], free_above| ShippingOption {
            code: code.to_owned(),
            title: title.to_owned(),
            prices: prices(price),
            free_above,
            ..ShippingOption::default()
        };
        let free = prices(&[("EUR", 5_000), ("USD", 5_500), ("GBP", 4_500), ("JPY", 8_000)]);
        OrderConfig {
            currencies: vec![Currency::EUR, Currency::USD],
            country: "DE".to_owned(),
            locale: "en".to_owned(),
            tax: TaxTable::default(),
            shipping: vec![
                option(
                    "standard",
                    "Standard",
                    &[("EUR", 490), ("USD", 590), ("GBP", 450), ("JPY", 600)],
                    free,
                ),
                option(
                    "express",
                    "Express",
                    &[("EUR", 1_290), ("USD", 1_490), ("GBP", 1_150), ("JPY", 1_800)],
                    BTreeMap::new(),
                ),
            ],
            cash_units: BTreeMap::new(),
            payment_minutes: 30,
            hold_minutes: 45,
            lease_seconds: 30,
            repeat_wait_ms: 2_000,
            sweep_seconds: 5,
            cart_days: 60,
        }
    }
}

/// Why a configuration makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("order.{field}: {why}")]
pub struct OrderConfigError {
    pub field: &'static str,
    pub why: String,
}

impl OrderConfig {
    /// Refuses what could not work, before anything is sold by it.
    pub fn validate(&self) -> Result<(), OrderConfigError> {
        let refuse = |field, why: &str| Err(OrderConfigError { field, why: why.to_owned() });
        if self.hold_minutes <= self.payment_minutes {
            return refuse("hold_minutes", "must be more than payment_minutes");
        }
        if self.currencies.is_empty() {
            return refuse("currencies", "names no currency");
        }
        let numbers = [
            ("payment_minutes", self.payment_minutes),
            ("lease_seconds", self.lease_seconds),
            ("sweep_seconds", self.sweep_seconds),
            ("cart_days", self.cart_days),
        ];
        if let Some((field, _)) = numbers.into_iter().find(|(_, number)| *number == 0) {
            return refuse(field, "must not be 0");
        }
        if self.tax.rates.values().flat_map(|rates| rates.values()).any(|rate| *rate > 10_000) {
            return refuse("tax.rates", "a rate is in basis points, 10000 at most");
        }
        let regional = self.tax.regions.iter().flat_map(|region| region.rates.values());
        if regional.into_iter().any(|rate| *rate > 1_000_000) {
            return refuse("tax.regions", "a rate is in parts per million, 1000000 at most");
        }
        if let Some(why) = self.shipping.iter().find_map(ShippingOption::fault) {
            return refuse("shipping", why);
        }
        let coin = |(code, unit): (&String, &i64)| {
            code.parse::<Currency>().is_ok() && (1..=1_000_000).contains(unit)
        };
        if !self.cash_units.iter().all(coin) {
            return refuse("cash_units", "names currencies with a coin from 1 to 1000000 minor units each");
        }
        let mut codes: Vec<&str> = self.shipping.iter().map(|option| option.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        if codes.len() != self.shipping.len() {
            return refuse("shipping", "two options have the same code");
        }
        Ok(())
    }

    pub(crate) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.into())
    }

    pub(crate) fn payment_window(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.payment_minutes))
    }

    pub(crate) fn hold_window(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.hold_minutes))
    }

    pub(crate) fn cart_window(&self) -> Duration {
        Duration::from_secs(86_400 * u64::from(self.cart_days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid_and_a_hold_shorter_than_a_payment_is_not() {
        let mut config = OrderConfig::default();
        assert_eq!(config.validate(), Ok(()));
        config.hold_minutes = config.payment_minutes;
        assert_eq!(config.validate().map_err(|error| error.field), Err("hold_minutes"));
    }
}
