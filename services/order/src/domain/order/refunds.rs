//! Which parts of an order are given back, and what they are worth.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use souk_types::{LineId, Money};
use utoipa::ToSchema;

use super::{Order, OrderRule};
use crate::domain::pricing::{Part, PricingError, parts};

/// Units of a line that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundLine {
    pub line_id: LineId,
    #[schema(minimum = 1, maximum = 999)]
    pub quantity: u32,
}

/// What the staff want to give back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedParts {
    pub lines: Vec<RefundLine>,
    pub shipping: bool,
}

/// Units that were given back before, by part.
pub type Returned = HashMap<RefundPart, u32>;

/// A line, or the shipping, whose quantity is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefundPart {
    Line(LineId),
    Shipping,
}

/// Parts that come back, with what they are worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefundedParts {
    pub lines: Vec<RefundLine>,
    pub shipping: bool,
    pub amount: Money,
    /// Contained in `amount`.
    pub tax: Money,
    /// What the parts would have cost more without their discounts.
    pub discount: Money,
}

/// Why parts cannot be given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefundRule {
    #[error(transparent)]
    Order(#[from] OrderRule),
    #[error("{left} of line {line} are left to give back")]
    LineReturned { line: LineId, left: u32 },
    #[error("the shipping was given back already")]
    ShippingReturned,
    #[error("the parts are worth nothing")]
    Worthless,
    #[error(transparent)]
    Pricing(#[from] PricingError),
}

impl RefundPart {
    /// As the database names it.
    pub fn name(self) -> String {
        match self {
            RefundPart::Line(id) => id.to_string(),
            RefundPart::Shipping => "shipping".to_owned(),
        }
    }

    pub fn named(name: &str) -> Option<RefundPart> {
        if name == "shipping" {
            return Some(RefundPart::Shipping);
        }
        name.parse().ok().map(RefundPart::Line)
    }
}

impl Order {
    /// What the parts are worth, after those that came back before. All parts of an order, in whatever order and
    /// however few at a time, are worth what was paid.
    pub fn worth_of(&self, wanted: &WantedParts, returned: &Returned) -> Result<RefundedParts, RefundRule> {
        let prices = self.lines.iter().map(|line| &line.sold.price);
        let parts = parts(self.totals.total, prices, &self.shipping)?;
        let mut worth = Part::none(self.currency);
        for RefundLine { line_id, quantity } in &wanted.lines {
            let at = self.lines.iter().position(|line| line.id == *line_id);
            let at = at.ok_or(OrderRule::NoSuchLine(*line_id))?;
            let all = self.lines[at].quantity;
            let before = returned.get(&RefundPart::Line(*line_id)).copied().unwrap_or(0);
            let left = all.saturating_sub(before);
            if *quantity > left {
                return Err(RefundRule::LineReturned { line: *line_id, left });
            }
            worth = worth.plus(parts[at].of_units(all, before, *quantity)?)?;
        }
        if wanted.shipping {
            if returned.contains_key(&RefundPart::Shipping) {
                return Err(RefundRule::ShippingReturned);
            }
            worth = worth.plus(parts[self.lines.len()])?;
        }
        if worth.amount.amount == 0 {
            return Err(RefundRule::Worthless);
        }
        let Part { amount, tax, discount } = worth;
        Ok(RefundedParts { lines: wanted.lines.clone(), shipping: wanted.shipping, amount, tax, discount })
    }
}
