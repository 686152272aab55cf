//! Twenty carts, written out and computed by hand. Each expectation is a step of `explain=1`: what it is about, the
//! rule, and the amount in minor units; `(…)` is contained in the others, `-- why` did not apply. The comment above
//! it shows the arithmetic. The steps that apply must add up to the total that the cart states.

mod taxes_and_parcels;
mod with_promotions;

use std::collections::HashMap;

use serde_json::{Value, json};
use souk_contract::product::Offer;
use souk_types::{
    CartId, Chance, Currency, LineId, Money, ProductId, PromotionId, Timestamp, UserId, VariantId,
};

use super::explanation::explain;
use crate::config::OrderConfig;
use crate::domain::cart::Cart;
use crate::domain::pricing::{Promotion, PromotionSet, TaxTable, UsesLeft};
use crate::flows::price_cart::{Rules, price};

const NOW: Timestamp = Timestamp(1_795_341_600_000);

struct Written {
    /// Unit price, quantity, tax category.
    lines: &'static [(i64, u32, &'static str)],
    currency: Currency,
    /// Country, region, postal code.
    to: (&'static str, Option<&'static str>, Option<&'static str>),
    shipping: Option<&'static str>,
    promotions: Value,
    codes: &'static [&'static str],
    config: OrderConfig,
    buyer: Option<UserId>,
}

fn cart(lines: &'static [(i64, u32, &'static str)]) -> Written {
    Written {
        lines,
        currency: Currency::EUR,
        to: ("DE", None, None),
        shipping: Some("standard"),
        promotions: json!([]),
        codes: &[],
        config: OrderConfig::default(),
        buyer: None,
    }
}

impl Written {
    fn with(self, promotions: Value) -> Written {
        Written { promotions, ..self }
    }

    fn codes(self, codes: &'static [&'static str]) -> Written {
        Written { codes, ..self }
    }

    fn configured(mut self, change: impl FnOnce(&mut OrderConfig)) -> Written {
        change(&mut self.config);
        self
    }

    #[track_caller]
    fn comes_to(self, expected: &[&str], total: i64) {
        let chance = Chance::seeded(5);
        let mut cart = Cart::new(CartId::secret(&chance), None, self.currency, NOW);
        let mut offers = HashMap::new();
        for (amount, quantity, tax_category) in self.lines {
            let variant = VariantId::new(&chance, NOW);
            cart.add(LineId::new(&chance, NOW), variant, *quantity).expect("fits");
            offers.insert(variant, offer(&chance, variant, Money::new(*amount, self.currency), tax_category));
        }
        let (country, region, postal_code) = self.to;
        let address = json!({"name": "Ada", "line1": "1", "city": "C", "country": country, "region": region,
            "postal_code": postal_code});
        cart.details.shipping_address = Some(serde_json::from_value(address).expect("an address"));
        cart.details.shipping_method = self.shipping.map(str::to_owned);
        self.codes.iter().for_each(|code| cart.add_code(code).expect("fits"));
        let rules = self.promotions.as_array().expect("a list");
        let promotion = |(n, rule): (usize, &Value)| Promotion {
            id: format!("{:032x}", n + 1).parse::<PromotionId>().expect("an id"),
            rule: serde_json::from_value(rule.clone()).expect("a rule"),
        };
        let set = PromotionSet::new(rules.iter().enumerate().map(promotion).collect());
        let used_up = UsesLeft::new();
        let rules =
            Rules { config: &self.config, promotions: &set, used_up: &used_up, buyer: self.buyer, now: NOW };
        let priced = price(&rules, cart, offers).expect("priced");
        let mut sum = 0;
        let mut steps = Vec::new();
        for step in explain(&priced) {
            let amount = step.amount.map_or(0, |amount| amount.amount);
            sum += if step.included { 0 } else { amount };
            let tail = match (step.reason, step.included) {
                (Some(reason), _) => format!("-- {reason}"),
                (None, true) => format!("({amount})"),
                (None, false) => amount.to_string(),
            };
            steps.push(format!("{} {} {tail}", step.about, step.rule));
        }
        assert_eq!(steps, expected);
        assert_eq!((sum, priced.totals.total.amount), (total, total));
    }
}

fn offer(chance: &Chance, variant: VariantId, price: Money, tax_category: &str) -> Offer {
    Offer {
        variant,
        product: ProductId::new(chance, NOW),
        sku: "SKU".to_owned(),
        title: "Shirt".to_owned(),
        variant_title: String::new(),
        slug: "shirt".to_owned(),
        unit_price: Some(price),
        tax_category: tax_category.to_owned(),
        weight_grams: 200,
        published: true,
        available: 1_000,
        backorder: false,
        image: None,
        categories: Vec::new(),
        collections: Vec::new(),
    }
}

fn on_top(config: &mut OrderConfig) {
    config.tax.prices_include_tax = false;
}
