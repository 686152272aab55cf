use proptest::prelude::*;
use souk_types::{Currency, Money};

use super::*;

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

fn line(price: i64, quantity: u32, category: &str) -> LineInput {
    LineInput { unit_price: eur(price), quantity, tax_category: category.to_owned() }
}

fn parcel(price: i64, free_above: Option<i64>) -> ChosenShipping {
    let (code, title) = ("standard".to_owned(), "Standard".to_owned());
    ChosenShipping { code, title, price: eur(price), free_above: free_above.map(eur) }
}

fn input<'a>(lines: &'a [LineInput], taxes: &'a TaxTable, shipping: Option<ChosenShipping>) -> Input<'a> {
    Input { currency: Currency::EUR, lines, country: "DE", shipping, promotions: &[], taxes }
}

/// Everything that must be true of any quote.
fn adds_up(quote: &Quote, prices_include_tax: bool) {
    let explained = |breakdown: &[Explanation]| -> i64 {
        breakdown.iter().filter(|e| !e.included).map(|e| e.amount.amount).sum()
    };
    for line in &quote.lines {
        assert_eq!(line.subtotal.amount, line.unit_price.amount * i64::from(line.quantity));
        let added = if prices_include_tax { 0 } else { line.tax.amount };
        assert_eq!(line.total.amount, line.subtotal.amount - line.discount.amount + added);
        assert_eq!(explained(&line.breakdown), line.total.amount);
        assert!(line.total.amount >= 0 && line.tax.amount >= 0 && line.discount.amount >= 0);
    }
    let shipping = quote.shipping.as_ref();
    if let Some(shipping) = shipping {
        assert_eq!(explained(&shipping.breakdown), shipping.total.amount);
    }
    let totals = quote.totals;
    let sum = |part: fn(&LineQuote) -> i64| quote.lines.iter().map(part).sum::<i64>();
    assert_eq!(sum(|l| l.subtotal.amount), totals.subtotal.amount);
    assert_eq!(sum(|l| l.discount.amount), totals.discount.amount);
    let taxes = sum(|l| l.tax.amount) + shipping.map_or(0, |s| s.tax.amount);
    assert_eq!(taxes, totals.tax.amount + totals.tax_included.amount);
    assert_eq!(sum(|l| l.total.amount) + shipping.map_or(0, |s| s.total.amount), totals.total.amount);
    let by_formula =
        totals.subtotal.amount - totals.discount.amount + totals.shipping.amount + totals.tax.amount;
    assert_eq!(by_formula, totals.total.amount);
}

#[test]
fn a_german_cart_shows_the_tax_that_its_prices_contain() {
    let lines = [line(1999, 2, "standard"), line(500, 1, "reduced")];
    let taxes = TaxTable::default();
    let quote = quote(&input(&lines, &taxes, Some(parcel(490, None)))).expect("priced");
    assert_eq!(quote.totals.total, eur(1999 * 2 + 500 + 490));
    // 19 % inside 44.88 EUR (goods and parcel) is 7.17, 7 % inside 5.00 is 0.33.
    assert_eq!(quote.totals.tax_included, eur(717 + 33));
    assert_eq!(quote.lines[1].breakdown[1].rule, "tax:DE:reduced");
    adds_up(&quote, true);
}

#[test]
fn where_prices_exclude_tax_it_comes_on_top_without_losing_a_unit() {
    let lines = [line(33, 1, "standard"), line(33, 1, "standard"), line(34, 1, "standard")];
    let taxes = TaxTable { prices_include_tax: false, ..TaxTable::default() };
    let quote = quote(&input(&lines, &taxes, None)).expect("priced");
    // Rounded line by line it would be 6 + 6 + 6.
    assert_eq!(quote.totals.tax, eur(19));
    adds_up(&quote, false);
}

#[test]
fn a_parcel_is_free_from_the_limit_on_and_says_so() {
    let taxes = TaxTable::default();
    let below = [line(4999, 1, "standard")];
    let priced = quote(&input(&below, &taxes, Some(parcel(490, Some(5000))))).expect("priced");
    assert_eq!(priced.totals.shipping, eur(490));
    let reached = [line(5000, 1, "standard")];
    let priced = quote(&input(&reached, &taxes, Some(parcel(490, Some(5000))))).expect("priced");
    assert_eq!(priced.totals.shipping, eur(0));
    let rules: Vec<_> = priced.shipping.expect("chosen").breakdown.into_iter().map(|e| e.rule).collect();
    assert_eq!(rules, ["shipping:standard", "shipping:free_above", "tax:DE:standard"]);
}

