//! Where a parcel goes.

use serde::{Deserialize, Serialize};
use souk_rpc::FieldError;

/// A postal address. Only what every country has is required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Who receives it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Ada Lovelace"
    )]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub company: Option<String>,
    /// Street and number.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "12 St James's Square"
    )]
    pub line1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub line2: Option<String>,
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "London"
    )]
    pub city: String,
    /// State, province or prefecture, where the country has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "SW1Y 4JH"
    )]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2, such as `GB`.
    #[schema(pattern = "^[A-Z]{2}$", example = "GB")]
    pub country: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub phone: Option<String>,
}

impl Address {
    /// The rules it breaks; `at` is where it stands in the request, such as `shipping_address`.
    pub fn check(&self, at: &str) -> Vec<FieldError> {
        let fields = [
            ("name", Some(&self.name)),
            ("company", self.company.as_ref()),
            ("line1", Some(&self.line1)),
            ("line2", self.line2.as_ref()),
            ("city", Some(&self.city)),
            ("region", self.region.as_ref()),
            ("postal_code", self.postal_code.as_ref()),
            ("phone", self.phone.as_ref()),
        ];
        let mut broken: Vec<FieldError> = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .filter_map(|(name, value)| {
                let (rule, detail) = broken_rule(value)?;
                Some(field_error(at, name, rule, detail))
            })
            .collect();
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            broken.push(field_error(at, "country", "iso_3166", "must be two capital letters, such as GB"));
        }
        broken
    }
}

/// A line on a parcel's label: something, on one line, and not a story.
fn broken_rule(line: &str) -> Option<(&'static str, &'static str)> {
    if line.trim().is_empty() || line.chars().count() > 200 {
        return Some(("length", "must have 1 to 200 characters"));
    }
    let controls = line.chars().any(char::is_control);
    controls.then_some(("control_characters", "must not contain control characters"))
}

fn field_error(at: &str, name: &str, rule: &str, detail: &str) -> FieldError {
    FieldError { field: format!("{at}.{name}"), rule: rule.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_label_can_show_is_refused() {
        let address = |line1: &str| Address {
            name: "Ada Lovelace".to_owned(),
            company: None,
            line1: line1.to_owned(),
            line2: None,
            city: "London".to_owned(),
            region: None,
            postal_code: None,
            country: "GB".to_owned(),
            phone: None,
        };
        assert_eq!(address("12 St James's Square").check("address"), []);
        for (line, rule) in [
            (" ", "length"),
            (&*"x".repeat(201), "length"),
            ("a\0", "control_characters"),
            ("a\nb", "control_characters"),
        ] {
            let broken = address(line).check("address");
            assert_eq!(
                (broken[0].field.as_str(), broken[0].rule.as_str()),
                ("address.line1", rule),
                "{line:?}"
            );
        }
    }
}
