//! Tax by place and category, computed once per rate and shared out over the lines, as an invoice shows it; or line by
//! line, where the table says so.

use serde::{Deserialize, Serialize};
use souk_types::Money;
use utoipa::ToSchema;

use super::split::{in_proportion, portion};
use super::tax_table::{Rate, Rounding};
use super::{Draft, Explanation, PricingError};

/// Parts per million: 190,000 is 19 %.
const MILLION: u32 = 1_000_000;

/// What an invoice says of one rate: the tax, and what it is a part of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaxLine {
    /// Stable, such as `tax:DE:standard`.
    #[schema(example = "tax:DE:standard")]
    pub rule: String,
    /// Parts per million: 190000 is 19 %.
    #[schema(minimum = 0, example = 190_000)]
    pub rate: u32,
    /// What is taxed: with the tax where prices contain it, without it where not.
    pub base: Money,
    pub amount: Money,
    /// Contained in the prices.
    pub included: bool,
}

/// A taxed thing: a line, or the shipping, which comes after the last line.
struct Taxed {
    at: usize,
    base: Money,
    rate: Rate,
}

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    if draft.input.exempt {
        return Ok(());
    }
    let (taxes, to) = (draft.input.taxes, draft.input.to);
    let shipping_category = draft.shipping.as_ref().map(|_| taxes.shipping_category());
    let categories = draft.input.lines.iter().map(|line| line.tax_category.as_str()).chain(shipping_category);
    let bases = draft.lines.iter().map(|line| line.total).chain(draft.shipping.as_ref().map(|s| s.total));
    let things = categories.zip(bases).enumerate();
    let taxed: Vec<Taxed> =
        things.map(|(at, (category, base))| Taxed { at, base, rate: taxes.rate(&to, category) }).collect();
    let mut rates: Vec<u32> = taxed.iter().map(|thing| thing.rate.ppm).filter(|ppm| *ppm > 0).collect();
    rates.sort_unstable();
    rates.dedup();
    for ppm in rates {
        let of_rate: Vec<&Taxed> = taxed.iter().filter(|thing| thing.rate.ppm == ppm).collect();
        let shares = match taxes.rounding() {
            Rounding::PerRate => {
                let base = Money::sum(draft.input.currency, of_rate.iter().map(|thing| thing.base))?;
                let weights: Vec<i64> = of_rate.iter().map(|thing| thing.base.amount).collect();
                in_proportion(tax_of(draft, base, ppm)?, &weights)?
            }
            Rounding::PerLine => {
                of_rate.iter().map(|thing| tax_of(draft, thing.base, ppm)).collect::<Result<_, _>>()?
            }
        };
        for (thing, share) in of_rate.into_iter().zip(shares) {
            charge(draft, thing, share)?;
        }
    }
    Ok(())
}

fn tax_of(draft: &Draft<'_>, base: Money, ppm: u32) -> Result<Money, PricingError> {
    let contained = if draft.input.taxes.prices_include_tax() { ppm } else { 0 };
    portion(base, ppm.into(), i128::from(MILLION) + i128::from(contained))
}

fn charge(draft: &mut Draft<'_>, thing: &Taxed, tax: Money) -> Result<(), PricingError> {
    let included = draft.input.taxes.prices_include_tax();
    let Rate { ppm, rule } = &thing.rate;
    let explanation = Explanation { rule: rule.clone(), title: title(*ppm, included), amount: tax, included };
    let added = if included { Money::zero(tax.currency) } else { tax };
    if let Some(line) = draft.lines.get_mut(thing.at) {
        line.tax = tax;
        line.total = line.total.plus(added)?;
        line.breakdown.push(explanation);
    } else if let Some(shipping) = &mut draft.shipping {
        shipping.tax = tax;
        shipping.total = shipping.total.plus(added)?;
        shipping.breakdown.push(explanation);
    }
    match draft.tax_lines.iter_mut().find(|line| line.rule == *rule && line.rate == *ppm) {
        Some(line) => {
            line.base = line.base.plus(thing.base)?;
            line.amount = line.amount.plus(tax)?;
        }
        None => {
            let (rule, rate, base, amount) = (rule.clone(), *ppm, thing.base, tax);
            draft.tax_lines.push(TaxLine { rule, rate, base, amount, included });
        }
    }
    Ok(())
}

/// `19.00 % included`, `8.875 %`: two digits, and more where the rate has them.
fn title(ppm: u32, included: bool) -> String {
    let (whole, rest) = (ppm / 10_000, format!("{:04}", ppm % 10_000));
    let more = rest[2..].trim_end_matches('0');
    format!("{whole}.{}{more} %{}", &rest[..2], if included { " included" } else { "" })
}
