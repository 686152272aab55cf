use super::*;

#[test]
fn a_german_cart_shows_the_tax_that_its_prices_contain() {
    let lines = vec![line(1999, 2, "standard"), line(500, 1, "reduced")];
    let quote = Case { shipping: Some(parcel(490, None)), ..Case::of(lines) }.priced();
    assert_eq!(quote.totals.total, eur(1999 * 2 + 500 + 490));
    // 19 % inside 44.88 EUR (goods and parcel) is 7.17, 7 % inside 5.00 is 0.33.
    assert_eq!(quote.totals.tax_included, eur(717 + 33));
    assert_eq!(quote.lines[1].breakdown[1].rule, "tax:DE:reduced");
    assert_eq!(quote.lines[0].breakdown[1].title, "19.00 % included");
    let lines: Vec<_> = quote.tax_lines.iter().map(|t| (t.rule.as_str(), t.rate, t.base, t.amount)).collect();
    assert_eq!(
        lines,
        [("tax:DE:reduced", 70_000, eur(500), eur(33)), ("tax:DE:standard", 190_000, eur(4488), eur(717)),]
    );
}

#[test]
fn where_prices_exclude_tax_it_comes_on_top_without_losing_a_unit() {
    let lines = vec![line(33, 1, "standard"), line(33, 1, "standard"), line(34, 1, "standard")];
    let mut case = Case::of(lines);
    case.taxes.prices_include_tax = false;
    assert_eq!(case.priced().totals.tax, eur(19));
    // Rounded line by line it is 6 + 6 + 6.
    case.taxes.rounding = Rounding::PerLine;
    assert_eq!(case.priced().totals.tax, eur(18));
}

#[test]
fn a_parcel_is_free_from_the_limit_on_and_says_so() {
    let shipping = Some(parcel(490, Some(5000)));
    let case = Case { shipping: shipping.clone(), ..Case::of(vec![line(4999, 1, "standard")]) };
    assert_eq!(case.priced().totals.shipping, eur(490));
    let quote = Case { shipping, ..Case::of(vec![line(5000, 1, "standard")]) }.priced();
    assert_eq!(quote.totals.shipping, eur(0));
    let rules: Vec<_> = quote.shipping.expect("chosen").breakdown.into_iter().map(|e| e.rule).collect();
    assert_eq!(rules, ["shipping:standard", "shipping:free_above", "tax:DE:standard"]);
}

#[test]
fn an_unknown_tax_category_is_taxed_as_standard() {
    let taxes = TaxTable::default();
    let rate = |country, category| taxes.rate(&Destination::country(country), category);
    assert_eq!(rate("DE", "stadnard"), Rate { ppm: 190_000, rule: "tax:DE:standard".to_owned() });
    assert_eq!(rate("JP", "standard"), Rate { ppm: 0, rule: "tax:JP:standard".to_owned() });
}

fn new_york() -> TaxTable {
    let region = |region: &str, postal_prefix: &str, ppm| TaxRegion {
        country: "US".to_owned(),
        region: region.to_owned(),
        postal_prefix: postal_prefix.to_owned(),
        rates: BTreeMap::from([("standard".to_owned(), ppm), ("clothing".to_owned(), 0)]),
    };
    let regions = vec![region("NY", "", 40_000), region("NY", "10", 88_750), region("CA", "", 72_500)];
    TaxTable { prices_include_tax: false, regions, ..TaxTable::default() }
}

#[test]
fn the_place_that_is_named_most_exactly_decides_the_tax() {
    let taxes = new_york();
    let rate = |region, postal_code, category: &str| {
        taxes.rate(&Destination { country: "US", region, postal_code }, category)
    };
    assert_eq!(rate(Some("NY"), Some("12207"), "standard").ppm, 40_000);
    assert_eq!(rate(Some("ny"), Some("10 001"), "standard").rule, "tax:US-NY-10:standard");
    assert_eq!(rate(Some("NY"), Some("10001"), "clothing").ppm, 0);
    assert_eq!(rate(Some("CA"), None, "standard").ppm, 72_500);
    assert_eq!(rate(Some("OR"), None, "standard").ppm, 0);
    let to = Destination { country: "US", region: Some("NY"), postal_code: Some("10001") };
    let quote = Case { taxes, to, ..Case::of(vec![line(10_000, 1, "standard")]) }.priced();
    // 8.875 % of 100.00 is 8.875, half away from zero 8.88.
    assert_eq!(quote.totals.tax, eur(888));
    assert_eq!(quote.lines[0].breakdown[1].title, "8.875 %");
}

