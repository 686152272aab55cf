//! What the staff send to give money back: an amount, or parts of the order.

use serde::Deserialize;
use souk_app::Rules;
use souk_rpc::Error;
use souk_types::{Currency, Money};
use utoipa::ToSchema;

use super::requests::refuse_card_number;
use crate::domain::cart::{LINES_MAX, QUANTITY_MAX};
use crate::domain::order::RefundLine;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"shipping": true, "reason": "Arrived late"}))]
pub(crate) struct RefundRequest {
    /// Either an amount, or parts of the order: lines, shipping or both, with their shares of tax and discount.
    #[serde(default)]
    #[schema(value_type = Option<RefundAmount>)]
    pub(crate) amount: Option<Money>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) lines: Vec<RefundLine>,
    #[serde(default)]
    pub(crate) shipping: bool,
    /// Why; the buyer's mail says so.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]*[!-~][^\\x00-\\x1F\\x7F-\\x9F]*$"
    )]
    pub(crate) reason: String,
}

/// What is given back: something.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes an amount that is more than nothing")]
struct RefundAmount {
    /// Minor units, such as cents.
    #[schema(minimum = 1)]
    amount: i64,
    currency: Currency,
}

impl RefundRequest {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut rules = Rules::new();
        rules.text("reason", &self.reason, 1..=200);
        let fits =
            !self.reason.contains(char::is_control) && self.reason.contains(|c: char| c.is_ascii_graphic());
        rules.require(fits, "reason", "text", "must say something on one line");
        rules.require(
            self.amount.is_none_or(|amount| amount.amount > 0),
            "amount.amount",
            "range",
            "must be 1 or more",
        );
        rules.require(self.lines.len() <= LINES_MAX, "lines", "max_items", "must be 100 at most");
        for (at, line) in self.lines.iter().enumerate() {
            rules.range(&format!("lines[{at}].quantity"), line.quantity, 1..=QUANTITY_MAX);
        }
        rules.check()?;
        let mut lines: Vec<_> = self.lines.iter().map(|line| line.line_id).collect();
        lines.sort_unstable();
        lines.dedup();
        let parts = self.shipping || !self.lines.is_empty();
        let unclear = |field: &str, rule: &str, detail: &str| {
            Err(Error::unprocessable("refund_unclear", detail).with_field(field, rule, detail))
        };
        if self.amount.is_some() == parts {
            return unclear("amount", "either", "state an amount, or else lines or shipping");
        }
        if lines.len() < self.lines.len() {
            return unclear("lines", "unique", "must name each line once");
        }
        refuse_card_number("reason", &self.reason)
    }
}
