//! Carts 6 to 15: promotions.

use serde_json::json;

use super::*;

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
