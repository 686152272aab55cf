//! What a cart costs, and why: a pipeline of steps, each of which explains every amount it makes.
//!
//! A new rule of the shop (a promotion, a surcharge) is a new step in [`STEPS`], or new data for one of them.
//! Invariants, held by property tests: the parts of a line add up to its total, the lines and the shipping add
//! up to the totals, to the unit; an amount that does not fit is an error.

mod promotions;
mod shipping;
mod split;
mod subtotals;
mod taxes;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use souk_types::{Currency, Money, MoneyError};
use utoipa::ToSchema;

pub use promotions::{Effect, Promotion};
pub use shipping::{ChosenShipping, ShippingOption};
pub use taxes::TaxTable;

/// The largest total: beyond 2⁵³ a JSON reader may round.
pub const TOTAL_MAX: i64 = (1 << 53) - 1;

/// What is to be priced, and by which rules.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    pub currency: Currency,
    pub lines: &'a [LineInput],
    /// ISO 3166-1 alpha-2 code of where the goods go: it decides the tax.
    pub country: &'a str,
    pub shipping: Option<ChosenShipping>,
    pub promotions: &'a [Promotion],
    pub taxes: &'a TaxTable,
}

#[derive(Debug, Clone)]
pub struct LineInput {
    pub unit_price: Money,
    pub quantity: u32,
    pub tax_category: String,
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
    pub breakdown: Vec<Explanation>,
}

/// `total = subtotal − discount + shipping + tax`; `tax` is zero where prices include it, see `tax_included`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    pub subtotal: Money,
    pub discount: Money,
    pub shipping: Money,
    /// Added on top of the prices.
    pub tax: Money,
    /// Contained in the prices; for information.
    pub tax_included: Money,
    pub total: Money,
}

/// A priced cart. Its lines stand in the order of the input's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<LineQuote>,
    pub shipping: Option<ShippingQuote>,
    pub totals: Totals,
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
}

type Step = fn(&mut Draft<'_>) -> Result<(), PricingError>;

/// The order matters: a discount lowers what shipping is free above, and both lower the tax.
const STEPS: &[Step] = &[subtotals::apply, promotions::apply, shipping::apply, taxes::apply];

/// Prices a cart.
pub fn quote(input: &Input<'_>) -> Result<Quote, PricingError> {
    let mut draft = Draft { input, lines: Vec::with_capacity(input.lines.len()), shipping: None };
    for step in STEPS {
        step(&mut draft)?;
    }
    let totals = draft.totals()?;
    Ok(Quote { lines: draft.lines, shipping: draft.shipping, totals })
}

impl Draft<'_> {
    fn sum(&self, part: impl Fn(&LineQuote) -> Money) -> Result<Money, MoneyError> {
        Money::sum(self.input.currency, self.lines.iter().map(part))
    }

    fn totals(&self) -> Result<Totals, PricingError> {
        let none = Money::zero(self.input.currency);
        let (shipping, shipping_tax, shipping_total) =
            self.shipping.as_ref().map_or((none, none, none), |s| (s.price, s.tax, s.total));
        let taxes = self.sum(|line| line.tax)?.plus(shipping_tax)?;
        let (tax, tax_included) =
            if self.input.taxes.prices_include_tax { (none, taxes) } else { (taxes, none) };
        let totals = Totals {
            subtotal: self.sum(|line| line.subtotal)?,
            discount: self.sum(|line| line.discount)?,
            shipping,
            tax,
            tax_included,
            total: self.sum(|line| line.total)?.plus(shipping_total)?,
        };
        if totals.total.amount > TOTAL_MAX || totals.subtotal.amount > TOTAL_MAX {
            return Err(PricingError::TooLarge);
        }
        Ok(totals)
    }
}

impl From<Totals> for souk_contract::events::OrderTotals {
    fn from(totals: Totals) -> Self {
        let Totals { subtotal, discount, shipping, tax, tax_included, total } = totals;
        Self { subtotal, discount, shipping, tax, tax_included, total }
    }
}
