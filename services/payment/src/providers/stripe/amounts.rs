//! Amounts as Stripe counts them. That is by ISO 4217 for most currencies, with the exceptions that
//! <https://docs.stripe.com/currencies#special-cases> names: some have no decimals there, two keep decimals that they
//! lost, and three-decimal amounts must end in 0.

use souk_types::{Currency, Money};

/// Charged in whole units, <https://docs.stripe.com/currencies#zero-decimal>.
const WHOLE_UNITS: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Have no minor unit any more, but are written with two decimals, which must be zeros.
const WHOLE_UNITS_WRITTEN_WITH_TWO: [&str; 2] = ["ISK", "UGX"];
/// <https://docs.stripe.com/currencies#three-decimal>
const THREE_DECIMALS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// The amount cannot be charged through Stripe exactly, and nothing is rounded behind the buyer's back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stripe cannot charge {0} exactly")]
pub(super) struct NotChargeable(Money);

/// How Stripe writes the currency and the amount.
pub(super) fn to_stripe(money: Money) -> Result<(String, i64), NotChargeable> {
    let currency = money.currency;
    let refused = NotChargeable(money);
    let exponent = exponent(currency).ok_or(refused)?;
    let amount = scale(money.amount, currency.exponent(), exponent).ok_or(refused)?;
    if amount % step(currency) != 0 {
        return Err(refused);
    }
    Ok((currency.code().to_ascii_lowercase(), amount))
}

/// What Stripe's amount is to us; `None` for a currency we do not know or an amount that has no minor units here.
pub(super) fn from_stripe(currency: &str, amount: i64) -> Option<Money> {
    let currency: Currency = currency.to_ascii_uppercase().parse().ok()?;
    let amount = scale(amount, exponent(currency)?, currency.exponent())?;
    Some(Money::new(amount, currency))
}

/// Decimals of Stripe's amounts; `None` where Stripe and ISO 4217 disagree in a way nobody has written down.
fn exponent(currency: Currency) -> Option<u32> {
    let code = currency.code();
    if WHOLE_UNITS.contains(&code) {
        return Some(0);
    }
    if THREE_DECIMALS.contains(&code) {
        return Some(3);
    }
    let two = currency.exponent() == 2 || WHOLE_UNITS_WRITTEN_WITH_TWO.contains(&code);
    two.then_some(2)
}

/// What a charge must be a multiple of.
fn step(currency: Currency) -> i64 {
    match currency.code() {
        code if WHOLE_UNITS_WRITTEN_WITH_TWO.contains(&code) => 100,
        code if THREE_DECIMALS.contains(&code) => 10,
        _ => 1,
    }
}

/// Exactly or not at all.
fn scale(amount: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        return amount.checked_mul(10_i64.checked_pow(to - from)?);
    }
    let unit = 10_i64.checked_pow(from - to)?;
    (amount % unit == 0).then_some(amount / unit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: i64, currency: &str) -> Money {
        Money::new(amount, currency.parse().expect("a currency"))
    }

    #[test]
    fn amounts_are_written_as_stripe_counts_them() {
        for (ours, theirs) in [
            (money(1999, "EUR"), ("eur", 1999)),
            (money(500, "JPY"), ("jpy", 500)),
            (money(5_120, "KWD"), ("kwd", 5_120)),
            // ISO 4217 has no minor unit for these two; Stripe wants two zeros.
            (money(5, "ISK"), ("isk", 500)),
            (money(5, "UGX"), ("ugx", 500)),
            // ISO 4217 has two decimals for the ariary; Stripe charges whole ones.
            (money(500, "MGA"), ("mga", 5)),
        ] {
            let (currency, amount) = to_stripe(ours).expect("chargeable");
            assert_eq!((currency.as_str(), amount), theirs, "{ours}");
            assert_eq!(from_stripe(theirs.0, theirs.1), Some(ours));
        }
    }

    #[test]
    fn what_stripe_cannot_charge_exactly_is_not_rounded() {
        for refused in [money(5_124, "KWD"), money(501, "MGA"), money(i64::MAX, "ISK"), money(1, "LYD")] {
            assert_eq!(to_stripe(refused), Err(NotChargeable(refused)));
        }
        assert_eq!(from_stripe("isk", 540), None);
        assert_eq!(from_stripe("???", 1), None);
    }

    proptest! {
        #[test]
        fn an_amount_survives_the_way_there_and_back(
            amount in 0..=i64::MAX / 1000,
            code in proptest::sample::select(vec!["EUR", "USD", "JPY", "KWD", "ISK", "UGX", "MGA", "HUF", "TND"]),
        ) {
            let ours = money(amount, code);
            if let Ok((currency, theirs)) = to_stripe(ours) {
                prop_assert_eq!(from_stripe(&currency, theirs), Some(ours));
            }
        }
    }
}