#[test]
fn who_is_exempt_pays_no_tax_on_top() {
    let mut case = Case::of(vec![line(1000, 1, "standard")]);
    case.taxes.prices_include_tax = false;
    assert_eq!(case.priced().totals.total, eur(1190));
    case.exempt = true;
    assert_eq!(case.priced().totals.total, eur(1000));
}

#[test]
fn totals_are_rounded_to_the_smallest_coin_where_the_shop_does_so() {
    for (price, total, rounding) in [(102, 100, -2), (103, 105, 2), (105, 105, 0), (2, 0, -2), (0, 0, 0)] {
        let quote = Case { cash_unit: Some(5), ..Case::of(vec![line(price, 1, "standard")]) }.priced();
        assert_eq!(quote.totals.total, eur(total));
        assert_eq!(quote.totals.rounding.map_or(0, |rounding| rounding.amount), rounding);
    }
}

#[test]
fn a_yen_has_no_part_and_a_dinar_has_a_thousand() {
    for (currency, price, tax) in
        [(Currency::JPY, 999, 100), (Currency::KWD, 999, 100), (Currency::EUR, 999, 100)]
    {
        let mut case =
            Case::of(vec![LineInput { unit_price: Money::new(price, currency), ..line(0, 1, "standard") }]);
        case.currency = currency;
        case.to = Destination::country("JP");
        case.taxes.prices_include_tax = false;
        case.taxes.rates.insert("JP".to_owned(), BTreeMap::from([("standard".to_owned(), 1000)]));
        // 10 % of 999 units is 99.9 units: 100, whatever a unit is called.
        assert_eq!(case.priced().totals.tax, Money::new(tax, currency));
    }
}

#[test]
fn an_amount_that_does_not_fit_is_an_error() {
    let refused = |lines: &[LineInput]| Case::of(lines.to_vec()).quote().expect_err("refused");
    assert_eq!(refused(&[line(i64::MAX, 2, "standard")]), PricingError::TooLarge);
    assert_eq!(refused(&[line(i64::MAX, 1, "standard"), line(1, 1, "standard")]), PricingError::TooLarge);
    assert_eq!(refused(&[line(TOTAL_MAX, 2, "standard")]), PricingError::TooLarge);
    assert_eq!(refused(&[line(-1, 1, "standard")]), PricingError::NegativePrice);
    let yen = LineInput { unit_price: Money::new(1, Currency::JPY), ..line(0, 1, "") };
    assert_eq!(refused(&[yen]), PricingError::CurrencyMismatch);
}

fn reasons(quote: &Quote) -> Vec<&'static str> {
    quote.unapplied.iter().map(|unapplied| unapplied.reason.as_str()).collect()
}

#[test]
fn a_promotion_that_does_not_apply_says_why() {
    let ten = || Effect::PercentOff { basis_points: 1000 };
    let (ada, bob) = (somebody(1), somebody(2));
    let why = |buyer, change: fn(&mut Rule)| {
        let promotions = vec![changed(promotion(0, ten()), change)];
        let quote = Case { promotions, buyer, ..Case::of(vec![line(1000, 2, "standard")]) }.priced();
        reasons(&quote).first().copied()
    };
    assert_eq!(why(None, |_| {}), None);
    assert_eq!(why(None, |rule| rule.enabled = false), Some("disabled"));
    assert_eq!(why(None, |rule| rule.starts_at = Some(Timestamp(NOW.0 + 1))), Some("not_started"));
    assert_eq!(why(None, |rule| rule.starts_at = Some(NOW)), None);
    assert_eq!(why(None, |rule| rule.ends_at = Some(NOW)), Some("ended"));
    assert_eq!(why(None, |rule| rule.conditions.signed_in = true), Some("sign_in_first"));
    assert_eq!(why(Some(ada), |rule| rule.conditions.signed_in = true), None);
    assert_eq!(
        why(Some(bob), |rule| rule.conditions.customers = [somebody(1)].into()),
        Some("other_customer")
    );
    assert_eq!(why(None, |rule| rule.conditions.countries = ["AT".to_owned()].into()), Some("other_country"));
    assert_eq!(why(None, |rule| rule.conditions.amount_min = amounts(2001)), Some("below_amount"));
    assert_eq!(why(None, |rule| rule.conditions.amount_min = amounts(2000)), None);
    assert_eq!(
        why(None, |rule| rule.conditions.amount_min = [("USD".to_owned(), 1)].into()),
        Some("other_currency")
    );
    assert_eq!(why(None, |rule| rule.conditions.quantity_min = Some(3)), Some("below_quantity"));
    assert_eq!(
        why(None, |rule| rule.effect = Effect::BuyGet { buy: 2, get: 1, basis_points: 1 }),
        Some("below_first_step")
    );
    assert_eq!(why(None, |rule| rule.effect = Effect::FreeShipping), Some("no_shipping"));
}

