//! What a cart costs, and why: a pipeline of steps, each of which explains every amount it makes.
//!
//! A new rule of the shop (a promotion, a surcharge) is a new step in [`STEPS`], or new data for one of them.
//! Invariants, held by property tests: the parts of a line add up to its total, the lines and the shipping add
//! up to the totals, to the unit; an amount that does not fit is an error.

mod parts;
mod place;
mod promotions;
mod shipping;
mod shipping_rates;
mod split;
mod subtotals;
mod tax_table;
mod taxes;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use souk_types::{Currency, Money, MoneyError, PromotionId, Timestamp, UserId};
use utoipa::ToSchema;

pub use parts::{Part, parts};
pub use place::Destination;
pub use promotions::*;
pub use shipping_rates::{
    ChosenShipping, Contents, Delivery, RateBy, RateStep, RateTable, ShippingOption, ShippingPrice,
    ShippingRates, ShippingZone,
};
pub use tax_table::{Rate, Rounding, TaxProvider, TaxRegion, TaxTable};
pub use taxes::TaxLine;

/// The largest total: beyond 2⁵³ a JSON reader may round.
pub const TOTAL_MAX: i64 = (1 << 53) - 1;

/// What is to be priced, and by which rules.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    pub currency: Currency,
    pub lines: &'a [LineInput],
    /// Where the goods go: it decides the tax.
    pub to: Destination<'a>,
    pub shipping: Option<ChosenShipping>,
    pub promotions: &'a PromotionSet,
    /// What the buyer has named.
    pub codes: &'a [String],
    /// Who buys, when they are signed in.
    pub buyer: Option<UserId>,
    /// Promotions that have no use left for this buyer.
    pub used_up: &'a UsesLeft,
    pub now: Timestamp,
    pub taxes: &'a dyn TaxProvider,
    /// The buyer pays no tax.
    pub exempt: bool,
    /// The smallest coin, in minor units, that totals are rounded to.
    pub cash_unit: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct LineInput {
    pub unit_price: Money,
    pub quantity: u32,
    pub tax_category: String,
    pub weight_grams: u32,
    pub sold: Sold,
}

/// One amount and the rule that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Explanation {
    /// Stable, such as `price`, `promotion:SPRING` or `tax:DE:standard`.
    #[schema(example = "tax:DE:standard")]
    pub rule: String,
    /// For people.
    #[schema(example = "19.00 % included")]
    pub title: String,
    pub amount: Money,
    /// Contained in the other amounts and for information only: it does not add to the total.
    pub included: bool,
}

/// What one line costs. `total = subtotal − discount`, plus `tax` where prices do not include it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineQuote {
    pub unit_price: Money,
    pub quantity: u32,
    pub subtotal: Money,
    pub discount: Money,
    /// Contained in the total; on top of the price or included in it, as `tax_included` of the totals says.
    pub tax: Money,
    pub total: Money,
    /// The amounts that are not `included` add up to `total`.
    pub breakdown: Vec<Explanation>,
}

/// What sending it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShippingQuote {
    pub code: String,
    pub title: String,
    pub price: Money,
    pub tax: Money,
    pub total: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    pub breakdown: Vec<Explanation>,
}

/// `total = subtotal − discount + shipping + tax + rounding`; `tax` is zero where prices include it, see
/// `tax_included`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    pub subtotal: Money,
    pub discount: Money,
    pub shipping: Money,
    /// Added on top of the prices.
    pub tax: Money,
    /// Contained in the prices; for information.
    pub tax_included: Money,
    /// To the smallest coin, where the shop rounds to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Money>,
    pub total: Money,
}

/// A priced cart. Its lines stand in the order of the input's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<LineQuote>,
    pub shipping: Option<ShippingQuote>,
    pub totals: Totals,
    /// In the order in which they applied.
    pub applied: Vec<Applied>,
    pub unapplied: Vec<Unapplied>,
    pub tax_lines: Vec<TaxLine>,
}

