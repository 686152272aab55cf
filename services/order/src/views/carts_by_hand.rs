//! Twenty carts, written out and computed by hand. Each expectation is a step of `explain=1`: what it is about, the
//! rule, and the amount in minor units; `(…)` is contained in the others, `-- why` did not apply. The comment above
//! it shows the arithmetic. The steps that apply must add up to the total that the cart states.

use std::collections::{BTreeMap, HashMap};

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

#[test]
fn cart_01_two_shirts_and_a_parcel() {
    // 2 × 19.99 = 39.98; parcel 4.90; 39.98 + 4.90 = 44.88.
    // Tax: 44.88 × 19/119 = 7.1657 → 7.17, shared by 3998 : 490 → 638.7…, 78.2… → 639 + 78.
    cart(&[(1999, 2, "standard")]).comes_to(
        &[
            "lines[0] price 3998",
            "lines[0] tax:DE:standard (639)",
            "shipping shipping:standard 490",
            "shipping tax:DE:standard (78)",
            "shipping shipping:free_above -- below_amount",
        ],
        4488,
    );
}

#[test]
fn cart_02_a_book_at_the_reduced_rate() {
    // Book 10.70 × 7/107 = 0.70; parcel 4.90 × 19/119 = 0.7823 → 0.78; 10.70 + 4.90 = 15.60.
    cart(&[(1070, 1, "reduced")]).comes_to(
        &[
            "lines[0] price 1070",
            "lines[0] tax:DE:reduced (70)",
            "shipping shipping:standard 490",
            "shipping tax:DE:standard (78)",
            "shipping shipping:free_above -- below_amount",
        ],
        1560,
    );
}

#[test]
fn cart_03_free_above_fifty() {
    // 50.00 reaches the limit: 4.90 − 4.90. Tax 50.00 × 19/119 = 7.983 → 7.98.
    cart(&[(5000, 1, "standard")]).comes_to(
        &[
            "lines[0] price 5000",
            "lines[0] tax:DE:standard (798)",
            "shipping shipping:standard 490",
            "shipping shipping:free_above -490",
            "shipping tax:DE:standard (0)",
        ],
        5000,
    );
}

#[test]
fn cart_04_tax_on_top_is_rounded_once() {
    // Base 0.33 + 0.33 + 0.34 = 1.00, 19 % = 0.19; exact shares 6.27, 6.27, 6.46 → 6, 6, 6 and the largest
    // remainder (.46) gets the last: 6, 6, 7. 1.00 + 0.19 = 1.19.
    let written =
        Written { shipping: None, ..cart(&[(33, 1, "standard"), (33, 1, "standard"), (34, 1, "standard")]) };
    written.configured(on_top).comes_to(
        &[
            "lines[0] price 33",
            "lines[0] tax:DE:standard 6",
            "lines[1] price 33",
            "lines[1] tax:DE:standard 6",
            "lines[2] price 34",
            "lines[2] tax:DE:standard 7",
            "shipping shipping -- not_chosen",
        ],
        119,
    );
}

#[test]
fn cart_05_the_same_rounded_line_by_line() {
    // 6.27 → 6, 6.27 → 6, 6.46 → 6: 1.00 + 0.18 = 1.18.
    let written =
        Written { shipping: None, ..cart(&[(33, 1, "standard"), (33, 1, "standard"), (34, 1, "standard")]) };
    let per_line = |config: &mut OrderConfig| {
        config.tax = toml::from_str::<TaxTable>("prices_include_tax = false\nrounding = \"per_line\"")
            .expect("a table");
    };
    written.configured(per_line).comes_to(
        &[
            "lines[0] price 33",
            "lines[0] tax:DE:standard 6",
            "lines[1] price 33",
            "lines[1] tax:DE:standard 6",
            "lines[2] price 34",
            "lines[2] tax:DE:standard 6",
            "shipping shipping -- not_chosen",
        ],
        118,
    );
}

#[test]
fn cart_06_ten_percent_by_code() {
    // 10 % of 30.01 = 3.001 → 3.00, shared by 10.00 : 20.01 → 99.97…, 200.03… → floors 99 + 200, the larger
    // remainder (.97) gets the last: 100 + 200. 9.00 + 18.01 = 27.01; tax with parcel 31.91 × 19/119 = 5.0949 → 5.09,
    // shared by 900 : 1801 : 490 → 143.56, 287.28, 78.16 → 144, 287, 78. 27.01 + 4.90 = 31.91.
    cart(&[(1000, 1, "standard"), (2001, 1, "standard")])
        .with(
            json!([{"title": "Ten", "code": "TEN", "effect": {"type": "percent_off", "basis_points": 1000}}]),
        )
        .codes(&["ten"])
        .comes_to(
            &[
                "lines[0] price 1000",
                "lines[0] promotion:TEN -100",
                "lines[0] tax:DE:standard (144)",
                "lines[1] price 2001",
                "lines[1] promotion:TEN -200",
                "lines[1] tax:DE:standard (287)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
            ],
            3191,
        );
}

