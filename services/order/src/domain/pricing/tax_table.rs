//! Which tax applies where: the shop's own table, and what another source of rates has to answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use souk_types::UserId;

use super::Destination;

/// The category of what states none, and of a category that a place does not list: an unknown word must not make
/// goods free of tax.
const STANDARD: &str = "standard";
/// A basis point in parts per million.
const BASIS_POINT: u32 = 100;

/// A rate, and the rule that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// Parts per million: 88,750 is 8.875 %.
    pub ppm: u32,
    /// Stable, such as `tax:DE:standard` or `tax:US-NY:standard`.
    pub rule: String,
}

/// Where tax rates come from. A source that asks a server keeps what it was told: pricing never waits.
pub trait TaxProvider: Send + Sync + std::fmt::Debug {
    /// Whether catalog and shipping prices contain the tax.
    fn prices_include_tax(&self) -> bool;
    fn shipping_category(&self) -> &str;
    fn rounding(&self) -> Rounding;
    fn rate(&self, to: &Destination<'_>, category: &str) -> Rate;
    fn is_exempt(&self, buyer: Option<UserId>) -> bool;
}

/// Where a fraction of a unit is rounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Once over everything that has the rate, as an invoice shows it.
    #[default]
    PerRate,
    PerLine,
}

/// The shop's own tax table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaxTable {
    /// Whether catalog and shipping prices contain the tax (usual in Europe) or not (usual in America).
    pub prices_include_tax: bool,
    /// The category that shipping is taxed by.
    pub shipping_category: String,
    /// Where a fraction of a unit is rounded: `per_rate` or `per_line`.
    pub rounding: Rounding,
    /// ISO 3166-1 alpha-2 code → tax category → basis points (1900 is 19 %). Elsewhere there is no tax.
    pub rates: BTreeMap<String, BTreeMap<String, u32>>,
    /// Places inside a country with rates of their own; the one that names the place most exactly counts.
    pub regions: Vec<TaxRegion>,
    /// Users who pay no tax. Prices that contain tax stay as they are.
    pub exempt: BTreeSet<UserId>,
}

/// A region of a country, or what begins with a postal prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxRegion {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// As addresses state it, such as `NY`; empty for the whole country.
    #[serde(default)]
    pub region: String,
    /// Such as `100`; empty for the whole region.
    #[serde(default)]
    pub postal_prefix: String,
    /// Tax category → parts per million (88750 is 8.875 %).
    pub rates: BTreeMap<String, u32>,
}

impl Default for TaxTable {
    fn default() -> TaxTable {
        let rates = [("AT", 2000, 1000), ("DE", 1900, 700), ("FR", 2000, 550), ("GB", 2000, 0)];
        let categories = |standard, reduced| {
            BTreeMap::from([(STANDARD.to_owned(), standard), ("reduced".to_owned(), reduced)])
        };
        TaxTable {
            prices_include_tax: true,
            shipping_category: STANDARD.to_owned(),
            rounding: Rounding::default(),
            rates: rates.into_iter().map(|(code, s, r)| (code.to_owned(), categories(s, r))).collect(),
            regions: Vec::new(),
            exempt: BTreeSet::new(),
        }
    }
}

impl TaxRegion {
    fn holds(&self, to: &Destination<'_>) -> bool {
        to.is_in(&self.country, &self.region, &self.postal_prefix)
    }

    fn place(&self) -> String {
        let parts = [self.country.as_str(), &self.region, &self.postal_prefix];
        let stated: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        stated.join("-")
    }
}

/// The rate of a category, and the name that it was found under.
fn find<'a>(rates: &BTreeMap<String, u32>, category: &'a str) -> (u32, &'a str) {
    match rates.get(category) {
        Some(rate) => (*rate, category),
        None => (rates.get(STANDARD).copied().unwrap_or(0), STANDARD),
    }
}

impl TaxProvider for TaxTable {
    fn prices_include_tax(&self) -> bool {
        self.prices_include_tax
    }

    fn shipping_category(&self) -> &str {
        &self.shipping_category
    }

    fn rounding(&self) -> Rounding {
        self.rounding
    }

    fn rate(&self, to: &Destination<'_>, category: &str) -> Rate {
        let here = self.regions.iter().filter(|region| region.holds(to));
        if let Some(region) = here.max_by_key(|region| (region.postal_prefix.len(), region.region.len())) {
            let (ppm, category) = find(&region.rates, category);
            return Rate { ppm, rule: format!("tax:{}:{category}", region.place()) };
        }
        let (rate, category) =
            self.rates.get(to.country).map_or((0, category), |rates| find(rates, category));
        Rate { ppm: rate.saturating_mul(BASIS_POINT), rule: format!("tax:{}:{category}", to.country) }
    }

    fn is_exempt(&self, buyer: Option<UserId>) -> bool {
        buyer.is_some_and(|user| self.exempt.contains(&user))
    }
}
