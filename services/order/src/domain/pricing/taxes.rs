//! Tax by country and category, computed once per rate and shared out over the lines, as an invoice shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use souk_types::Money;

use super::{Draft, Explanation, PricingError, split};

/// The category of what states none, and of a category that a country does not list: an unknown word must not
/// make goods free of tax.
const STANDARD: &str = "standard";

/// Which tax applies where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TaxTable {
    /// Whether catalog and shipping prices contain the tax (usual in Europe) or not (usual in America).
    pub prices_include_tax: bool,
    /// The category that shipping is taxed by.
    pub shipping_category: String,
    /// ISO 3166-1 alpha-2 code → tax category → basis points (1900 is 19 %). Elsewhere there is no tax.
    pub rates: BTreeMap<String, BTreeMap<String, u32>>,
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
            rates: rates.into_iter().map(|(code, s, r)| (code.to_owned(), categories(s, r))).collect(),
        }
    }
}

impl TaxTable {
    /// The rate in basis points and the name of the category that it was found under.
    pub fn rate<'a>(&self, country: &str, category: &'a str) -> (u32, &'a str) {
        let Some(rates) = self.rates.get(country) else { return (0, category) };
        match rates.get(category) {
            Some(rate) => (*rate, category),
            None => (rates.get(STANDARD).copied().unwrap_or(0), STANDARD),
        }
    }
}

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    let (table, country) = (draft.input.taxes, draft.input.country);
    // Rate and category of each taxed thing: the lines, then the shipping.
    let shipping_category = draft.shipping.as_ref().map(|_| table.shipping_category.as_str());
    let categories = draft.input.lines.iter().map(|line| line.tax_category.as_str()).chain(shipping_category);
    let rates: Vec<(u32, &str)> = categories.map(|category| table.rate(country, category)).collect();
    let bases: Vec<Money> =
        draft.lines.iter().map(|line| line.total).chain(draft.shipping.as_ref().map(|s| s.total)).collect();
    let mut distinct: Vec<u32> = rates.iter().map(|(rate, _)| *rate).filter(|rate| *rate > 0).collect();
    distinct.sort_unstable();
    distinct.dedup();
    for rate in distinct {
        let of_rate: Vec<usize> = (0..rates.len()).filter(|at| rates[*at].0 == rate).collect();
        let base = Money::sum(draft.input.currency, of_rate.iter().map(|at| bases[*at]))?;
        let tax = match table.prices_include_tax {
            true => base.contained_basis_points(rate)?,
            false => base.basis_points(rate)?,
        };
        let weights: Vec<i64> = of_rate.iter().map(|at| bases[*at].amount).collect();
        for (at, share) in of_rate.into_iter().zip(split::in_proportion(tax, &weights)?) {
            charge(draft, at, share, rate, rates[at].1)?;
        }
    }
    Ok(())
}

/// Puts a share of tax on a line, or on the shipping, which comes after the last line.
fn charge(
    draft: &mut Draft<'_>,
    at: usize,
    tax: Money,
    rate: u32,
    category: &str,
) -> Result<(), PricingError> {
    let included = draft.input.taxes.prices_include_tax;
    let explanation = Explanation {
        rule: format!("tax:{}:{category}", draft.input.country),
        title: format!("{}.{:02} %{}", rate / 100, rate % 100, if included { " included" } else { "" }),
        amount: tax,
        included,
    };
    let added = if included { Money::zero(tax.currency) } else { tax };
    if let Some(line) = draft.lines.get_mut(at) {
        line.tax = tax;
        line.total = line.total.plus(added)?;
        line.breakdown.push(explanation);
        return Ok(());
    }
    if let Some(shipping) = &mut draft.shipping {
        shipping.tax = tax;
        shipping.total = shipping.total.plus(added)?;
        shipping.breakdown.push(explanation);
    }
    Ok(())
}