/// Why there is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    #[error("the amount is too large")]
    TooLarge,
    #[error("a price is in another currency than the cart")]
    CurrencyMismatch,
    #[error("a price is negative")]
    NegativePrice,
}

impl From<MoneyError> for PricingError {
    fn from(error: MoneyError) -> PricingError {
        match error {
            MoneyError::CurrencyMismatch | MoneyError::UnknownCurrency => PricingError::CurrencyMismatch,
            MoneyError::Overflow => PricingError::TooLarge,
        }
    }
}

/// A quote in the making: what the steps so far have found.
struct Draft<'a> {
    input: &'a Input<'a>,
    lines: Vec<LineQuote>,
    shipping: Option<ShippingQuote>,
    applied: Vec<Applied>,
    unapplied: Vec<Unapplied>,
    tax_lines: Vec<TaxLine>,
    /// Which promotion makes the shipping free, and where it stands in `applied`.
    frees_shipping: Option<(usize, PromotionId)>,
}

type Step = fn(&mut Draft<'_>) -> Result<(), PricingError>;

/// The order matters: a discount lowers what shipping is free above, and both lower the tax.
const STEPS: &[Step] = &[subtotals::apply, promotions::apply, shipping::apply, taxes::apply];

/// Prices a cart.
pub fn quote(input: &Input<'_>) -> Result<Quote, PricingError> {
    let mut draft = Draft {
        input,
        lines: Vec::with_capacity(input.lines.len()),
        shipping: None,
        applied: Vec::new(),
        unapplied: Vec::new(),
        tax_lines: Vec::new(),
        frees_shipping: None,
    };
    for step in STEPS {
        step(&mut draft)?;
    }
    let totals = draft.totals()?;
    let Draft { lines, shipping, applied, unapplied, tax_lines, .. } = draft;
    Ok(Quote { lines, shipping, totals, applied, unapplied, tax_lines })
}

impl Draft<'_> {
    fn sum(&self, part: impl Fn(&LineQuote) -> Money) -> Result<Money, MoneyError> {
        Money::sum(self.input.currency, self.lines.iter().map(part))
    }

    fn sum_of(&self, lines: &[usize], part: impl Fn(&LineQuote) -> Money) -> Result<Money, MoneyError> {
        Money::sum(self.input.currency, lines.iter().map(|at| part(&self.lines[*at])))
    }

    fn totals(&self) -> Result<Totals, PricingError> {
        let none = Money::zero(self.input.currency);
        let (shipping, shipping_tax, shipping_total) =
            self.shipping.as_ref().map_or((none, none, none), |s| (s.price, s.tax, s.total));
        let taxes = self.sum(|line| line.tax)?.plus(shipping_tax)?;
        let (tax, tax_included) =
            if self.input.taxes.prices_include_tax() { (none, taxes) } else { (taxes, none) };
        let exact = self.sum(|line| line.total)?.plus(shipping_total)?;
        let (total, rounding) = match self.input.cash_unit {
            Some(unit) => split::to_multiple(exact, unit)?,
            None => (exact, none),
        };
        let totals = Totals {
            subtotal: self.sum(|line| line.subtotal)?,
            discount: self.sum(|line| line.discount)?,
            shipping,
            tax,
            tax_included,
            rounding: (rounding.amount != 0).then_some(rounding),
            total,
        };
        if totals.total.amount > TOTAL_MAX || totals.subtotal.amount > TOTAL_MAX {
            return Err(PricingError::TooLarge);
        }
        Ok(totals)
    }
}

impl From<Totals> for souk_contract::events::OrderTotals {
    fn from(totals: Totals) -> Self {
        let Totals { subtotal, discount, shipping, tax, tax_included, rounding, total } = totals;
        Self { subtotal, discount, shipping, tax, tax_included, rounding, total }
    }
}
