//! Rules as they are read: whatever does not fit is named by the very field.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::rule::{AmountTier, Amounts, Effect, QuantityTier, is_country};

/// What is read before it is known whether the fields are those of the stated type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnyEffect {
    #[serde(rename = "type")]
    kind: Kind,
    basis_points: Option<u32>,
    amounts: Option<Amounts>,
    buy: Option<u32>,
    get: Option<u32>,
    tiers: Option<Vec<AnyTier>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    PercentOff,
    AmountOff,
    FreeShipping,
    BuyGet,
    QuantityTiers,
    AmountTiers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyTier {
    quantity_min: Option<u32>,
    amount_min: Option<Amounts>,
    basis_points: u32,
}

impl TryFrom<AnyEffect> for Effect {
    /// In serde's words, from which refusals take field and rule.
    type Error = String;

    fn try_from(read: AnyEffect) -> Result<Effect, String> {
        let AnyEffect { kind, mut basis_points, mut amounts, mut buy, mut get, mut tiers } = read;
        let effect = match kind {
            Kind::FreeShipping => Effect::FreeShipping,
            Kind::PercentOff => {
                Effect::PercentOff { basis_points: given(&mut basis_points, "basis_points")? }
            }
            Kind::AmountOff => Effect::AmountOff { amounts: given(&mut amounts, "amounts")? },
            Kind::BuyGet => Effect::BuyGet {
                buy: given(&mut buy, "buy")?,
                get: given(&mut get, "get")?,
                basis_points: given(&mut basis_points, "basis_points")?,
            },
            Kind::QuantityTiers => {
                let tiers = given(&mut tiers, "tiers")?.into_iter().enumerate();
                Effect::QuantityTiers { tiers: tiers.map(quantity_tier).collect::<Result<_, _>>()? }
            }
            Kind::AmountTiers => {
                let tiers = given(&mut tiers, "tiers")?.into_iter().enumerate();
                Effect::AmountTiers { tiers: tiers.map(amount_tier).collect::<Result<_, _>>()? }
            }
        };
        let left = [
            ("basis_points", basis_points.is_some()),
            ("amounts", amounts.is_some()),
            ("buy", buy.is_some()),
            ("get", get.is_some()),
            ("tiers", tiers.is_some()),
        ];
        match left.into_iter().find(|(_, left)| *left) {
            Some((name, _)) => Err(unknown(name)),
            None => Ok(effect),
        }
    }
}

fn quantity_tier((at, tier): (usize, AnyTier)) -> Result<QuantityTier, String> {
    let AnyTier { mut quantity_min, amount_min, basis_points } = tier;
    let quantity_min = given(&mut quantity_min, &format!("tiers[{at}].quantity_min"))?;
    match amount_min {
        Some(_) => Err(unknown(&format!("tiers[{at}].amount_min"))),
        None => Ok(QuantityTier { quantity_min, basis_points }),
    }
}

fn amount_tier((at, tier): (usize, AnyTier)) -> Result<AmountTier, String> {
    let AnyTier { quantity_min, mut amount_min, basis_points } = tier;
    let amount_min = given(&mut amount_min, &format!("tiers[{at}].amount_min"))?;
    match quantity_min {
        Some(_) => Err(unknown(&format!("tiers[{at}].quantity_min"))),
        None => Ok(AmountTier { amount_min, basis_points }),
    }
}

fn given<T>(field: &mut Option<T>, name: &str) -> Result<T, String> {
    field.take().ok_or_else(|| format!("missing field `{name}`"))
}

fn unknown(name: &str) -> String {
    format!("unknown field `{name}`")
}

/// A list in which nothing stands twice.
pub(super) fn each_once<'de, D, T>(deserializer: D) -> Result<BTreeSet<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Ord,
{
    let entries = Vec::<T>::deserialize(deserializer)?;
    let count = entries.len();
    let set = BTreeSet::from_iter(entries);
    if set.len() == count { Ok(set) } else { Err(D::Error::custom("must name each once")) }
}

/// Refused by itself, so that the refusal names its place in the list.
#[derive(PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Country(String);

impl TryFrom<String> for Country {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Country, &'static str> {
        if is_country(&code) { Ok(Country(code)) } else { Err("must be two capital letters") }
    }
}

pub(super) fn countries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<String>, D::Error> {
    Ok(each_once::<D, Country>(deserializer)?.into_iter().map(|country| country.0).collect())
}

#[cfg(test)]
mod tests {
    use souk_app::http::read_json;

    use super::super::rule::Rule;

    #[test]
    fn what_does_not_fit_into_a_rule_is_named_by_the_very_field() {
        let refused = [
            (r#""effect":{"type":"percent_off"}"#, "effect.basis_points", "required"),
            (r#""effect":{"type":"percent_off","basis_points":"1"}"#, "effect.basis_points", "type"),
            (r#""effect":{"type":"percent_off","basis_points":1,"buy":1}"#, "effect.buy", "unknown_field"),
            (r#""effect":{"type":"free_shipping","color":1}"#, "effect.color", "unknown_field"),
            (r#""effect":{"type":"half_off"}"#, "effect.type", "type"),
            (r#""effect":{"basis_points":1}"#, "effect.type", "required"),
            (r#""effect":{"type":"amount_off","amounts":{"EUR":"1"}}"#, "effect.amounts.EUR", "type"),
            (
                r#""effect":{"type":"quantity_tiers","tiers":[{"basis_points":1}]}"#,
                "effect.tiers[0].quantity_min",
                "required",
            ),
            (
                r#""effect":{"type":"amount_tiers","tiers":[{"amount_min":{},"quantity_min":1,"basis_points":1}]}"#,
                "effect.tiers[0].quantity_min",
                "unknown_field",
            ),
            (
                r#""effect":{"type":"free_shipping"},"conditions":{"countries":["DE","x"]}"#,
                "conditions.countries[1]",
                "type",
            ),
            (
                r#""effect":{"type":"free_shipping"},"conditions":{"countries":["DE","DE"]}"#,
                "conditions.countries",
                "type",
            ),
        ];
        for (part, field, rule) in refused {
            let body = format!(r#"{{"title":"Spring",{part}}}"#);
            let error = read_json::<Rule>(body.as_bytes()).expect_err(part);
            assert_eq!(
                (error.errors[0].field.as_str(), error.errors[0].rule.as_str()),
                (field, rule),
                "{part}"
            );
        }
    }
}
