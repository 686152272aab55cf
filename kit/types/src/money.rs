//! Money is an integer of minor units and a currency; there is no float and no silent overflow.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Why an amount could not be computed or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// Two amounts of different currencies met.
    #[error("the amounts are in different currencies")]
    CurrencyMismatch,
    /// Not an active ISO 4217 code.
    #[error("not an ISO 4217 currency code")]
    UnknownCurrency,
}

/// An ISO 4217 currency, such as `EUR`. Its exponent says how many digits the minor unit has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    pub const EUR: Currency = Currency(iso_currency::Currency::EUR);
    pub const USD: Currency = Currency(iso_currency::Currency::USD);
    pub const JPY: Currency = Currency(iso_currency::Currency::JPY);
    pub const KWD: Currency = Currency(iso_currency::Currency::KWD);

    /// Digits after the decimal point by ISO 4217: 0 for JPY, 2 for EUR, 3 for KWD.
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

/// Every active code, found once: every amount of the API description asks for them.
static CODES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let letters = || 'A'..='Z';
    let words = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
    words.map(String::from_iter).filter(|code| code.parse::<Currency>().is_ok()).collect()
});

/// The codes themselves: three letters alone would promise more than is taken.
impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("An active ISO 4217 code."))
            .enum_values(Some(CODES.iter().cloned()))
            .examples(["EUR"])
            .into()
    }
}

impl ToSchema for Currency {}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code).map(Currency).ok_or(MoneyError::UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        code.parse()
            .map_err(|_| serde::de::Error::custom(format_args!("`{code}` is not an ISO 4217 currency code")))
    }
}

/// A sum of money in the currency's smallest unit (ISO 4217): 1999 EUR is €19.99, 1999 JPY is ¥1999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units, such as cents. Never a decimal number.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
}

impl Money {
    pub const fn new(amount: i64, currency: Currency) -> Money {
        Money { amount, currency }
    }

    pub const fn zero(currency: Currency) -> Money {
        Money { amount: 0, currency }
    }

    /// Adds; an error on overflow or when the currencies differ. There is no `impl Add`: both must be handled.
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    /// Subtracts; the result may be negative.
    pub fn minus(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let amount = self.amount.checked_sub(other.amount).ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    /// A unit price times a quantity.
    pub fn times(self, quantity: u32) -> Result<Money, MoneyError> {
        let amount = self.amount.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    /// The share of `basis_points` / 10,000, half away from zero: 19 % of 1.05 EUR is 0.20 EUR.
    pub fn basis_points(self, basis_points: u32) -> Result<Money, MoneyError> {
        self.ratio(i64::from(basis_points), 10_000)
    }

    /// The tax contained in a gross amount at `basis_points`: 19 % inside 1.19 EUR is 0.19 EUR.
    pub fn contained_basis_points(self, basis_points: u32) -> Result<Money, MoneyError> {
        self.ratio(i64::from(basis_points), 10_000 + i64::from(basis_points))
    }

    /// Sums up; zero of `currency` for nothing.
    pub fn sum(currency: Currency, parts: impl IntoIterator<Item = Money>) -> Result<Money, MoneyError> {
        parts.into_iter().try_fold(Money::zero(currency), Money::plus)
    }

    /// Splits without losing a unit, the larger parts first: 100 by 3 is 34, 33, 33.
    pub fn split(self, parts: NonZeroU32) -> Vec<Money> {
        let count = i64::from(parts.get());
        let (share, rest) = (self.amount / count, self.amount % count);
        let part = |i| Money { amount: share + i64::from(i < rest.abs()) * rest.signum(), ..self };
        (0..count).map(part).collect()
    }

    fn ratio(self, numerator: i64, denominator: i64) -> Result<Money, MoneyError> {
        let product = i128::from(self.amount) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let rounded = (product.abs() + denominator / 2) / denominator * product.signum();
        let amount = i64::try_from(rounded).map_err(|_| MoneyError::Overflow)?;
        Ok(Money { amount, ..self })
    }

    fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        if self.currency == other.currency { Ok(()) } else { Err(MoneyError::CurrencyMismatch) }
    }
}

/// `19.99 EUR`, `1999 JPY`, `-0.050 KWD`: exact, without a locale.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let sign = if self.amount < 0 { "-" } else { "" };
        let unit = 10u64.pow(exponent);
        let (major, minor) = (self.amount.unsigned_abs() / unit, self.amount.unsigned_abs() % unit);
        if exponent == 0 {
            return write!(f, "{sign}{major} {}", self.currency);
        }
        write!(f, "{sign}{major}.{minor:0width$} {}", self.currency, width = exponent as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_loses_no_unit() {
        for amount in [-101, -1, 0, 1, 100, i64::MAX] {
            for parts in [1, 2, 3, 7] {
                let parts = NonZeroU32::new(parts).expect("positive");
                let total: i64 =
                    Money::new(amount, Currency::EUR).split(parts).iter().map(|m| m.amount).sum();
                assert_eq!(total, amount);
            }
        }
    }

    #[test]
    fn money_shows_as_many_digits_as_its_currency_has() {
        assert_eq!(Money::new(1999, Currency::EUR).to_string(), "19.99 EUR");
        assert_eq!(Money::new(1999, Currency::JPY).to_string(), "1999 JPY");
        assert_eq!(Money::new(-50, Currency::KWD).to_string(), "-0.050 KWD");
    }

    #[test]
    fn different_currencies_never_add_up() {
        let sum = Money::new(1, Currency::EUR).plus(Money::new(1, Currency::USD));
        assert_eq!(sum, Err(MoneyError::CurrencyMismatch));
    }

    #[test]
    fn an_overflow_is_an_error_and_not_a_bargain() {
        assert_eq!(Money::new(i64::MAX, Currency::EUR).times(2), Err(MoneyError::Overflow));
    }

    #[test]
    fn tax_rounds_half_away_from_zero() {
        assert_eq!(Money::new(105, Currency::EUR).basis_points(1900).map(|m| m.amount), Ok(20));
        assert_eq!(Money::new(119, Currency::EUR).contained_basis_points(1900).map(|m| m.amount), Ok(19));
    }
}
