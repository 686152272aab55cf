//! What must be true of any cart. `SOUK_PRICING_CASES` sets how many are tried: `make soak` tries a million.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

const CASES: u32 = 10_000;

fn cases() -> Config {
    let stated = std::env::var("SOUK_PRICING_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: stated.unwrap_or(CASES), failure_persistence: None, ..Config::default() }
}

const CURRENCIES: [Currency; 4] = [Currency::EUR, Currency::USD, Currency::JPY, Currency::KWD];
const CATEGORIES: [&str; 3] = ["standard", "reduced", "books"];

fn products() -> Vec<souk_types::ProductId> {
    let chance = Chance::seeded(11);
    (0..4).map(|_| souk_types::ProductId::new(&chance, NOW)).collect()
}

fn effect(currency: Currency) -> impl Strategy<Value = Effect> {
    let amount = move |amount| -> Amounts { BTreeMap::from([(currency.code().to_owned(), amount)]) };
    let share = || 1u32..=10_000;
    prop_oneof![
        share().prop_map(|basis_points| Effect::PercentOff { basis_points }),
        (1i64..5_000_000).prop_map(move |off| Effect::AmountOff { amounts: amount(off) }),
        Just(Effect::FreeShipping),
        (1u32..5, 1u32..4, share()).prop_map(|(buy, get, basis_points)| Effect::BuyGet {
            buy,
            get,
            basis_points
        }),
        prop::collection::vec((1u32..100, share()), 1..4).prop_map(|tiers| Effect::QuantityTiers {
            tiers: tiers
                .into_iter()
                .map(|(quantity_min, basis_points)| QuantityTier { quantity_min, basis_points })
                .collect()
        }),
        prop::collection::vec((0i64..1_000_000, share()), 1..4).prop_map(move |tiers| Effect::AmountTiers {
            tiers: tiers
                .into_iter()
                .map(|(from, basis_points)| AmountTier { amount_min: amount(from), basis_points })
                .collect()
        }),
    ]
}

type Drawn = (Effect, i32, bool, u8, Option<usize>, i64);

fn promotions(currency: Currency) -> impl Strategy<Value = Vec<Promotion>> {
    let one = (effect(currency), -2i32..3, any::<bool>(), 0u8..8, prop::option::of(0usize..4), 0i64..200_000);
    prop::collection::vec(one, 0..6).prop_map(move |rules| {
        let each = |(n, (effect, priority, code, kind, product, least)): (usize, Drawn)| {
            changed(promotion(n as u128, effect), |rule: &mut Rule| {
                rule.priority = priority;
                rule.code = code.then(|| format!("CODE{n}"));
                rule.stacking = if kind == 0 { Stacking::Exclusive } else { Stacking::Combines };
                rule.group = (kind == 1).then(|| "group".to_owned());
                if let Some(product) = product {
                    rule.goods.products.insert(products()[product]);
                }
                if kind == 2 {
                    rule.conditions.amount_min = BTreeMap::from([(currency.code().to_owned(), least)]);
                }
            })
        };
        rules.into_iter().enumerate().map(each).collect()
    })
}

fn taxes() -> impl Strategy<Value = TaxTable> {
    let rates = (0u32..=1_000_000, 0u32..=300_000, any::<bool>(), any::<bool>(), any::<bool>());
    rates.prop_map(|(standard, reduced, prices_include_tax, per_line, regional)| {
        let rates = BTreeMap::from([("standard".to_owned(), standard), ("reduced".to_owned(), reduced)]);
        let region = TaxRegion {
            country: "DE".to_owned(),
            region: String::new(),
            postal_prefix: "10".to_owned(),
            rates,
        };
        TaxTable {
            prices_include_tax,
            rounding: if per_line { Rounding::PerLine } else { Rounding::PerRate },
            regions: if regional { vec![region] } else { Vec::new() },
            ..TaxTable::default()
        }
    })
}

fn shipping(currency: Currency) -> impl Strategy<Value = Option<ChosenShipping>> {
    let table = prop_oneof![Just(RateBy::Weight), Just(RateBy::Price), Just(RateBy::Quantity)];
    let one = (0i64..100_000, prop::option::of(0i64..1_000_000), prop::option::of((table, 1i64..50_000)));
    prop::option::of(one.prop_map(move |(price, free_above, table)| {
        let money = |amount| Money::new(amount, currency);
        let price = match table {
            None => ShippingPrice::Flat(money(price)),
            Some((by, from)) => ShippingPrice::Table {
                by,
                max: None,
                steps: vec![(0, money(price)), (from, money(price / 2))],
            },
        };
        ChosenShipping { price, free_above: free_above.map(money), ..parcel(0, None) }
    }))
}

prop_compose! {
    fn case()(currency in prop::sample::select(CURRENCIES.to_vec()))(
        lines in prop::collection::vec((0i64..1_000_000, 1u32..=999, 0usize..3, 0usize..4, 0u32..5_000), 0..12),
        promotions in promotions(currency),
        named in prop::collection::vec(0usize..7, 0..4),
        taxes in taxes(),
        shipping in shipping(currency),
        exempt in prop::bool::weighted(0.1),
        cash_unit in prop::option::of(prop::sample::select(vec![1i64, 5, 10, 100])),
        currency in Just(currency),
    ) -> Case {
        let products = products();
        let lines = lines.into_iter().map(|(price, quantity, category, product, weight_grams)| LineInput {
            unit_price: Money::new(price, currency),
            quantity,
            tax_category: CATEGORIES[category].to_owned(),
            weight_grams,
            sold: Sold { product: Some(products[product]), ..Sold::default() },
        }).collect();
        let to = Destination { country: "DE", region: None, postal_code: Some("10115") };
        let codes = named.into_iter().map(|n| format!("code{n}")).collect();
        Case { currency, lines, taxes, shipping, promotions, codes, to, exempt, cash_unit, ..Case::of(Vec::new()) }
    }
}

proptest! {
    #![proptest_config(cases())]

    /// `adds_up` holds every part against the whole; the order in which rules and codes are read means nothing; and
    /// a cart that is given back part by part gives back what was paid.
    #[test]
    fn any_cart_adds_up_to_the_unit_whatever_the_order_of_its_rules(case in case()) {
        let quote = case.quote().expect("fits");
        adds_up(&quote, case.taxes.prices_include_tax);
        let mut turned = case;
        turned.promotions.reverse();
        turned.codes.reverse();
        let again = turned.quote().expect("fits");
        prop_assert_eq!(&quote.lines, &again.lines);
        prop_assert_eq!(quote.totals, again.totals);
        prop_assert_eq!(&quote.applied, &again.applied);
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn what_is_given_back_part_by_part_is_what_was_paid(case in case(), steps in prop::collection::vec(1u32..400, 1..6)) {
        let quote = case.quote().expect("fits");
        let Some(shipping) = &quote.shipping else { return Ok(()) };
        let parts = parts(quote.totals.total, &quote.lines, shipping).expect("fits");
        let mut back = parts[quote.lines.len()];
        for (line, part) in quote.lines.iter().zip(&parts) {
            let mut before = 0;
            for step in steps.iter().cycle() {
                if before == line.quantity {
                    break;
                }
                let units = (*step).min(line.quantity - before);
                let slice = part.of_units(line.quantity, before, units).expect("fits");
                prop_assert!(slice.amount.amount >= 0 && slice.tax.amount >= 0 && slice.discount.amount >= 0);
                back = back.plus(slice).expect("fits");
                before += units;
            }
        }
        let totals = quote.totals;
        prop_assert_eq!(back.amount, totals.total);
        prop_assert_eq!(back.tax.amount, totals.tax.amount + totals.tax_included.amount);
        prop_assert_eq!(back.discount, totals.discount);
    }
}

proptest! {
    #[test]
    fn no_price_makes_the_pipeline_panic(
        prices in prop::collection::vec((any::<i64>(), any::<u32>()), 0..5),
        off in any::<i64>(),
        rate in any::<u32>(),
        unit in any::<i64>(),
        prices_include_tax in any::<bool>(),
    ) {
        let mut case = Case::of(prices.iter().map(|(p, q)| line(*p, *q, "standard")).collect());
        case.taxes.prices_include_tax = prices_include_tax;
        case.taxes.rates.insert("DE".to_owned(), [("standard".to_owned(), rate)].into());
        case.promotions = vec![
            promotion(0, Effect::AmountOff { amounts: amounts(off) }),
            promotion(1, Effect::PercentOff { basis_points: rate }),
            promotion(2, Effect::BuyGet { buy: rate, get: rate / 2, basis_points: rate }),
            promotion(3, Effect::FreeShipping),
        ];
        case.shipping = Some(parcel(off, Some(off)));
        case.cash_unit = Some(unit);
        let _ = case.quote();
    }

    #[test]
    fn shares_add_up(amount in 0i64..i64::MAX, weights in prop::collection::vec(0i64..i64::MAX, 1..50)) {
        let shares = split::in_proportion(eur(amount), &weights).expect("fits");
        prop_assert_eq!(shares.iter().map(|share| i128::from(share.amount)).sum::<i128>(), i128::from(amount));
        prop_assert!(shares.iter().all(|share| share.amount >= 0));
    }
}
