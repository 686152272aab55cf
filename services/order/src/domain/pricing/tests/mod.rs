//! The rules of pricing, as sentences, as properties, and as carts written out by hand.

mod properties;
mod sentences;

use std::collections::BTreeMap;

use souk_types::{Chance, Currency, Money, PromotionId, Timestamp};

use super::*;

pub(super) const NOW: Timestamp = Timestamp(1_795_341_600_000);

pub(super) fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR)
}

pub(super) fn line(price: i64, quantity: u32, category: &str) -> LineInput {
    LineInput {
        unit_price: eur(price),
        quantity,
        tax_category: category.to_owned(),
        weight_grams: 200,
        sold: Sold::default(),
    }
}

pub(super) fn parcel(price: i64, free_above: Option<i64>) -> ChosenShipping {
    ChosenShipping {
        code: "standard".to_owned(),
        title: "Standard".to_owned(),
        price: ShippingPrice::Flat(eur(price)),
        free_above: free_above.map(eur),
        pick_up: false,
        delivery: None,
    }
}

/// The nth promotion of a test; later ones are younger.
pub(super) fn promotion(n: u128, effect: Effect) -> Promotion {
    let rule = Rule {
        title: format!("Promotion {n}"),
        code: None,
        enabled: true,
        priority: 0,
        stacking: Stacking::Combines,
        group: None,
        starts_at: None,
        ends_at: None,
        uses_max: None,
        uses_per_customer_max: None,
        goods: Goods::default(),
        conditions: Conditions::default(),
        effect,
    };
    let id: PromotionId = format!("{:032x}", n + 1).parse().expect("an id");
    Promotion { id, rule }
}

pub(super) fn changed(mut promotion: Promotion, change: impl FnOnce(&mut Rule)) -> Promotion {
    change(&mut promotion.rule);
    promotion
}

pub(super) fn amounts(euros: i64) -> Amounts {
    BTreeMap::from([("EUR".to_owned(), euros)])
}

/// A pricing in the making: everything that it depends on, owned.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) currency: Currency,
    pub(super) lines: Vec<LineInput>,
    pub(super) taxes: TaxTable,
    pub(super) shipping: Option<ChosenShipping>,
    pub(super) promotions: Vec<Promotion>,
    pub(super) codes: Vec<String>,
    pub(super) to: Destination<'static>,
    pub(super) buyer: Option<souk_types::UserId>,
    pub(super) used_up: UsesLeft,
    pub(super) exempt: bool,
    pub(super) cash_unit: Option<i64>,
}

impl Case {
    pub(super) fn of(lines: Vec<LineInput>) -> Case {
        Case {
            currency: Currency::EUR,
            lines,
            taxes: TaxTable::default(),
            shipping: None,
            promotions: Vec::new(),
            codes: Vec::new(),
            to: Destination::country("DE"),
            buyer: None,
            used_up: UsesLeft::new(),
            exempt: false,
            cash_unit: None,
        }
    }

    pub(super) fn quote(&self) -> Result<Quote, PricingError> {
        let promotions = PromotionSet::new(self.promotions.clone());
        quote(&Input {
            currency: self.currency,
            lines: &self.lines,
            to: self.to,
            shipping: self.shipping.clone(),
            promotions: &promotions,
            codes: &self.codes,
            buyer: self.buyer,
            used_up: &self.used_up,
            now: NOW,
            taxes: &self.taxes,
            exempt: self.exempt,
            cash_unit: self.cash_unit,
        })
    }

    /// Priced, and checked for everything that must be true of any quote.
    #[track_caller]
    pub(super) fn priced(&self) -> Quote {
        let quote = self.quote().expect("priced");
        adds_up(&quote, self.taxes.prices_include_tax);
        quote
    }
}

pub(super) fn somebody(seed: u64) -> souk_types::UserId {
    souk_types::UserId::new(&Chance::seeded(seed), NOW)
}

/// Everything that must be true of any quote.
#[track_caller]
pub(super) fn adds_up(quote: &Quote, prices_include_tax: bool) {
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
    let mut freed = 0;
    if let Some(shipping) = shipping {
        assert_eq!(explained(&shipping.breakdown), shipping.total.amount);
        assert!(shipping.total.amount >= 0);
        let by_promotion = shipping.breakdown.iter().filter(|e| e.rule.starts_with("promotion:"));
        freed = -by_promotion.map(|e| e.amount.amount).sum::<i64>();
    }
    let totals = quote.totals;
    let sum = |part: fn(&LineQuote) -> i64| quote.lines.iter().map(part).sum::<i64>();
    assert_eq!(sum(|l| l.subtotal.amount), totals.subtotal.amount);
    assert_eq!(sum(|l| l.discount.amount), totals.discount.amount);
    assert_eq!(
        quote.applied.iter().map(|applied| applied.amount.amount).sum::<i64>(),
        totals.discount.amount + freed
    );
    let taxes = sum(|l| l.tax.amount) + shipping.map_or(0, |s| s.tax.amount);
    assert_eq!(taxes, totals.tax.amount + totals.tax_included.amount);
    assert_eq!(taxes, quote.tax_lines.iter().map(|line| line.amount.amount).sum::<i64>());
    let rounding = totals.rounding.map_or(0, |rounding| rounding.amount);
    assert_eq!(
        sum(|l| l.total.amount) + shipping.map_or(0, |s| s.total.amount) + rounding,
        totals.total.amount
    );
    let by_formula = totals.subtotal.amount - totals.discount.amount
        + totals.shipping.amount
        + totals.tax.amount
        + rounding;
    assert_eq!(by_formula, totals.total.amount);
    assert!(totals.total.amount >= 0);
}
