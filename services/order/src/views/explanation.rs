//! How the price of a cart came about, step by step: each amount with the rule that made it, and what did not apply.

use serde::Serialize;
use souk_types::Money;
use utoipa::ToSchema;

use crate::domain::pricing::{Explanation, Unapplied};
use crate::flows::price_cart::PricedCart;

/// One step. The steps that apply and are not `included` add up to the total.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// What it is about: `lines[0]`, `shipping`, `cart`.
    #[schema(example = "lines[0]")]
    pub(crate) about: String,
    /// Stable, such as `price`, `promotion:SPRING` or `tax:DE:standard`.
    pub(crate) rule: String,
    /// For people.
    pub(crate) title: String,
    pub(crate) applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<Money>,
    /// Contained in the other amounts: it does not add to the total.
    pub(crate) included: bool,
    /// Why it does not apply: stable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "below_amount")]
    pub(crate) reason: Option<&'static str>,
    /// Why it does not apply, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

impl StepView {
    fn applied(about: &str, step: &Explanation) -> StepView {
        StepView {
            about: about.to_owned(),
            rule: step.rule.clone(),
            title: step.title.clone(),
            applied: true,
            amount: Some(step.amount),
            included: step.included,
            reason: None,
            detail: None,
        }
    }

    fn left_out(about: &str, rule: &str, title: &str, reason: &'static str, detail: String) -> StepView {
        StepView {
            about: about.to_owned(),
            rule: rule.to_owned(),
            title: title.to_owned(),
            applied: false,
            amount: None,
            included: false,
            reason: Some(reason),
            detail: Some(detail),
        }
    }
}

pub(crate) fn explain(priced: &PricedCart) -> Vec<StepView> {
    let mut steps = Vec::new();
    for (at, line) in priced.lines.iter().enumerate() {
        let about = format!("lines[{at}]");
        match &line.quote {
            None => steps.push(StepView::left_out(
                &about,
                "price",
                "",
                "not_for_sale",
                "is not for sale now".to_owned(),
            )),
            Some(quote) => steps.extend(quote.breakdown.iter().map(|step| StepView::applied(&about, step))),
        }
    }
    steps.extend(shipping(priced));
    steps.extend(priced.unapplied.iter().map(promotion));
    if priced.exempt {
        steps.push(StepView::left_out("cart", "tax", "", "exempt", "the buyer pays no tax".to_owned()));
    } else if priced.tax_lines.is_empty() {
        steps.push(StepView::left_out(
            "cart",
            "tax",
            "",
            "no_rate",
            "no tax applies where the goods go".to_owned(),
        ));
    }
    if let Some(rounding) = priced.totals.rounding {
        let title = "to the smallest coin".to_owned();
        let rounding = Explanation { rule: "rounding".to_owned(), title, amount: rounding, included: false };
        steps.push(StepView::applied("cart", &rounding));
    }
    steps
}

fn shipping(priced: &PricedCart) -> Vec<StepView> {
    let Some(quote) = &priced.shipping else {
        let (reason, detail) = match &priced.cart.details.shipping_method {
            None => ("not_chosen", "no way to send it is chosen"),
            Some(_) => ("not_offered", "is not offered for this address, currency and parcel"),
        };
        return vec![StepView::left_out("shipping", "shipping", "", reason, detail.to_owned())];
    };
    let mut steps: Vec<StepView> =
        quote.breakdown.iter().map(|step| StepView::applied("shipping", step)).collect();
    let limit = priced.shipping_options.iter().find(|option| option.code == quote.code);
    if let Some(limit) = limit.and_then(|option| option.free_above)
        && let Ok(missing) = limit.minus(priced.contents.goods)
        && missing.amount > 0
    {
        let title = format!("free above {limit}");
        let detail = format!("{missing} more of goods are needed");
        steps.push(StepView::left_out("shipping", "shipping:free_above", &title, "below_amount", detail));
    }
    steps
}

fn promotion(unapplied: &Unapplied) -> StepView {
    let name = unapplied.code.clone().or(unapplied.promotion.map(|id| id.to_string())).unwrap_or_default();
    let reason = &unapplied.reason;
    StepView::left_out(
        "cart",
        &format!("promotion:{name}"),
        &unapplied.title,
        reason.as_str(),
        reason.to_string(),
    )
}