#[test]
fn a_code_counts_only_for_who_names_it_in_either_case() {
    let spring = changed(promotion(0, Effect::PercentOff { basis_points: 1000 }), |rule| {
        rule.code = Some("Spring".to_owned())
    });
    let mut case = Case { promotions: vec![spring], ..Case::of(vec![line(1000, 1, "standard")]) };
    let quote = case.priced();
    assert_eq!((quote.totals.discount, quote.unapplied.len()), (eur(0), 0));
    case.codes = vec!["sPRING".to_owned(), "SPRUNG".to_owned()];
    let quote = case.priced();
    assert_eq!(quote.totals.discount, eur(100));
    assert_eq!(quote.lines[0].breakdown[1].rule, "promotion:SPRING");
    assert_eq!(reasons(&quote), ["unknown"]);
    case.used_up.insert(case.promotions[0].id, UsedUp::ByAll);
    let quote = case.priced();
    assert_eq!(reasons(&quote), ["unknown", "used_up"]);
}

#[test]
fn one_that_stands_alone_keeps_the_others_out_and_is_kept_out() {
    let ten = || Effect::PercentOff { basis_points: 1000 };
    let alone = changed(promotion(1, ten()), |rule| rule.stacking = Stacking::Exclusive);
    let case = |first: i32| {
        let alone = changed(alone.clone(), |rule| rule.priority = first);
        Case { promotions: vec![promotion(0, ten()), alone], ..Case::of(vec![line(1000, 1, "standard")]) }
    };
    let quote = case(1).priced();
    assert_eq!((quote.applied[0].promotion, reasons(&quote)), (alone.id, vec!["stands_back"]));
    let quote = case(-1).priced();
    assert_eq!((quote.applied.len(), reasons(&quote)), (1, vec!["stands_alone"]));
}

#[test]
fn of_a_group_the_first_that_applies_does() {
    let grouped = |n, basis_points| {
        changed(promotion(n, Effect::PercentOff { basis_points }), |rule| {
            rule.group = Some("season".to_owned())
        })
    };
    let promotions = vec![
        changed(grouped(0, 5000), |rule| rule.conditions.amount_min = amounts(1_000_000)),
        grouped(1, 1000),
        grouped(2, 2000),
    ];
    let quote = Case { promotions, ..Case::of(vec![line(1000, 1, "standard")]) }.priced();
    assert_eq!(quote.totals.discount, eur(100));
    assert_eq!(reasons(&quote), ["below_amount", "group_taken"]);
}

#[test]
fn a_cart_has_twenty_promotions_at_most() {
    let promotions = (0..25).map(|n| promotion(n, Effect::PercentOff { basis_points: 100 })).collect();
    let quote = Case { promotions, ..Case::of(vec![line(100_000, 1, "standard")]) }.priced();
    assert_eq!((quote.applied.len(), reasons(&quote)), (20, vec!["too_many"; 5]));
}