#[test]
fn cart_07_five_euros_off_a_cheap_cart_is_not_less_than_nothing() {
    // 3.00 − min(5.00, 3.00) = 0; parcel 4.90, its tax 4.90 × 19/119 = 0.78. Total 4.90.
    cart(&[(300, 1, "standard")])
        .with(json!([{"title": "Five", "code": "FIVE", "effect": {"type": "amount_off", "amounts": {"EUR": 500}}}]))
        .codes(&["FIVE"])
        .comes_to(
            &[
                "lines[0] price 300",
                "lines[0] promotion:FIVE -300",
                "lines[0] tax:DE:standard (0)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
            ],
            490,
        );
}

#[test]
fn cart_08_five_euros_off_are_shared_by_worth() {
    // 5.00 by 10.00 : 10.00 : 10.00 → 166.67 each → 166 × 3 = 498, two left, the first two: 167, 167, 166.
    // Left 8.33 + 8.33 + 8.34 = 25.00, no shipping; tax 25.00 × 19/119 = 3.9916 → 3.99 → by 833 : 833 : 834
    // 132.95, 132.95, 133.11 → 132 + 132 + 133, two left: .95 and .95 → 133, 133, 133.
    let written = Written {
        shipping: None,
        ..cart(&[(1000, 1, "standard"), (1000, 1, "standard"), (1000, 1, "standard")])
    };
    written
        .with(json!([{"title": "Five", "code": "FIVE", "effect": {"type": "amount_off", "amounts": {"EUR": 500}}}]))
        .codes(&["FIVE"])
        .comes_to(
            &[
                "lines[0] price 1000",
                "lines[0] promotion:FIVE -167",
                "lines[0] tax:DE:standard (133)",
                "lines[1] price 1000",
                "lines[1] promotion:FIVE -167",
                "lines[1] tax:DE:standard (133)",
                "lines[2] price 1000",
                "lines[2] promotion:FIVE -166",
                "lines[2] tax:DE:standard (133)",
                "shipping shipping -- not_chosen",
            ],
            2500,
        );
}

#[test]
fn cart_09_free_shipping_by_code() {
    // 10.00 and a parcel of 4.90 − 4.90. Tax 10.00 × 19/119 = 1.5966 → 1.60.
    cart(&[(1000, 1, "standard")])
        .with(json!([{"title": "Free", "code": "FREE", "effect": {"type": "free_shipping"}}]))
        .codes(&["FREE"])
        .comes_to(
            &[
                "lines[0] price 1000",
                "lines[0] tax:DE:standard (160)",
                "shipping shipping:standard 490",
                "shipping promotion:FREE -490",
                "shipping tax:DE:standard (0)",
                "shipping shipping:free_above -- below_amount",
            ],
            1000,
        );
}

#[test]
fn cart_10_three_for_two_gives_the_cheapest() {
    // 2 × 12.00 + 1 × 5.00 = 3 units, 1 bundle: the cheapest unit (5.00) is free. 24.00 left + 4.90 = 28.90.
    // Tax 28.90 × 19/119 = 4.6143 → 4.61, by 2400 : 0 : 490 → 382.8…, 0, 78.1… → 383, 0, 78.
    cart(&[(1200, 2, "standard"), (500, 1, "standard")])
        .with(json!([{"title": "3 for 2", "code": "THREE", "effect": {"type": "buy_get", "buy": 2, "get": 1, "basis_points": 10000}}]))
        .codes(&["THREE"])
        .comes_to(
            &[
                "lines[0] price 2400",
                "lines[0] tax:DE:standard (383)",
                "lines[1] price 500",
                "lines[1] promotion:THREE -500",
                "lines[1] tax:DE:standard (0)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
            ],
            2890,
        );
}