#[test]
fn an_unknown_tax_category_is_taxed_as_standard() {
    let taxes = TaxTable::default();
    assert_eq!(taxes.rate("DE", "stadnard"), (1900, "standard"));
    assert_eq!(taxes.rate("JP", "standard"), (0, "standard"));
}

#[test]
fn an_amount_that_does_not_fit_is_an_error() {
    let taxes = TaxTable::default();
    let refused = |lines: &[LineInput]| quote(&input(lines, &taxes, None)).expect_err("too large");
    assert_eq!(refused(&[line(i64::MAX, 2, "standard")]), PricingError::TooLarge);
    assert_eq!(refused(&[line(i64::MAX, 1, "standard"), line(1, 1, "standard")]), PricingError::TooLarge);
    assert_eq!(refused(&[line(TOTAL_MAX, 2, "standard")]), PricingError::TooLarge);
    assert_eq!(refused(&[line(-1, 1, "standard")]), PricingError::NegativePrice);
    let yen =
        LineInput { unit_price: Money::new(1, Currency::JPY), quantity: 1, tax_category: String::new() };
    assert_eq!(refused(&[yen]), PricingError::CurrencyMismatch);
}

proptest! {
    #[test]
    fn lines_and_shipping_add_up_to_the_totals_to_the_unit(
        prices in prop::collection::vec((0i64..10_000_000, 1u32..=999, 0usize..3), 0..20),
        shipping in prop::option::of((0i64..100_000, prop::option::of(0i64..1_000_000))),
        promotions in prop::collection::vec(prop_oneof![
            (0u32..12_000).prop_map(Effect::PercentOff),
            (0i64..10_000_000).prop_map(|amount| Effect::AmountOff(eur(amount))),
        ], 0..4),
        prices_include_tax in any::<bool>(),
    ) {
        let categories = ["standard", "reduced", "books"];
        let lines: Vec<_> = prices.iter().map(|(p, q, c)| line(*p, *q, categories[*c])).collect();
        let taxes = TaxTable { prices_include_tax, ..TaxTable::default() };
        let promotions: Vec<_> = promotions.into_iter()
            .map(|effect| Promotion { code: "P".to_owned(), title: "P".to_owned(), effect }).collect();
        let shipping = shipping.map(|(price, free)| parcel(price, free));
        let input = Input { promotions: &promotions, ..input(&lines, &taxes, shipping) };
        adds_up(&quote(&input).expect("fits"), prices_include_tax);
    }

    #[test]
    fn no_price_makes_the_pipeline_panic(
        prices in prop::collection::vec((any::<i64>(), any::<u32>()), 0..5),
        off in any::<i64>(),
        rate in any::<u32>(),
        prices_include_tax in any::<bool>(),
    ) {
        let lines: Vec<_> = prices.iter().map(|(p, q)| line(*p, *q, "standard")).collect();
        let mut taxes = TaxTable { prices_include_tax, ..TaxTable::default() };
        taxes.rates.insert("DE".to_owned(), [("standard".to_owned(), rate)].into());
        let promotions = [
            Promotion { code: "P".to_owned(), title: "P".to_owned(), effect: Effect::AmountOff(eur(off)) },
            Promotion { code: "Q".to_owned(), title: "Q".to_owned(), effect: Effect::PercentOff(rate) },
        ];
        let shipping = Some(parcel(off, Some(off)));
        let _ = quote(&Input { promotions: &promotions, ..input(&lines, &taxes, shipping) });
    }

    #[test]
    fn shares_add_up(amount in 0i64..i64::MAX, weights in prop::collection::vec(0i64..i64::MAX, 1..50)) {
        let shares = split::in_proportion(eur(amount), &weights).expect("fits");
        prop_assert_eq!(shares.iter().map(|share| i128::from(share.amount)).sum::<i128>(), i128::from(amount));
        prop_assert!(shares.iter().all(|share| share.amount >= 0));
    }
}