#[test]
fn a_table_of_rates_is_climbed_step_by_step() {
    let step = |from, price| RateStep { from, prices: amounts(price) };
    let zone = ShippingZone {
        countries: vec!["US".to_owned()],
        table: Some(RateTable {
            by: RateBy::Weight,
            max: Some(5_000),
            steps: vec![step(0, 500), step(1_000, 900), step(2_000, 1_500)],
        }),
        delivery: Some(Delivery { days_min: 3, days_max: 5 }),
        ..ShippingZone::default()
    };
    let option = ShippingOption {
        code: "post".to_owned(),
        title: "Post".to_owned(),
        prices: amounts(490),
        zones: vec![zone],
        ..ShippingOption::default()
    };
    assert_eq!(option.fault(), None);
    let here = option.offered(&Destination::country("DE"), Currency::EUR).expect("offered");
    assert_eq!((here.price, here.delivery), (ShippingPrice::Flat(eur(490)), None));
    let there = option.offered(&Destination::country("US"), Currency::EUR).expect("offered");
    let price = |units: u32| there.price_for(&Contents::of(eur(1), &[line(1, units, "standard")]));
    // A unit weighs 200 g.
    assert_eq!(
        [price(4), price(5), price(10), price(25), price(26)].map(|p| p.map(|p| p.amount)),
        [Some(500), Some(900), Some(1_500), Some(1_500), None]
    );
    assert_eq!(option.offered(&Destination::country("US"), Currency::USD), None);
    let too_heavy = Case { shipping: Some(there), ..Case::of(vec![line(1000, 26, "standard")]) }.priced();
    assert_eq!((too_heavy.shipping, too_heavy.totals.total), (None, eur(26_000)));
}

#[test]
fn free_shipping_is_worth_what_sending_it_costs_and_nothing_where_it_is_free_already() {
    let promotions = vec![promotion(0, Effect::FreeShipping)];
    let mut case = Case {
        promotions,
        shipping: Some(parcel(490, Some(5000))),
        ..Case::of(vec![line(1000, 1, "standard")])
    };
    let quote = case.priced();
    assert_eq!((quote.applied[0].amount, quote.totals.total), (eur(490), eur(1000)));
    case.lines = vec![line(5000, 1, "standard")];
    let quote = case.priced();
    assert_eq!((quote.applied.len(), reasons(&quote)), (0, vec!["nothing_off"]));
}

#[test]
fn what_a_promotion_looks_at_is_any_of_its_lists() {
    let chance = Chance::seeded(3);
    let (shirts, summer) =
        (souk_types::CategoryId::new(&chance, NOW), souk_types::CollectionId::new(&chance, NOW));
    let rule = |rule: &mut Rule| {
        rule.goods.categories.insert(shirts);
        rule.goods.collections.insert(summer);
    };
    let promotions = vec![changed(promotion(0, Effect::PercentOff { basis_points: 5000 }), rule)];
    assert!(PromotionSet::new(promotions.clone()).looks_at_groups());
    let sold = |categories, collections| Sold { categories, collections, ..Sold::default() };
    let lines = [sold(vec![shirts], vec![]), sold(vec![], vec![summer]), sold(vec![], vec![])];
    let lines = lines.map(|sold| LineInput { sold, ..line(100, 1, "standard") }).to_vec();
    let quote = Case { promotions, ..Case::of(lines) }.priced();
    assert_eq!(quote.lines.iter().map(|line| line.discount.amount).collect::<Vec<_>>(), [50, 50, 0]);
}

#[test]
fn a_rule_that_makes_no_sense_is_refused_by_its_field() {
    let faults = |change: fn(&mut Rule)| {
        let rule = changed(promotion(0, Effect::FreeShipping), change).rule;
        rule.faults().into_iter().map(|(field, ..)| field).collect::<Vec<_>>()
    };
    assert!(faults(|_| {}).is_empty());
    assert_eq!(faults(|rule| rule.title = " ".to_owned()), ["title"]);
    assert_eq!(faults(|rule| rule.code = Some("TWO WORDS".to_owned())), ["code"]);
    let never = changed(promotion(0, Effect::FreeShipping), |rule| {
        (rule.starts_at, rule.ends_at) = (Some(NOW), Some(NOW))
    });
    assert!(!never.rule.has_time());
    assert_eq!(
        faults(|rule| rule.effect = Effect::PercentOff { basis_points: 10_001 }),
        ["effect.basis_points"]
    );
    assert_eq!(
        faults(|rule| rule.effect = Effect::AmountOff { amounts: amounts(0) }),
        ["effect.amounts.EUR"]
    );
    assert_eq!(faults(|rule| rule.effect = Effect::QuantityTiers { tiers: vec![] }), ["effect.tiers"]);
    assert_eq!(
        faults(|rule| rule.conditions.amount_min = [("XXQ".to_owned(), 1)].into()),
        ["conditions.amount_min.XXQ"]
    );
}