#[test]
fn cart_11_the_second_at_half_price() {
    // 5 units, buy 1 get 1: 2 bundles, 2 units at half price: 9.99 × 5 = 49.95; 49.95 × 2/5 × 1/2 = 9.99.
    // 39.96 + 4.90 = 44.86; tax 44.86 × 19/119 = 7.1625 → 7.16, by 3996 : 490 → 637.79, 78.21 → 638, 78.
    cart(&[(999, 5, "standard")])
        .with(json!([{"title": "Half", "code": "HALF", "effect": {"type": "buy_get", "buy": 1, "get": 1, "basis_points": 5000}}]))
        .codes(&["HALF"])
        .comes_to(
            &[
                "lines[0] price 4995",
                "lines[0] promotion:HALF -999",
                "lines[0] tax:DE:standard (638)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
            ],
            4486,
        );
}

#[test]
fn cart_12_the_more_units_the_more_off() {
    // 10 units reach the step of 10 (20 %), not that of 20: 10 × 3.00 = 30.00 − 6.00 = 24.00; + 4.90 = 28.90.
    // Tax 28.90 × 19/119 = 4.61, by 2400 : 490 → 383, 78.
    cart(&[(300, 10, "standard")])
        .with(json!([{"title": "Tiers", "code": "TIERS", "effect": {"type": "quantity_tiers", "tiers": [
            {"quantity_min": 20, "basis_points": 3000}, {"quantity_min": 5, "basis_points": 1000},
            {"quantity_min": 10, "basis_points": 2000}]}}]))
        .codes(&["TIERS"])
        .comes_to(
            &[
                "lines[0] price 3000",
                "lines[0] promotion:TIERS -600",
                "lines[0] tax:DE:standard (383)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
            ],
            2890,
        );
}

#[test]
fn cart_13_two_promotions_see_what_is_left() {
    // The priority 1 first: 100.00 − 10 % = 90.00; then 5.00 off: 85.00. Free shipping above 50.
    // Tax 85.00 × 19/119 = 13.571 → 13.57.
    cart(&[(10_000, 1, "standard")])
        .with(json!([
            {"title": "Five", "code": "FIVE", "effect": {"type": "amount_off", "amounts": {"EUR": 500}}},
            {"title": "Ten", "code": "TEN", "priority": 1, "effect": {"type": "percent_off", "basis_points": 1000}}]))
        .codes(&["FIVE", "TEN"])
        .comes_to(
            &[
                "lines[0] price 10000",
                "lines[0] promotion:TEN -1000",
                "lines[0] promotion:FIVE -500",
                "lines[0] tax:DE:standard (1357)",
                "shipping shipping:standard 490",
                "shipping shipping:free_above -490",
                "shipping tax:DE:standard (0)",
            ],
            8500,
        );
}

#[test]
fn cart_14_a_discount_takes_the_cart_below_free_shipping() {
    // 52.00 − 10 % = 46.80, below 50.00: the parcel costs 4.90. 51.70.
    // Tax 51.70 × 19/119 = 8.2546 → 8.25, by 4680 : 490 → 746.8, 78.19 → 747, 78. Missing 3.20 for free shipping.
    cart(&[(5200, 1, "standard")])
        .with(
            json!([{"title": "Ten", "code": "TEN", "effect": {"type": "percent_off", "basis_points": 1000}}]),
        )
        .codes(&["TEN"])
        .comes_to(
            &[
                "lines[0] price 5200",
                "lines[0] promotion:TEN -520",
                "lines[0] tax:DE:standard (747)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
            ],
            5170,
        );
}

#[test]
fn cart_15_one_that_stands_alone() {
    // ALONE comes first (priority) and takes 50 % of 20.00; TEN stands back. 10.00 + 4.90 = 14.90.
    // Tax 14.90 × 19/119 = 2.3790 → 2.38, by 1000 : 490 → 159.7, 78.3 → 160, 78.
    cart(&[(2000, 1, "standard")])
        .with(json!([
            {"title": "Ten", "code": "TEN", "effect": {"type": "percent_off", "basis_points": 1000}},
            {"title": "Alone", "code": "ALONE", "priority": 5, "stacking": "exclusive",
                "effect": {"type": "percent_off", "basis_points": 5000}}]))
        .codes(&["TEN", "ALONE"])
        .comes_to(
            &[
                "lines[0] price 2000",
                "lines[0] promotion:ALONE -1000",
                "lines[0] tax:DE:standard (160)",
                "shipping shipping:standard 490",
                "shipping tax:DE:standard (78)",
                "shipping shipping:free_above -- below_amount",
                "cart promotion:TEN -- stands_back",
            ],
            1490,
        );
}

