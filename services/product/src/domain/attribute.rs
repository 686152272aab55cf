//! Attributes: free facts about a product, each a text, an exact number or a yes or no.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A fact about a product, such as `Color`: red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "AnyAttribute")]
pub enum Attribute {
    Text {
        #[schema(
            min_length = 1,
            max_length = 80,
            pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
        )]
        name: String,
        #[schema(
            min_length = 1,
            max_length = 10000,
            pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
        )]
        value: String,
    },
    Number {
        #[schema(
            min_length = 1,
            max_length = 80,
            pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
        )]
        name: String,
        value: Decimal,
    },
    Boolean {
        #[schema(
            min_length = 1,
            max_length = 80,
            pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
        )]
        name: String,
        value: bool,
    },
}

impl Attribute {
    pub fn name(&self) -> &str {
        match self {
            Attribute::Text { name, .. }
            | Attribute::Number { name, .. }
            | Attribute::Boolean { name, .. } => name,
        }
    }
}

/// What is read before it is known whether the value is of the stated type, so that a refusal can name the field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyAttribute {
    #[serde(rename = "type")]
    kind: Kind,
    name: String,
    value: AnyValue,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    Number,
    Boolean,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyValue {
    Boolean(bool),
    Text(String),
}

impl TryFrom<AnyAttribute> for Attribute {
    type Error = String;

    /// A refusal begins with the field that it is about.
    fn try_from(any: AnyAttribute) -> Result<Attribute, String> {
        let AnyAttribute { kind, name, value } = any;
        match (kind, value) {
            (Kind::Text, AnyValue::Text(value)) => Ok(Attribute::Text { name, value }),
            (Kind::Number, AnyValue::Text(value)) => {
                let value = value.parse().map_err(|error: DecimalError| format!("in `value`: {error}"))?;
                Ok(Attribute::Number { name, value })
            }
            (Kind::Boolean, AnyValue::Boolean(value)) => Ok(Attribute::Boolean { name, value }),
            (Kind::Text | Kind::Number, AnyValue::Boolean(_)) => {
                Err("in `value`: must be a string".to_owned())
            }
            (Kind::Boolean, AnyValue::Text(_)) => Err("in `value`: must be true or false".to_owned()),
        }
    }
}

/// Digits before the decimal point at most.
const INTEGER_DIGITS_MAX: usize = 15;
/// Digits after it at most.
const FRACTION_DIGITS_MAX: usize = 9;

/// An exact decimal number, kept as the text a person would write: `12`, `-0.5`. Never a float.
#[derive(Debug, Clone, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(value_type = String, pattern = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?$", example = "12.5")]
pub struct Decimal(String);

/// Not a decimal number with at most 15 digits before and 9 after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal number such as 12.5, with at most 15 digits before and 9 after the point")]
pub struct DecimalError;

impl Decimal {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number in billionths, so that numbers can be compared and put into ranges exactly.
    pub fn billionths(&self) -> i128 {
        let (negative, digits) =
            self.0.strip_prefix('-').map_or((false, self.0.as_str()), |rest| (true, rest));
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let padding = FRACTION_DIGITS_MAX - fraction.len();
        let unsigned = integer
            .bytes()
            .chain(fraction.bytes())
            .chain(std::iter::repeat_n(b'0', padding))
            .fold(0_i128, |number, digit| number * 10 + i128::from(digit - b'0'));
        if negative { -unsigned } else { unsigned }
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Decimal, DecimalError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (integer, fraction) = match digits.split_once('.') {
            Some((integer, fraction)) if !fraction.is_empty() => (integer, fraction),
            Some(_) => return Err(DecimalError),
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let fits = (1..=INTEGER_DIGITS_MAX).contains(&integer.len()) && fraction.len() <= FRACTION_DIGITS_MAX;
        let leading_zero = integer.len() > 1 && integer.starts_with('0');
        if !fits || leading_zero || !all_digits(integer) || !all_digits(fraction) {
            return Err(DecimalError);
        }
        Ok(Decimal(text.to_owned()))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        for good in ["0", "-0.5", "12.500", "999999999999999.999999999"] {
            assert_eq!(good.parse::<Decimal>().map(|d| d.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "-", ".5", "5.", "01", "1e3", "1,5", "+1", "1000000000000000", "0.0000000001", "½"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_attribute_of_the_wrong_type_names_its_value() {
        let read = |json: &str| serde_json::from_str::<Attribute>(json);
        let number = Attribute::Number { name: "Weight".to_owned(), value: "1.5".parse().expect("a number") };
        let json = serde_json::to_string(&number).expect("JSON");
        assert_eq!(read(&json).expect("what was written"), number);
        for (kind, value) in [("text", "true"), ("number", "\"1,5\""), ("boolean", "\"yes\"")] {
            let refusal = read(&format!(r#"{{"type":"{kind}","name":"A","value":{value}}}"#));
            let refusal = refusal.expect_err("another type").to_string();
            assert!(refusal.starts_with("in `value`: must be "), "{kind}: {refusal}");
        }
    }

    #[test]
    fn numbers_compare_by_value() {
        let billionths = |text: &str| text.parse::<Decimal>().expect("a number").billionths();
        assert_eq!(billionths("1.5"), billionths("1.500"));
        assert!(billionths("-2") < billionths("-1.999999999"));
        assert_eq!(billionths("0.000000001"), 1);
    }
}
