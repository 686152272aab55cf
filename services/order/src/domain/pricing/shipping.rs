//! What sending it costs: the option's price for what is in the parcel, free above a limit, or made free by a promotion.

use souk_types::Money;

use super::{Contents, Draft, Explanation, PricingError, ShippingQuote, promotions};

pub(super) fn apply(draft: &mut Draft<'_>) -> Result<(), PricingError> {
    let Some(chosen) = &draft.input.shipping else { return Ok(()) };
    let goods = draft.sum(|line| line.total)?;
    let Some(list_price) = chosen.list_price(&draft.contents(goods)) else {
        // Too heavy, or too many: this way it cannot be sent.
        return promotions::settle_shipping(draft);
    };
    if list_price.amount < 0 {
        return Err(PricingError::NegativePrice);
    }
    let none = Money::zero(draft.input.currency);
    let list_price = list_price.plus(none)?;
    let mut quote = ShippingQuote {
        code: chosen.code.clone(),
        title: chosen.title.clone(),
        price: list_price,
        tax: none,
        total: list_price,
        delivery: chosen.delivery,
        breakdown: vec![explain(format!("shipping:{}", chosen.code), chosen.title.clone(), list_price)],
    };
    if list_price.amount > 0 && chosen.is_free_for(goods) {
        let title = chosen.free_above.map_or_else(String::new, |limit| format!("free above {limit}"));
        quote.breakdown.push(explain("shipping:free_above".to_owned(), title, none.minus(list_price)?));
        (quote.price, quote.total) = (none, none);
    }
    draft.shipping = Some(quote);
    promotions::settle_shipping(draft)
}

fn explain(rule: String, title: String, amount: Money) -> Explanation {
    Explanation { rule, title, amount, included: false }
}

impl Draft<'_> {
    fn contents(&self, goods: Money) -> Contents {
        Contents::of(goods, self.input.lines)
    }
}