#[test]
fn cart_16_new_york_city_taxes_on_top() {
    // 10.01 × 8.875 % = 0.888… ; parcel 5.90 as well: base 15.91 × 0.08875 = 1.41201 → 1.41,
    // by 1001 : 590 → 88.71, 52.29 → 89, 52. 15.91 + 1.41 = 17.32.
    let region = |config: &mut OrderConfig| {
        config.tax = toml::from_str::<TaxTable>(
            "prices_include_tax = false\n[[regions]]\ncountry = \"US\"\nregion = \"NY\"\npostal_prefix = \"100\"\n\
             rates = { standard = 88750 }",
        )
        .expect("a table");
    };
    let to = ("US", Some("NY"), Some("10001"));
    Written { currency: Currency::USD, to, ..cart(&[(1001, 1, "standard")]) }.configured(region).comes_to(
        &[
            "lines[0] price 1001",
            "lines[0] tax:US-NY-100:standard 89",
            "shipping shipping:standard 590",
            "shipping tax:US-NY-100:standard 52",
            "shipping shipping:free_above -- below_amount",
        ],
        1732,
    );
}

#[test]
fn cart_17_yen_have_no_parts() {
    // 999 yen + parcel 600 = 1599; Japan is not in the table: no tax.
    Written { currency: Currency::JPY, to: ("JP", None, None), ..cart(&[(333, 3, "standard")]) }.comes_to(
        &[
            "lines[0] price 999",
            "shipping shipping:standard 600",
            "shipping shipping:free_above -- below_amount",
            "cart tax -- no_rate",
        ],
        1599,
    );
}

#[test]
fn cart_18_swiss_totals_end_in_five_rappen() {
    // 19.99 + 7.00 = 26.99; 8.1 % inside: 26.99 × 81/1081 = 2.0224 → 2.02, by 1999 : 700 → 149.6, 52.4 → 150, 52.
    // The nearest multiple of 0.05 is 27.00: + 0.01.
    let francs = |config: &mut OrderConfig| {
        config.tax.rates.insert("CH".to_owned(), BTreeMap::from([("standard".to_owned(), 810)]));
        config.shipping[0].prices.insert("CHF".to_owned(), 700);
        config.cash_units.insert("CHF".to_owned(), 5);
    };
    let currency = "CHF".parse().expect("a currency");
    Written { currency, to: ("CH", None, None), ..cart(&[(1999, 1, "standard")]) }
        .configured(francs)
        .comes_to(
            &[
                "lines[0] price 1999",
                "lines[0] tax:CH:standard (150)",
                "shipping shipping:standard 700",
                "shipping tax:CH:standard (52)",
                "cart rounding 1",
            ],
            2700,
        );
}

#[test]
fn cart_19_a_parcel_by_weight_and_a_code_out_of_reach() {
    // 8 × 200 g = 1,600 g: the step from 1,000 g costs 7.90. 8 × 2.00 = 16.00; BIG needs 30.00. 23.90.
    // Tax 23.90 × 19/119 = 3.8160 → 3.82, by 1600 : 790 → 255.7, 126.3 → 256, 126.
    let by_weight = |config: &mut OrderConfig| {
        config.shipping = vec![
            toml::from_str(
                "code = \"post\"\ntitle = \"Post\"\n[[zones]]\n[zones.table]\nby = \"weight\"\n\
                 steps = [{ from = 0, prices = { EUR = 490 } }, { from = 1000, prices = { EUR = 790 } }]",
            )
            .expect("an option"),
        ];
    };
    Written { shipping: Some("post"), ..cart(&[(200, 8, "standard")]) }
        .with(json!([{"title": "Big", "code": "BIG", "conditions": {"amount_min": {"EUR": 3000}},
            "effect": {"type": "percent_off", "basis_points": 2000}}]))
        .codes(&["BIG"])
        .configured(by_weight)
        .comes_to(
            &[
                "lines[0] price 1600",
                "lines[0] tax:DE:standard (256)",
                "shipping shipping:post 790",
                "shipping tax:DE:standard (126)",
                "cart promotion:BIG -- below_amount",
            ],
            2390,
        );
}

#[test]
fn cart_20_who_is_exempt_pays_the_net_price() {
    // 100.00 on top of nothing: no tax; free shipping above 50.00.
    let user = UserId::new(&Chance::seeded(9), NOW);
    let exempt = |config: &mut OrderConfig| {
        config.tax.prices_include_tax = false;
        config.tax.exempt.insert(user);
    };
    Written { buyer: Some(user), ..cart(&[(10_000, 1, "standard")]) }.configured(exempt).comes_to(
        &[
            "lines[0] price 10000",
            "shipping shipping:standard 490",
            "shipping shipping:free_above -490",
            "cart tax -- exempt",
        ],
        10_000,
    );
}
