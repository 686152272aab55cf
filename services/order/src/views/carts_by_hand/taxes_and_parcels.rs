//! Carts 1 to 5 and 16 to 20: taxes, parcels, currencies, coins.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

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
