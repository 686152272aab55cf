//! Where a parcel goes.

use serde::{Deserialize, Serialize};
use souk_rpc::FieldError;

/// A postal address. Only what every country has is required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Who receives it.
    #[schema(min_length = 1, max_length = 200, example = "Ada Lovelace")]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub company: Option<String>,
    /// Street and number.
    #[schema(min_length = 1, max_length = 200, example = "12 St James's Square")]
    pub line1: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub line2: Option<String>,
    #[schema(min_length = 1, max_length = 200, example = "London")]
    pub city: String,
    /// State, province or prefecture, where the country has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, example = "SW1Y 4JH")]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2, such as `GB`.
    #[schema(pattern = "^[A-Z]{2}$", example = "GB")]
    pub country: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200)]
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
            .filter(|(_, value)| {
                value.trim().is_empty() || value.chars().count() > 200 || value.contains('\0')
            })
            .map(|(name, _)| field_error(at, name, "length", "must have 1 to 200 characters"))
            .collect();
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            broken.push(field_error(at, "country", "iso_3166", "must be two capital letters, such as GB"));
        }
        broken
    }
}

fn field_error(at: &str, name: &str, rule: &str, detail: &str) -> FieldError {
    FieldError { field: format!("{at}.{name}"), rule: rule.to_owned(), detail: detail.to_owned() }
}
